// Files that a command writes: in a conflict they are not merged but made again. Pure.
import { posix } from 'node:path'

export interface Regeneration {
  readonly run: readonly string[]
  /** Where it runs, relative to the root; '' is the root. */
  readonly folder: string
  /** Names of the files that it reads; absent: it may read all. */
  readonly reads?: ReadonlySet<string>
  /** What it finds in place of the conflicting file: some tools merge conflicts in their own files. */
  readonly from: 'marked' | 'ours'
}

interface LockFile {
  readonly run: readonly string[]
  readonly from: Regeneration['from']
  /** It looks at sources too. */
  readonly whole?: true
}

const NPM = ['npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'] as const
const LOCK_FILES: ReadonlyMap<string, LockFile> = new Map<string, LockFile>([
  ['package-lock.json', { run: NPM, from: 'marked' }],
  ['npm-shrinkwrap.json', { run: NPM, from: 'marked' }],
  [
    'pnpm-lock.yaml',
    {
      run: ['pnpm', 'install', '--lockfile-only', '--no-frozen-lockfile', '--ignore-scripts'],
      from: 'marked',
    },
  ],
  ['bun.lock', { run: ['bun', 'install', '--lockfile-only'], from: 'ours' }],
  ['uv.lock', { run: ['uv', 'lock'], from: 'ours' }],
  ['poetry.lock', { run: ['poetry', 'lock'], from: 'ours' }],
  ['composer.lock', { run: ['composer', 'update', '--lock', '--no-install', '--no-scripts'], from: 'ours' }],
  ['Cargo.lock', { run: ['cargo', 'update', '--workspace'], from: 'ours', whole: true }],
  ['go.sum', { run: ['go', 'mod', 'tidy'], from: 'ours', whole: true }],
])
const YARN = { run: ['yarn', 'install', '--mode=update-lockfile'], from: 'marked' } as const
const YARN_CLASSIC = {
  run: ['yarn', 'install', '--ignore-scripts', '--non-interactive', '--no-progress'],
  from: 'marked',
} as const
const MANIFESTS: ReadonlySet<string> = new Set([
  ...LOCK_FILES.keys(),
  ...'yarn.lock package.json .npmrc .yarnrc .yarnrc.yml pnpm-workspace.yaml .pnpmfile.cjs bunfig.toml'.split(
    ' ',
  ),
  ...'pyproject.toml composer.json README.md'.split(' '),
])

/** How a lock file is made again; null when the file is none that is known. `text`: of one of its sides. */
export function lockFileCommand(path: string, text: string): Regeneration | null {
  const name = posix.basename(path)
  const lock =
    name === 'yarn.lock' ? (text.includes('__metadata:') ? YARN : YARN_CLASSIC) : LOCK_FILES.get(name)
  if (lock === undefined) return null
  const folder = posix.dirname(path)
  return {
    run: lock.run,
    folder: folder === '.' ? '' : folder,
    from: lock.from,
    ...('whole' in lock ? {} : { reads: MANIFESTS }),
  }
}
