// A private object store for somebody who is not trusted with the shared one: writers of a shared store can delete what is
// in it, and can put a false object where another's will be looked for. What is written here is imported object by object
// under the name that its content has, so that a false name never gets across. Its user may go on writing meanwhile: no
// link of theirs is followed, for what is imported is deleted where it was.
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import {
  access,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createDeflate, createInflate } from 'node:zlib'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import { withFileLock } from '../../process/lock.ts'
import { alternateEntry } from './alternates.ts'
import { holdFolder, openPlainFile, type HeldFolder } from './held.ts'
import { isGitFailure, type Repository } from '../repository.ts'
import { runGit } from '../run.ts'

/** Two folders that stand in for `objects` and for `objects/info` of the shared store. */
export interface Quarantine {
  readonly store: string
  readonly info: string
}

export interface Imported {
  readonly count: number
  /** Names of objects whose content has another name, or none, and of folders and packs that are none: they are put aside. */
  readonly forged: readonly string[]
}

const FAN_OUT = /^[0-9a-f]{2}$/
const REST = /^(?:[0-9a-f]{38}|[0-9a-f]{62})$/
const SHA1_REST = 38
const READ_ONLY = 0o444
const ABSENT = ['ENOENT', 'ENOTDIR']
/** What `unlink` says of a folder. */
const NO_FILE = ['EISDIR', 'EPERM']
const LOCK_TIMEOUT_MS = 60_000
const LEVEL = 1

const quarantineIn = (folder: string): Quarantine => ({
  store: join(folder, 'store'),
  info: join(folder, 'info'),
})

/** Makes a quarantine that reads the shared objects at `shared`, which is where its user sees them. */
export async function openQuarantine(repo: Repository, folder: string, shared: string): Promise<Quarantine> {
  const { store, info } = quarantineIn(folder)
  for (const path of [join(store, 'pack'), join(store, 'info'), info]) await mkdir(path, { recursive: true })
  const own = join(repo.commonDir, 'objects')
  const known = (await ignoring(ABSENT, readFile(join(own, 'info/alternates'), 'utf8'))) ?? ''
  // Relative ones are meant from a folder that is not there for the user.
  const relative = known.split('\n').filter((line) => line !== '' && !/^[/#"]/.test(line))
  const lines = [shared, ...relative.map((line) => resolve(own, line))].map(alternateEntry)
  await writeFile(join(info, 'alternates'), `${lines.join('\n')}\n`)
  return { store, info }
}

/** Brings everything that was written into a quarantine into the shared store; does nothing where there is none. */
export async function importObjects(repo: Repository, folder: string): Promise<Imported> {
  const { store } = quarantineIn(folder)
  if (!(await exists(store))) return { count: 0, forged: [] }
  return await withFileLock(
    join(folder, 'import.lock'),
    async () => {
      await using held = await holdFolder(store)
      if (held === null) return { count: 0, forged: [] }
      const place = {
        store: held.path,
        aside: join(folder, 'forged'),
        target: join(repo.commonDir, 'objects'),
      }
      const loose = await importLoose(place)
      const packs = await importPacks(repo, place)
      return { count: loose.count + packs.count, forged: [...loose.forged, ...packs.forged] }
    },
    { timeoutMs: LOCK_TIMEOUT_MS },
  )
}

interface Place {
  /** Of the one who is not trusted. */
  readonly store: string
  /** Where false objects go. */
  readonly aside: string
  /** The shared store. */
  readonly target: string
}

async function importLoose(place: Place): Promise<Imported> {
  let count = 0
  const forged: string[] = []
  for (const first of (await readdir(place.store)).filter((name) => FAN_OUT.test(name))) {
    await using held = await holdFolder(join(place.store, first))
    if (held === null) {
      await putAside(join(place.store, first), join(place.aside, first))
      forged.push(first)
      continue
    }
    for (const rest of (await readdir(held.path)).filter((name) => REST.test(name))) {
      const outcome = await importOne(held, { target: place.target, first, rest })
      if (outcome === 'forged') {
        await putAside(join(held.path, rest), join(place.aside, first + rest))
        forged.push(first + rest)
      } else await ignoring([...ABSENT, ...NO_FILE], unlink(join(held.path, rest)))
      if (outcome === 'imported') count += 1
    }
  }
  return { count, forged }
}

async function putAside(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await ignoring(ABSENT, rename(from, `${to}.${randomUUID().slice(0, 8)}`))
}

interface Named {
  readonly target: string
  readonly first: string
  readonly rest: string
}

async function importOne(
  held: HeldFolder,
  { target, first, rest }: Named,
): Promise<'imported' | 'known' | 'forged'> {
  const to = join(target, first, rest)
  await using source = await openPlainFile(join(held.path, rest))
  if (source === null) return 'forged'
  if (await exists(to)) return 'known'
  await mkdir(dirname(to), { recursive: true })
  const temporary = join(dirname(to), `tmp_obj_${randomUUID().slice(0, 8)}`)
  try {
    const name = await rewrite(source, temporary, rest.length === SHA1_REST ? 'sha1' : 'sha256')
    if (name !== first + rest) return 'forged'
    await rename(temporary, to)
    return 'imported'
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Writes the object anew and answers its true name; null when it is no compressed stream. What is hashed is what is
 *  written: the file it comes from may be changed while it is read. */
async function rewrite(source: FileHandle, to: string, algorithm: string): Promise<string | null> {
  const hash = createHash(algorithm)
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(
      source.createReadStream({ autoClose: false }),
      createInflate(),
      hashed,
      createDeflate({ level: LEVEL }),
      createWriteStream(to, { flags: 'wx', mode: READ_ONLY }),
    )
    return hash.digest('hex')
  } catch (error) {
    if (errnoOf(error)?.startsWith('Z_') !== true) throw error
    return null
  }
}

/** Packs are indexed anew, which reads every object in them and gives it its true name. */
async function importPacks(repo: Repository, { store, aside }: Place): Promise<Imported> {
  if (!(await readdir(store)).includes('pack')) return { count: 0, forged: [] }
  await using held = await holdFolder(join(store, 'pack'))
  if (held === null) {
    await putAside(join(store, 'pack'), join(aside, 'pack'))
    return { count: 0, forged: ['pack'] }
  }
  const names = new Set(await readdir(held.path))
  const whole = [...names].flatMap((name) => {
    const stem = /^(pack-[0-9a-f]{40,64})\.idx$/.exec(name)?.[1]
    return stem !== undefined && names.has(`${stem}.pack`) ? [stem] : []
  })
  const forged: string[] = []
  for (const stem of whole) {
    const good = await importPack(repo, join(held.path, `${stem}.pack`))
    if (!good) forged.push(stem)
    for (const name of [...names].filter((one) => one.startsWith(`${stem}.`))) {
      if (good) await ignoring([...ABSENT, ...NO_FILE], unlink(join(held.path, name)))
      else await putAside(join(held.path, name), join(aside, name))
    }
  }
  return { count: whole.length - forged.length, forged }
}

/** False when it is no pack. */
async function importPack(repo: Repository, from: string): Promise<boolean> {
  const target = join(repo.commonDir, 'objects/pack')
  await mkdir(target, { recursive: true })
  const stem = join(target, `tmp_pack_${randomUUID().slice(0, 8)}`)
  await using source = await openPlainFile(from)
  if (source === null) return false
  try {
    await pipeline(source.createReadStream({ autoClose: false }), createWriteStream(`${stem}.pack`))
    const { stdout } = await runGit(['index-pack', '-o', `${stem}.idx`, `${stem}.pack`], {
      cwd: repo.commonDir,
      op: 'import a pack',
      writes: 'store',
    })
    const hash = stdout.trim().split(/\s/).at(-1) ?? ''
    // The index comes last: with it the pack begins to count.
    await rename(`${stem}.pack`, join(target, `pack-${hash}.pack`))
    await rename(`${stem}.idx`, join(target, `pack-${hash}.idx`))
    return true
  } catch (error) {
    if (isGitFailure(error)) return false
    throw error
  } finally {
    for (const end of ['.pack', '.idx', '.rev']) await rm(`${stem}${end}`, { force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  const found = ignoring(
    ABSENT,
    access(path).then(() => true),
  )
  return (await found) === true
}
