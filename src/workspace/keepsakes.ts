// Which ignored files are worth keeping when a worktree goes: all but what is known to be made again. The name of a folder
// speaks only for the folder that git ignores as a whole: `target/` is output, a `target/` somewhere below an ignored
// `env/` may be anything. What nobody builds, such as keys and databases, is kept wherever it is. Pure.
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

/** No build writes these. */
const PRECIOUS_FILES = /^(?:\.env(?:\..*)?|.*\.(?:key|pem|p12|pfx|jks|keystore|kdbx|sqlite3?|db))$/

/** `own`: Quintet's, nothing of the session's. `made`: somebody makes it again. `output`: so is what is in this folder, but
 *  for what is not. */
export type Fate = 'keep' | 'made' | 'output' | 'own'

/** What becomes of an ignored path (folders end with a slash). `top`: what git names of it as ignored, itself or a folder
 *  above. */
export function fateOf(path: string, top: string, coordinationFolder: string): Fate {
  if (ownedFolder(path) !== null) return 'made'
  if (`${path}/`.replace('//', '/').startsWith(`${coordinationFolder}/`)) return 'own'
  const name = lastSegment(path)
  if (path.endsWith('/')) return isOutput(top) ? (/^[._]/.test(lastSegment(top)) ? 'made' : 'output') : 'keep'
  if (PRECIOUS_FILES.test(name)) return 'keep'
  return isOutput(top) || MADE_FILES.test(name) ? 'made' : 'keep'
}

function isOutput(top: string): boolean {
  return top.endsWith('/') && MADE_FOLDERS.has(lastSegment(top))
}

function lastSegment(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? ''
}
