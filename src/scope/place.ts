// Paths as places in a tree. Relative, with forward slashes; the top is ''. Pure.

/** The folder that holds a path. */
export const parentOf = (path: string): string =>
  path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''

/** A path that stands for all of what is meant: for a folder, which has a slash at its end, something new in it. */
export const inside = (path: string): string => (path.endsWith('/') ? `${path}new` : path)

/** How many names a path has. */
export const depthOf = (path: string): number => path.split('/').length

/** Whether a path is this folder, or in it at any depth. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
