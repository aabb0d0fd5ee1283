// Reads what a tree says about its dependencies: lock files, manifests, and the programs that would install them.
import { createHash } from 'node:crypto'
import { access, constants, open, readFile, realpath, stat } from 'node:fs/promises'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { indexEntries, trackedFiles } from '../../git/files.ts'
import { childEnvironment, type Environment } from '../../process/environment.ts'
import { run } from '../../process/run.ts'
import { fingerprintText, isFingerprinted } from './fingerprint.ts'
import { folderBelow, importersOf } from './importers.ts'
import { codeInside } from './own-code.ts'
import { installRoots, type FolderFacts, type InstallRoot } from './policy.ts'

export interface Survey {
  readonly files: readonly { readonly path: string; readonly content: string }[]
  readonly folders: readonly FolderFacts[]
  /** Names of the files at the top. */
  readonly top: ReadonlySet<string>
}

/** The manifests and lock files that git tracks in a worktree, as they are on disk. */
export async function surveyDependencies(cwd: string): Promise<Survey> {
  const files: { path: string; content: string }[] = []
  const tracked = await trackedFiles(cwd)
  const read = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      const content = await ignoring(['ENOENT', 'ENOTDIR', 'EISDIR'], readFile(join(cwd, path), 'latin1'))
      if (content !== undefined) files.push({ path, content })
    }
  }
  await read(tracked.filter(isFingerprinted))
  // Those of packages that are workspaces count wherever they are.
  const more = workspaceManifests(files)
  await read(tracked.filter((path) => more.has(path) && !isFingerprinted(path)))
  return { files, folders: foldersOf(files), top: new Set(tracked.filter((path) => !path.includes('/'))) }
}

function workspaceManifests(files: Survey['files']): ReadonlySet<string> {
  const folders = foldersOf(files)
  const everywhere = new Set(folders.flatMap(({ dir }) => [`${dir}/node_modules`, `${dir}/.venv`]))
  const dirs = installRoots(folders, everywhere).flatMap((root) => [
    ...(importersOf(root, lockOf({ files }, root)) ?? []),
  ])
  return new Set(dirs.map((dir) => folderBelow(dir, 'package.json')))
}

/** Text of the lock file of a root, one character for each byte; '' without one. */
export function lockOf(
  { files }: Pick<Survey, 'files'>,
  { dir, lock }: Pick<InstallRoot, 'dir' | 'lock'>,
): string {
  const path = lock === null ? null : folderBelow(dir, lock)
  return files.find((file) => file.path === path)?.content ?? ''
}

const PNPM_SETTINGS: ReadonlySet<string> = new Set(['.npmrc', 'pnpm-workspace.yaml'])

function foldersOf(files: Survey['files']): FolderFacts[] {
  const folders = new Map<
    string,
    { names: Set<string>; packageJson: string | null; yarnLock: string | null; pnpmSettings: string }
  >()
  for (const { path, content } of files) {
    const dir = dirname(path) === '.' ? '' : dirname(path)
    const folder = folders.get(dir) ?? {
      names: new Set(),
      packageJson: null,
      yarnLock: null,
      pnpmSettings: '',
    }
    folders.set(dir, folder)
    folder.names.add(basename(path))
    if (basename(path) === 'package.json') folder.packageJson = content
    if (basename(path) === 'yarn.lock') folder.yarnLock = content
    if (PNPM_SETTINGS.has(basename(path))) folder.pnpmSettings += `\n${content}`
  }
  return [...folders].map(([dir, folder]) => ({ dir, ...folder }))
}

/** Hash of everything that the installation of these roots depends on. */
export async function fingerprintOf(
  survey: Survey,
  roots: readonly InstallRoot[],
  context: { readonly cwd: string; readonly env: Environment },
): Promise<string> {
  const names = new Set(roots.map(({ manager }) => (manager === 'yarn-classic' ? 'yarn' : manager)))
  const programs = [...names, ...([...names].some((name) => name !== 'uv') ? ['node'] : [])]
  const text = fingerprintText({
    files: survey.files,
    programs: await Promise.all(
      programs.map(async (name) => ({ name, identity: await programIdentity(name, context) })),
    ),
    platform: `${process.platform}-${process.arch}`,
    ...(await ownCode(survey, roots, context.cwd)),
  })
  return createHash('sha256').update(text).digest('hex')
}

/** What an installation holds of the repository's own code, as git has it. */
async function ownCode(
  survey: Survey,
  roots: readonly InstallRoot[],
  cwd: string,
): Promise<{ readonly own?: string }> {
  const { folders } = survey
  const paths = roots.flatMap((root) => codeInside({ root, roots, lock: lockOf(survey, root), folders }))
  if (paths.length === 0) return {}
  return {
    own: createHash('sha256')
      .update(await indexEntries(cwd, paths))
      .digest('hex'),
  }
}

/** A program's resolved path, inode, size and times: they change with its version, and cost no process to find out. Where
 *  node is a stand-in that chooses between versions, it is asked. */
export async function programIdentity(
  name: string,
  context: { cwd: string; env: Environment },
): Promise<string> {
  for (const folder of (childEnvironment(context.env)['PATH'] ?? '').split(delimiter)) {
    const candidate = resolve(context.cwd, folder, name)
    const runnable = await ignoring(
      ['ENOENT', 'ENOTDIR', 'EACCES'],
      access(candidate, constants.X_OK).then(() => true),
    )
    if (runnable !== true) continue
    const resolved = await realpath(candidate)
    const { ino, size, mtimeMs, ctimeMs } = await stat(resolved)
    const version = name === 'node' && (await isStandIn(resolved)) ? await askVersion(candidate, context) : ''
    return `${resolved}:${ino}:${size}:${mtimeMs}:${ctimeMs}:${version}`
  }
  return 'missing'
}

/** Whether a program called node is a script, or another program under that name (asdf, volta, mise). */
async function isStandIn(resolved: string): Promise<boolean> {
  if (!/^node(?:js|\.exe|-?[\d.]+)?$/.test(basename(resolved))) return true
  await using file = await ignoring(['EACCES'], open(resolved))
  if (file === undefined) return true
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return buffer.toString('latin1') === '#!'
}

const ASK_TIMEOUT_MS = 10_000

/** The ABI and the version of the node that is started there; the failure, where none is. */
async function askVersion(program: string, { cwd, env }: { cwd: string; env: Environment }): Promise<string> {
  const script = 'process.versions.modules + " " + process.version'
  const result = await run(program, ['-p', script], { cwd, env, timeout: ASK_TIMEOUT_MS, maxBytes: 1_000 })
  return `${result.exitCode} ${result.stdout.toString('latin1').trim()}`
}

/** The ABI of the node that the PATH gives; null when there is none. */
export async function nodeAbi(context: { cwd: string; env: Environment }): Promise<string | null> {
  const [code, abi] = (await askVersion('node', context)).split(' ')
  return code === '0' && abi !== undefined ? abi : null
}
