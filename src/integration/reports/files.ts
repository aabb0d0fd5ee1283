// Report files that a command writes by itself, found by a pattern in the plan. What lay there before the run, and has not
// been written since, belongs to another run and is never read. Nothing is deleted, and no link is followed: neither the
// command nor the tree has a say in which files of the machine are read.
import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'

/** What lay at the places of a pattern before a run. */
export interface ReportFiles {
  readonly pattern: string
  /** State of each file that was there, by path. */
  readonly before: ReadonlyMap<string, string>
}

export interface ReportLimits {
  /** Bytes of one file, and of all together. */
  readonly file: number
  readonly all: number
  /** Files that are read, and entries of folders that are looked at to find them. */
  readonly files: number
  readonly entries: number
}

const LIMITS: ReportLimits = {
  // Some seconds, and ten times the memory, to parse.
  file: 16 * 1024 * 1024,
  all: 48 * 1024 * 1024,
  files: 10_000,
  entries: 500_000,
}

/** Never the place of a report, and large. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/** Notes what lies at `pattern` below `cwd`. To be called right before the run. */
export async function reportFiles(cwd: string, pattern: string): Promise<ReportFiles> {
  const before = new Map<string, string>()
  for (const path of await matching(cwd, pattern, LIMITS.entries)) {
    const state = await stateOf(join(cwd, path))
    if (state !== undefined) before.set(path, state)
  }
  return { pattern, before }
}

/** The texts that a run has written there, one at a time, by path. Null in place of a text: it is too large, or one too
 *  many; then the report is incomplete. */
export async function* writtenSince(
  cwd: string,
  { pattern, before }: ReportFiles,
  limits = LIMITS,
): AsyncGenerator<string | null> {
  let bytes = 0
  let count = 0
  for (const path of await matching(cwd, pattern, limits.entries)) {
    const state = await stateOf(join(cwd, path))
    if (state === undefined || state === before.get(path)) continue
    count++
    const text = count > limits.files ? null : await textOf(join(cwd, path), limits.file)
    if (text === undefined) continue
    bytes += text === null ? 0 : Buffer.byteLength(text)
    if (text === null || bytes > limits.all) {
      yield null
      return
    }
    yield text
  }
}

/** Changes with every write, whatever the clock and the content say; undefined for what is no file. */
async function stateOf(path: string): Promise<string | undefined> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path, { bigint: true }))
  return found?.isFile() === true
    ? [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ')
    : undefined
}

/** Undefined when it is gone, or no file any more; null when it is too large. */
async function textOf(path: string, limit: number): Promise<string | null | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await ignoring(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES'], open(path, flags))
  if (file === undefined) return undefined
  await using opened = file
  const stats = await opened.stat()
  if (!stats.isFile()) return undefined
  return stats.size > limit ? null : opened.readFile('utf8')
}

/** Paths of files below `cwd` that match, sorted. `**` stands for any folders; node_modules and .git are left out. */
async function matching(cwd: string, pattern: string, entries: number): Promise<readonly string[]> {
  const found = new Set<string>()
  const open = [{ folder: '', rest: pattern.split('/').filter((part) => part !== '' && part !== '.') }]
  let left = entries
  for (let next = open.pop(); next !== undefined && left > 0; next = open.pop()) {
    const { folder, rest } = next
    const [part = '', ...after] = rest
    if (part === '**' && after.length > 0) open.push({ folder, rest: after })
    const matches = part === '**' ? (): boolean => true : matcher(part)
    for (const entry of (await ignoring(GONE, readdir(join(cwd, folder), { withFileTypes: true }))) ?? []) {
      left--
      if (!matches(entry.name)) continue
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      const last = after.length === 0
      if (entry.isFile() && last) found.add(path)
      if (!entry.isDirectory() || (part === '**' && LEFT_OUT.has(entry.name))) continue
      if (part === '**') open.push({ folder: path, rest })
      else if (!last) open.push({ folder: path, rest: after })
    }
  }
  return [...found].toSorted()
}

const GONE = ['ENOENT', 'ENOTDIR', 'EACCES']

function matcher(part: string): (name: string) => boolean {
  const source = part
    .split(/([*?])/)
    .map((piece) =>
      piece === '*' ? '.*' : piece === '?' ? '.' : piece.replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`),
    )
    .join('')
  const regexp = new RegExp(`^${source}$`, 's')
  return (name) => regexp.test(name)
}
