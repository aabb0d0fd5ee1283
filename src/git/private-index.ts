// Indexes of our own, beside that of a worktree, and the entries that an index hides. Git does not look at the file of an
// entry marked skip-worktree or assume-unchanged, whatever was written there: to us such a file is work like any other. What
// a sparse checkout leaves out is marked too, and is no deletion: there is no file.
import type { Stats } from 'node:fs'
import { copyFile, lstat, mkdtemp, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { gitFolder } from './repository.ts'
import { recordInput, records, runGit } from './run.ts'

const LISTING_BYTES = 512 * 1024 * 1024
/** Tolerance of the times by which git tells a changed file: more files are read again, none is overlooked. */
const RACY_MS = 20

/** The index that git uses in `cwd` with these variables. */
export interface Index {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface HiddenEntries {
  /** Marked skip-worktree, though a file is there. */
  readonly skipped: readonly string[]
  /** Marked assume-unchanged. */
  readonly assumed: readonly string[]
  /** Marked skip-worktree, and no file is there: left out by a sparse checkout. */
  readonly absent: readonly string[]
}

/** Runs git on an index, with `paths` as its input; its output. */
export async function indexGit(
  { cwd, env }: Index,
  args: readonly string[],
  op: string,
  paths?: readonly string[],
): Promise<string> {
  const { stdout } = await runGit(args, {
    cwd,
    op,
    env,
    writes: 'store',
    maxBytes: LISTING_BYTES,
    ...(paths === undefined ? {} : { input: recordInput(paths) }),
  })
  return stdout
}

/** Copies the index of a worktree and keeps its time, which git needs to tell files that changed just after it was
 *  written; false when there is none. */
export async function copyIndex(cwd: string, to: string): Promise<boolean> {
  const from = join(await gitFolder(cwd), 'index')
  const found = await ignoring(['ENOENT'], stat(from))
  if (found === undefined) return false
  await copyFile(from, to)
  const time = new Date(Math.floor(found.mtimeMs) - RACY_MS)
  await utimes(to, time, time)
  return true
}

/** Marked entries of an index, whatever is on the disk. */
export interface Marks {
  readonly skip: readonly string[]
  readonly assumed: readonly string[]
}

/** Entries whose files git does not look at. */
export async function hiddenEntries(index: Index): Promise<HiddenEntries> {
  return await hiddenAmong(index.cwd, await marksIn(index))
}

/** Entries that an index marks. */
export async function marksIn(index: Index): Promise<Marks> {
  const listing = await indexGit(index, ['ls-files', '-z', '-v', '--cached'], 'list what the index hides')
  const marked = records(listing)
    .map((line) => ({ tag: line.slice(0, 1), path: line.slice(2) }))
    .filter(({ tag }) => tag === 'S' || tag !== tag.toUpperCase())
  return {
    skip: marked.flatMap(({ tag, path }) => (tag.toUpperCase() === 'S' ? [path] : [])),
    assumed: marked.flatMap(({ tag, path }) => (tag === tag.toUpperCase() ? [] : [path])),
  }
}

/** What these marks hide of the files that are there now. */
export async function hiddenAmong(cwd: string, { skip, assumed }: Marks): Promise<HiddenEntries> {
  const present = await presentAmong(cwd, skip)
  return {
    skipped: skip.filter((path) => present.has(path)),
    assumed,
    absent: skip.filter((path) => !present.has(path)),
  }
}

/** Whether git would overlook a change of a file that is there. */
export function hidesFiles({ skipped, assumed }: HiddenEntries): boolean {
  return skipped.length + assumed.length > 0
}

/** Takes both marks off these entries of an index. */
export async function reveal(index: Index, { skipped, assumed }: HiddenEntries): Promise<void> {
  await mark(index, '--no-skip-worktree', skipped)
  await mark(index, '--no-assume-unchanged', assumed)
}

/** Takes the marks off what a worktree's own index hides, at these paths or everywhere, so that git looks there again. */
export async function revealIn(cwd: string, paths?: readonly string[]): Promise<void> {
  const index = { cwd, env: {} }
  const { skipped, assumed, absent } = await hiddenEntries(index)
  const asked = new Set(paths)
  const among = (all: readonly string[]): readonly string[] =>
    paths === undefined ? all : all.filter((path) => asked.has(path))
  await reveal(index, { skipped: among(skipped), assumed: among(assumed), absent })
}

/** Marks what a sparse checkout leaves out, in an index that was read from a tree; paths that it has not are passed over. */
export async function leaveOut(index: Index, absent: readonly string[]): Promise<void> {
  if (absent.length === 0) return
  const there = new Set(records(await indexGit(index, ['ls-files', '-z'], 'list an index')))
  await mark(
    index,
    '--skip-worktree',
    absent.filter((path) => there.has(path)),
  )
}

/** Runs `work` with a copy of a worktree's index that hides no file which is there. */
export async function withRevealed<T>(
  cwd: string,
  hidden: HiddenEntries,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  return await withScratchIndex(async (env) => {
    if (await copyIndex(cwd, env.GIT_INDEX_FILE)) await reveal({ cwd, env }, hidden)
    return await work(env)
  })
}

/** Runs `work` with an index that holds the files of a tree. */
export async function withTreeIndex<T>(
  cwd: string,
  tree: string,
  work: (index: Index) => Promise<T>,
): Promise<T> {
  return await withScratchIndex(async (env) => {
    const index = { cwd, env }
    await indexGit(index, ['read-tree', tree], 'read a tree')
    return await work(index)
  })
}

async function withScratchIndex<T>(
  work: (env: { readonly GIT_INDEX_FILE: string }) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-index-'))
  try {
    return await work({ GIT_INDEX_FILE: join(scratch, 'index') })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function mark({ cwd, env }: Index, how: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  await runGit(['update-index', how, '-z', '--stdin'], {
    cwd,
    op: 'look at hidden files',
    env,
    writes: 'index',
    input: recordInput(paths),
  })
}

/** Those of the paths at which there is something; folders that are not there are looked at once. */
export async function presentAmong(cwd: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const folders = new Map<string, Promise<boolean>>()
  const isFolder = (folder: string): Promise<boolean> => {
    if (folder === '.') return Promise.resolve(true)
    const known = folders.get(folder)
    if (known !== undefined) return known
    // A link in a folder's place leads to files that are not the worktree's.
    const asked = isFolder(dirname(folder)).then(
      async (above) => above && (await found(join(cwd, folder)))?.isDirectory() === true,
    )
    folders.set(folder, asked)
    return asked
  }
  const present = new Set<string>()
  for (const path of paths) {
    if ((await isFolder(dirname(path))) && (await found(join(cwd, path))) !== undefined) present.add(path)
  }
  return present
}

function found(path: string): Promise<Stats | undefined> {
  return ignoring(['ENOENT', 'ENOTDIR'], lstat(path))
}
