// Reads what a tree says about its dependencies: lock files, manifests, and the programs that would install them.
import { createHash } from 'node:crypto'
import { access, constants, readFile, realpath, stat } from 'node:fs/promises'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { trackedFiles } from '../../git/files.ts'
import { childEnvironment, type Environment } from '../../process/environment.ts'
import { fingerprintText, isFingerprinted } from './fingerprint.ts'
import type { FolderFacts, InstallRoot } from './policy.ts'

export interface Survey {
  readonly files: readonly { readonly path: string; readonly content: string }[]
  readonly folders: readonly FolderFacts[]
}

/** The manifests and lock files that git tracks in a worktree, as they are on disk. */
export async function surveyDependencies(cwd: string): Promise<Survey> {
  const files: { path: string; content: string }[] = []
  for (const path of (await trackedFiles(cwd)).filter(isFingerprinted)) {
    const content = await ignoring(['ENOENT', 'ENOTDIR', 'EISDIR'], readFile(join(cwd, path), 'latin1'))
    if (content !== undefined) files.push({ path, content })
  }
  return { files, folders: foldersOf(files) }
}

function foldersOf(files: Survey['files']): FolderFacts[] {
  const folders = new Map<
    string,
    { names: Set<string>; packageJson: string | null; yarnLock: string | null }
  >()
  for (const { path, content } of files) {
    const dir = dirname(path) === '.' ? '' : dirname(path)
    const folder = folders.get(dir) ?? { names: new Set(), packageJson: null, yarnLock: null }
    folders.set(dir, folder)
    folder.names.add(basename(path))
    if (basename(path) === 'package.json') folder.packageJson = content
    if (basename(path) === 'yarn.lock') folder.yarnLock = content
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
  })
  return createHash('sha256').update(text).digest('hex')
}

/** A program's resolved path, size and time: they change with its version, and cost no process to find out. */
async function programIdentity(name: string, context: { cwd: string; env: Environment }): Promise<string> {
  for (const folder of (childEnvironment(context.env)['PATH'] ?? '').split(delimiter)) {
    const candidate = resolve(context.cwd, folder, name)
    const runnable = await ignoring(
      ['ENOENT', 'ENOTDIR', 'EACCES'],
      access(candidate, constants.X_OK).then(() => true),
    )
    if (runnable !== true) continue
    const resolved = await realpath(candidate)
    const { size, mtimeMs } = await stat(resolved)
    return `${resolved}:${size}:${mtimeMs}`
  }
  return 'missing'
}
