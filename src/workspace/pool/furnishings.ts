// What git ignores in a slot: dependencies, environment files, output of the set-up. A status says nothing of it, and a slot
// in which some of it is missing or another is no fault of anybody's work: it only has to be made again. So its names are
// written down when the slot is ready, and nothing in it may have changed since, by the time of last change of every file.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { ignoredFiles } from '../../git/files.ts'
import { run } from '../../process/run.ts'
import { dependencyPaths, isCache, outermost, ownedFolder } from '../dependencies/folders.ts'
import type { SlotRecord } from './slot.ts'

/** What a worktree holds that git ignores, outermost paths without a slash at their end, sorted. */
export interface Furnishings {
  readonly dependencies: readonly string[]
  /** What is directly in these, without caches. */
  readonly inside: readonly string[]
  /** Without our own folder. */
  readonly others: readonly string[]
}

type Furnished = Pick<SlotRecord, 'path' | 'coordinationFolder'>

const PATHS_AT_ONCE = 500
/** A package manager that links a file of its store into yet another worktree changes the time of last change of that file in
 *  all of them; writing changes the time of modification as well. */
const younger = (mark: string): string[] =>
  `( ( -type d -o -links 1 ) -cnewer MARK ) -o ( ! -type d -links +1 -newer MARK )`
    .split(' ')
    .map((word) => (word === 'MARK' ? mark : word))
/** Rounding of times must not make what was written last look younger than the moment after. */
const ROUNDING_MS = 1

/** What there is now. */
export async function furnishingsOf({ path, coordinationFolder }: Furnished): Promise<Furnishings> {
  const ignored = await ignoredFiles(path)
  const own = (one: string): boolean => `${one}/`.startsWith(`${coordinationFolder}/`)
  const others = outermost(ignored.filter((one) => ownedFolder(one) === null))
    .map((one) => one.replace(/\/$/, ''))
    .filter((one) => !own(one) && !`${coordinationFolder}/`.startsWith(`${one}/`))
  const dependencies = dependencyPaths(ignored).filter((one) => !isInCache(one))
  const inside = await Promise.all(dependencies.map((folder) => entriesOf(path, folder)))
  return { dependencies: dependencies.sort(), inside: inside.flat().sort(), others: others.sort() }
}

async function entriesOf(root: string, folder: string): Promise<readonly string[]> {
  const names = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(root, folder)))) ?? []
  return names.map((name) => `${folder}/${name}`).filter((one) => !isInCache(one))
}

/** The names, for the record of a slot that is ready. */
export function namesOf({
  dependencies,
  inside,
  others,
}: Furnishings): Pick<SlotRecord, 'dependencyNames' | 'otherNames'> {
  return { dependencyNames: hashOf([...dependencies, ...inside]), otherNames: hashOf(others) }
}

/** The record without what is not any more as it was when the slot became ready: dependencies without a fingerprint, or the
 *  rest without names; the same object when nothing has changed. */
export async function asFound(record: SlotRecord, signal?: AbortSignal): Promise<SlotRecord> {
  const { path, readyAt } = record
  if (readyAt === null || (record.fingerprint === null && record.otherNames === null)) return record
  const now = await furnishingsOf(record)
  const names = namesOf(now)
  const since = { root: path, since: readyAt, ...(signal === undefined ? {} : { signal }) }
  const [dependencies, others] = await Promise.all([
    names.dependencyNames === record.dependencyNames &&
      areUntouched({ ...since, paths: now.dependencies, caches: true }),
    names.otherNames === record.otherNames && areUntouched({ ...since, paths: now.others }),
  ])
  const lost = {
    ...(dependencies || record.fingerprint === null ? {} : { fingerprint: null }),
    ...(others || record.otherNames === null ? {} : { otherNames: null }),
  }
  return Object.keys(lost).length === 0 ? record : { ...record, ...lost }
}

/** Whether nothing at or below these paths is younger than `since` (milliseconds since the epoch, on the clock of files).
 *  `caches`: but for what tools keep beside packages, and the paths themselves: what is in them is known by its names. False
 *  when that cannot be told. */
export async function areUntouched({
  root,
  paths,
  since,
  caches = false,
  signal,
}: {
  readonly root: string
  readonly paths: readonly string[]
  readonly since: number
  readonly caches?: boolean
  readonly signal?: AbortSignal
}): Promise<boolean> {
  if (paths.length === 0) return true
  // A clock was set back since.
  if (since > Date.now() + ROUNDING_MS) return false
  const tops = new Set(paths.map((one) => `./${one}`))
  const folder = await mkdtemp(join(tmpdir(), 'quintet-'))
  try {
    const mark = join(folder, 'since')
    await writeFile(mark, '')
    const time = (since + ROUNDING_MS) / 1000
    await utimes(mark, time, time)
    for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
      const some = paths.slice(at, at + PATHS_AT_ONCE).map((one) => `./${one}`)
      const options = { cwd: root, ...(signal === undefined ? {} : { signal }) }
      const { stdout, exitCode, truncated } = await run('find', [...some, ...younger(mark)], options)
      if (exitCode !== 0 || truncated) return false
      for (const one of stdout.toString('utf8').split('\n'))
        if (one !== '' && !(caches && (tops.has(one) || isInCache(one)))) return false
    }
    return true
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isInCache(path: string): boolean {
  const segments = path.split('/')
  return segments.some((segment, index) => segments[index - 1] === 'node_modules' && isCache(segment))
}

const hashOf = (names: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(names)).digest('hex')
