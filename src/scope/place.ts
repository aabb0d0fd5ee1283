// Paths as places in a tree. Relative, with forward slashes; the top is ''. Pure.

/** The folder that holds a path. */
export const parentOf = (path: string): string =>
  path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''

/** Whether a path is this folder, or in it at any depth. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
