// Copies installed dependencies from the main worktree: a spawned cp, with reflinks where the file system has them,
// keeping times and relative links. Hard links are never made: a build that writes in place would reach both trees.
import { lstat, mkdir, readdir, readlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { records } from '../../git/run.ts'
import { run } from '../../process/run.ts'
import { isCache } from './folders.ts'
import { linkStaysInside } from './links.ts'

const BATCH = 256
const COPY = process.platform === 'darwin' ? ['-a', '-c'] : ['-a', '--reflink=auto']

export interface CopyRequest {
  readonly from: string
  readonly to: string
  /** Folders or files, relative to both. */
  readonly paths: readonly string[]
  readonly log: string
  readonly signal: AbortSignal
}

/** The first symbolic link below `paths` that would point elsewhere after a copy; null when all are fine. */
export async function foreignLink(
  request: Pick<CopyRequest, 'from' | 'paths' | 'signal'>,
): Promise<string | null> {
  if (request.paths.length === 0) return null
  const { from, paths, signal } = request
  const result = await run('find', [...paths.map((path) => `./${path}`), '-type', 'l', '-print0'], {
    cwd: from,
    signal,
  })
  if (result.exitCode !== 0 || result.truncated) return paths[0] ?? null
  const links = records(result.stdout.toString('utf8')).map((path) => path.slice(2))
  for (let start = 0; start < links.length; start += BATCH) {
    const found = await Promise.all(
      links.slice(start, start + BATCH).map(async (path) => {
        const target = await ignoring(['ENOENT', 'EINVAL'], readlink(join(from, path)))
        return target === undefined || isInCache(path) || linkStaysInside(path, target) ? null : path
      }),
    )
    const foreign = found.find((path) => path !== null)
    if (foreign !== undefined) return foreign
  }
  return null
}

function isInCache(path: string): boolean {
  const segments = path.split('/')
  return segments.some((segment, index) => segments[index - 1] === 'node_modules' && isCache(segment))
}

/** Copies the paths; false when cp failed (its messages are in the log) and what it left is to be cleared. */
export async function copyPaths(request: CopyRequest): Promise<boolean> {
  for (const path of request.paths) {
    const parent = join(request.to, dirname(path))
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(parent))
    if (found === undefined || !found.isDirectory()) continue
    if (!(await copyPath(request, path))) return false
  }
  return true
}

async function copyPath(request: CopyRequest, path: string): Promise<boolean> {
  const source = join(request.from, path)
  const names = (await ignoring(['ENOTDIR', 'ENOENT'], readdir(source))) ?? []
  if (!path.endsWith('node_modules') || !names.some(isCache)) {
    return await copyInto(request, [source], join(request.to, dirname(path)))
  }
  const target = join(request.to, path)
  await mkdir(target)
  const kept = names.filter((name) => !isCache(name)).map((name) => join(source, name))
  for (let start = 0; start < kept.length; start += BATCH) {
    if (!(await copyInto(request, kept.slice(start, start + BATCH), target))) return false
  }
  return true
}

async function copyInto(request: CopyRequest, sources: readonly string[], target: string): Promise<boolean> {
  const { from, log, signal } = request
  const result = await run('cp', [...COPY, '--', ...sources, `${target}/`], {
    cwd: from,
    log,
    signal,
    keep: 'tail',
  })
  return result.exitCode === 0
}
