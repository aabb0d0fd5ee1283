// Which ignored files are worth keeping when a worktree goes: all but what is known to be made again. Pure.
import { ownedFolder } from './dependencies/folders.ts'

/** Names of folders that builds, tests and tools fill. */
const MADE_FOLDERS: ReadonlySet<string> = new Set([
  '.cache',
  '.gradle',
  '.mypy_cache',
  '.next',
  '.nuxt',
  '.nyc_output',
  '.output',
  '.parcel-cache',
  '.pytest_cache',
  '.ruff_cache',
  '.svelte-kit',
  '.tox',
  '.turbo',
  '.vite',
  '.yarn',
  '__pycache__',
  'build',
  'coverage',
  'dist',
  'out',
  'target',
  'test-results',
  'tmp',
])
const MADE_FILES =
  /^(?:\.DS_Store|Thumbs\.db|\.eslintcache|\.stylelintcache|\.pnp\..*|.*\.(?:log|pyc|pyo|class|o|obj|tsbuildinfo|swp|tmp))$/

/** False for an ignored path (folders end with a slash) that somebody makes again: dependencies, output, caches. */
export function isKeepsake(path: string, coordinationFolder: string): boolean {
  if (ownedFolder(path) !== null) return false
  if (`${path}/`.replace('//', '/').startsWith(`${coordinationFolder}/`)) return false
  const segments = path.replace(/\/$/, '').split('/')
  const file = path.endsWith('/') ? undefined : segments.pop()
  if (segments.some((segment) => MADE_FOLDERS.has(segment))) return false
  return file === undefined || !MADE_FILES.test(file)
}
