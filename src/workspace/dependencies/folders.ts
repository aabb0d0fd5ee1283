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

/** The ignored paths (folders end with a slash) that are dependencies, outermost only. */
export function dependencyPaths(ignored: readonly string[]): string[] {
  return ignored.filter((path) => ownedFolder(path) !== null).map((path) => path.replace(/\/$/, ''))
}

/** True for an entry of node_modules that must not travel to another worktree. */
export const isCache = (name: string): boolean => CACHES.has(name)
