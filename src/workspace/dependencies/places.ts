// What in an installation is right for one place or one Node alone: links that lead out of the worktree, files in which
// package managers and builds write absolute paths, and native code. Looked for before a copy; files of text are put right
// after it.
import { constants } from 'node:fs'
import { chmod, open, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import { records } from '../../git/run.ts'
import { decode, encode } from '../../git/text.ts'
import { run } from '../../process/run.ts'
import { buildOf, INTERFACES, isNative, otherAbi, type Build } from './builds.ts'
import { pathTravels } from './ecosystems.ts'
import { foreignModules, linkStaysInside, rebased } from './links.ts'

const BATCH = 64
/** A program that was found where a script was expected is not read to its end. */
const READ_BYTES = 4 * 1024 * 1024
/** Native code is read to its end, in parts. */
const PART_BYTES = 1024 * 1024
/** Scripts that start programs, the state of package managers, what a native build leaves, and native code. */
const NAMES: readonly (readonly string[])[] = [
  ['-path', '*/node_modules/.bin/*'],
  ['-name', '.modules.yaml'],
  ['-name', '.pnpm-workspace-state*'],
  ['-name', '.package-map*'],
  ['-path', '*/build/config.gypi'],
  ['-path', '*/build/Makefile'],
  ['-name', 'pyvenv.cfg'],
  ['-name', '*.pth'],
  ['-name', '*.node'],
  ['-name', '*.so'],
  ['-name', '*.so.*'],
  ['-name', '*.dylib'],
]

export interface Places {
  /** Files with absolute paths below the tree, relative to it; they can be rewritten. */
  readonly named: readonly string[]
  /** Why a copy would not be right, a phrase; null when it would. */
  readonly obstacle: string | null
}

export interface Tree {
  readonly from: string
  /** Folders or files, relative to it. */
  readonly paths: readonly string[]
  readonly signal: AbortSignal
  /** The ABI of the node that is to run it, where it may have been made for another one (null: not known). */
  readonly abi?: (() => Promise<string | null>) | undefined
}

/** Looks through an installation in one walk. */
export async function placesIn({ from, paths, signal, abi }: Tree): Promise<Places> {
  if (paths.length === 0) return { named: [], obstacle: null }
  const names = NAMES.flatMap((test, index) => (index === 0 ? test : ['-o', ...test]))
  const wanted = ['(', '-type', 'l', '-o', '-type', 'f', '(', ...names, ')', ')', '-print0']
  const result = await run('find', [...paths.map((path) => `./${path}`), ...wanted], { cwd: from, signal })
  if (result.exitCode !== 0 || result.truncated) return { named: [], obstacle: 'it cannot be read' }
  const found = records(decode(result.stdout))
    .map((path) => path.slice(2))
    .filter(pathTravels)
  const [named, builds]: [string[], Build[]] = [[], []]
  for (let start = 0; start < found.length; start += BATCH) {
    const looks = await Promise.all(found.slice(start, start + BATCH).map((path) => look(from, path)))
    for (const seen of looks) {
      if (seen.obstacle !== undefined) return { named: [], obstacle: seen.obstacle }
      if (seen.named !== undefined) named.push(seen.named)
      if (seen.build != null) builds.push(seen.build)
    }
  }
  const obstacle = abi === undefined || builds.length === 0 ? null : otherAbi(builds, await abi())
  return { named, obstacle }
}

interface Seen {
  /** A phrase about what cannot be put right. */
  readonly obstacle?: string
  /** The path, when the file has paths to rewrite. */
  readonly named?: string
  readonly build?: Build | null
}

async function look(from: string, path: string): Promise<Seen> {
  const file = encode(join(from, path))
  try {
    const target = await ignoring(['EINVAL'], readlink(file, { encoding: 'buffer' }))
    if (target !== undefined) {
      const stays = linkStaysInside(path, decode(target))
      return stays ? {} : { obstacle: `the link ${path} would not survive a copy` }
    }
    return isNative(path) ? await lookAtNative(from, path) : await lookAtText(from, path)
  } catch (error) {
    const code = errnoOf(error)
    // What went away while it was looked at is seen by whoever looks whether the source has changed.
    if (code === 'ENOENT') return {}
    if (code === 'EACCES' || code === 'EPERM') return { obstacle: `${path} cannot be read` }
    throw error
  }
}

async function lookAtText(from: string, path: string): Promise<Seen> {
  const file = encode(join(from, path))
  if ((await stat(file)).size > READ_BYTES) return {}
  const bytes = await readFile(file)
  const foreign = path.includes('/.bin/') ? foreignModules(bytes.toString('utf8'), from) : null
  if (foreign !== null) return { obstacle: `${path} leads to ${foreign}` }
  const build = buildOf(path, [], bytes.toString('latin1'))
  if (!bytes.includes(from)) return { build }
  return bytes.includes(0) ? { obstacle: `${path} holds the path of ${from}` } : { named: path, build }
}

async function lookAtNative(from: string, path: string): Promise<Seen> {
  const words = [from, ...INTERFACES]
  const found = await wordsIn(encode(join(from, path)), words)
  if (found.has(from)) return { obstacle: `${path} holds the path of ${from}` }
  return {
    build: buildOf(
      path,
      INTERFACES.filter((word) => found.has(word)),
      '',
    ),
  }
}

/** Which of the words are in a file. */
async function wordsIn(path: Buffer, words: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const bytes = words.map((word) => encode(word))
  const overlap = Math.max(...bytes.map(({ length }) => length))
  // A named pipe of that name would be waited for.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const part = Buffer.alloc(PART_BYTES)
  for (let start = 0, kept = 0; ;) {
    const { bytesRead } = await file.read(part, kept, PART_BYTES - kept, start)
    if (bytesRead === 0) return found
    start += bytesRead
    const filled = part.subarray(0, kept + bytesRead)
    for (const [index, word] of words.entries()) if (filled.includes(bytes[index] ?? '')) found.add(word)
    kept = Math.min(overlap, filled.length)
    filled.copy(part, 0, filled.length - kept)
  }
}

/** Makes the copies of the named files name the tree they stand in; mode and time stay. A phrase about one that cannot be
 *  written; null when all were. */
export async function rewritePlaces(
  { named }: Places,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string | null> {
  for (const path of named) {
    try {
      await rewrite(encode(join(to, path)), { from, to })
    } catch (error) {
      const code = errnoOf(error)
      if (code !== 'EACCES' && code !== 'EPERM') throw error
      return `${path} cannot be written`
    }
  }
  return null
}

/** By a new file: a start script may be read-only. */
async function rewrite(file: Buffer, trees: { readonly from: string; readonly to: string }): Promise<void> {
  const found = await ignoring(['ENOENT'], stat(file))
  if (found === undefined) return
  const fresh = Buffer.concat([file, Buffer.from('.quintet-new')])
  try {
    await writeFile(fresh, rebased(await readFile(file, 'latin1'), trees.from, trees.to), 'latin1')
    await chmod(fresh, found.mode & 0o7777)
    await utimes(fresh, found.atime, found.mtime)
    await rename(fresh, file)
  } finally {
    await rm(fresh, { force: true })
  }
}
