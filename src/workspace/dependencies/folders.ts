// Which ignored folders hold installed dependencies: those a package manager owns and can make again. Pure.

const OWNED: ReadonlySet<string> = new Set(['node_modules', '.venv'])
/** Inside node_modules, what tools keep there; it may hold absolute paths or results of another branch. */
const CACHES: ReadonlySet<string> = new Set(['.cache', '.vite', '.vite-temp', '.vitest'])

/** The dependency folder that an ignored path is or is in (`packages/a/node_modules`); null for other paths. */
export function ownedFolder(path: string): string | null {
  const segments = path.replace(/\/$/, '').split('/')
  const at = segments.findIndex((segment) => OWNED.has(segment))
  return at === -1 ? null : segments.slice(0, at + 1).join('/')
}

/** The ignored paths (folders end with a slash) that are dependencies, outermost only and without the slash. */
export function dependencyPaths(ignored: readonly string[]): string[] {
  return outermost(ignored.filter((path) => ownedFolder(path) !== null)).map((path) =>
    path.replace(/\/$/, ''),
  )
}

/** Paths that are in no folder of the list: git names a folder of ignored files and also what is in it. */
export function outermost(paths: readonly string[]): string[] {
  const folders = new Set(paths.filter((path) => path.endsWith('/')))
  return paths.filter((path) => !foldersAbove(path).some((folder) => folders.has(folder)))
}

function foldersAbove(path: string): string[] {
  const result: string[] = []
  for (let at = path.indexOf('/'); at !== -1 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    result.push(path.slice(0, at + 1))
  }
  return result
}

/** True for an entry of node_modules that must not travel to another worktree. */
export const isCache = (name: string): boolean => CACHES.has(name)
