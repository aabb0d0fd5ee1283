// Copies installed dependencies from another worktree of the repository: spawned cp, several at a time, with reflinks where
// the file system has them, keeping modes, times and relative links. No hard link leads to what is copied, and files that are
// hard links of each other there are files of their own in the copy: a program that writes in place reaches one of them.
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { run } from '../../process/run.ts'
import { travels } from './ecosystems.ts'

/** Entries that one cp is given: few enough that the copies end at about the same time. */
const BATCH = 48
/** On macOS cp never keeps hard links. */
const COPY = process.platform === 'darwin' ? ['-a', '-c'] : ['-a', '--no-preserve=links', '--reflink=auto']

export interface CopyRequest {
  readonly from: string
  readonly to: string
  /** Folders or files, relative to both. */
  readonly paths: readonly string[]
  readonly log: string
  readonly signal: AbortSignal
}

/** What one cp copies into one folder; relative to both trees. */
interface Batch {
  readonly folder: string
  readonly names: readonly string[]
}

/** Copies the paths, as far as their folders are there; false when cp failed (its messages are in the log) and what it left
 *  is to be cleared. */
export async function copyPaths(request: CopyRequest): Promise<boolean> {
  const batches: Batch[] = []
  for (const path of request.paths) {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(request.to, dirname(path))))
    if (found?.isDirectory() === true) batches.push(...(await plan(request, path)))
  }
  const queue = batches[Symbol.iterator]()
  let fine = true
  const worker = async (): Promise<void> => {
    for (const batch of queue) if (fine) fine = await copyBatch(request, batch)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return fine
}

/** Folders with many entries are divided; they are made here. */
async function plan({ from, to }: CopyRequest, path: string): Promise<Batch[]> {
  const entries = basename(path) === 'node_modules' ? await entriesOf(join(from, path)) : undefined
  if (entries === undefined) return [{ folder: dirname(path), names: [basename(path)] }]
  await mkdir(join(to, path))
  const names = entries.filter(travels)
  const divided = names.includes('.pnpm') ? await entriesOf(join(from, path, '.pnpm')) : undefined
  if (divided === undefined) return cut(path, names)
  await mkdir(join(to, path, '.pnpm'))
  return [
    ...cut(join(path, '.pnpm'), divided),
    ...cut(
      path,
      names.filter((name) => name !== '.pnpm'),
    ),
  ]
}

async function entriesOf(folder: string): Promise<string[] | undefined> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(folder))
  return found?.isDirectory() === true ? await readdir(folder) : undefined
}

function cut(folder: string, names: readonly string[]): Batch[] {
  return Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) => ({
    folder,
    names: names.slice(index * BATCH, (index + 1) * BATCH),
  }))
}

async function copyBatch({ from, to, log, signal }: CopyRequest, { folder, names }: Batch): Promise<boolean> {
  const sources = names.map((name) => join(from, folder, name))
  const result = await run('cp', [...COPY, '--', ...sources, `${join(to, folder)}/`], {
    cwd: from,
    log,
    signal,
    keep: 'tail',
  })
  return result.exitCode === 0
}
