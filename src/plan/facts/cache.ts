// What was read of a repository, kept in a folder for the next time: whole facts by commit, what sources say by blob, what
// commits changed by commit. All of it can be read anew: what is torn, of another version or unreadable is left out, and a
// folder that cannot be written keeps nothing.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { CommitChanges } from './changes.ts'
import {
  factsOf,
  factsValue,
  historyOf,
  historyValue,
  readingsOf,
  readingsValue,
  sealed,
  unsealed,
} from './codec.ts'
import type { RepositoryFacts } from './facts.ts'
import type { Reading } from './imports/read.ts'

const SOURCES = 'sources'
const HISTORY = 'history'
const FACTS = /^facts-[0-9a-f]+$/
/** Facts of this many commits are kept. */
const MOST_FACTS = 6
/** What is not needed now is kept beside what is, for other branches, up to as much again. */
const MOST_READINGS = 200_000
const MOST_COMMITS = 10_000
/** Larger texts are not kept. */
const LARGEST = 128 * 1024 * 1024
const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'EIO', 'ERR_FS_FILE_TOO_LARGE']
const UNWRITABLE = [...UNREADABLE, 'EEXIST', 'EROFS', 'ENOSPC', 'EDQUOT', 'ELOOP']

/** The folder, or nothing that keeps anything. */
export class FactsCache {
  readonly #folder: string | null

  /** `folder` null: nothing is kept. */
  constructor(folder: string | null) {
    this.#folder = folder
  }

  /** The facts kept under a key; null where there are none. */
  async facts(key: string): Promise<RepositoryFacts | null> {
    const name = factsName(key)
    const value = await this.#read(name, key)
    if (value === undefined) return null
    const now = new Date()
    if (this.#folder !== null) await ignoring(UNWRITABLE, utimes(join(this.#folder, name), now, now))
    return factsOf(value)
  }

  /** Keeps facts under a key, and those of the last few keys. */
  async setFacts(key: string, facts: RepositoryFacts): Promise<void> {
    await this.#write(factsName(key), key, factsValue(facts))
    await this.#forgetFacts()
  }

  /** What sources say, by blob. */
  async readings(): Promise<ReadonlyMap<string, Reading>> {
    return readingsOf(await this.#read(SOURCES, SOURCES))
  }

  /** Keeps what sources say; of `known` what there is room for. */
  async setReadings(
    current: ReadonlyMap<string, Reading>,
    known: ReadonlyMap<string, Reading>,
  ): Promise<void> {
    await this.#write(SOURCES, SOURCES, readingsValue(bounded(current, known, MOST_READINGS)))
  }

  /** What commits changed, by commit. */
  async history(): Promise<ReadonlyMap<string, CommitChanges>> {
    return historyOf(await this.#read(HISTORY, HISTORY))
  }

  /** Keeps what commits changed; of `known` what there is room for. */
  async setHistory(
    current: readonly CommitChanges[],
    known: ReadonlyMap<string, CommitChanges>,
  ): Promise<void> {
    const newest = new Map(current.map((changes) => [changes.commit, changes]))
    await this.#write(HISTORY, HISTORY, historyValue(bounded(newest, known, MOST_COMMITS).values()))
  }

  async #read(name: string, what: string): Promise<unknown> {
    if (this.#folder === null) return undefined
    const text = await ignoring(UNREADABLE, readFile(join(this.#folder, name), 'utf8'))
    return text === undefined ? undefined : unsealed(what, text, checksum)
  }

  async #write(name: string, what: string, value: unknown): Promise<void> {
    if (this.#folder === null) return
    const text = sealed(what, value, checksum)
    if (text.length > LARGEST) return
    const path = join(this.#folder, name)
    await ignoring(
      UNWRITABLE,
      mkdir(this.#folder, { recursive: true }).then(() => writeAtomic(path, text)),
    )
  }

  async #forgetFacts(): Promise<void> {
    if (this.#folder === null) return
    const folder = this.#folder
    const names = (await ignoring(UNREADABLE, readdir(folder))) ?? []
    const kept = await Promise.all(
      names
        .filter((name) => FACTS.test(name))
        .map(async (name) => ({
          name,
          time: (await ignoring(UNREADABLE, stat(join(folder, name))))?.mtimeMs ?? 0,
        })),
    )
    const old = kept.sort((a, b) => b.time - a.time).slice(MOST_FACTS)
    await Promise.all(old.map(({ name }) => ignoring(UNWRITABLE, unlink(join(folder, name)))))
  }
}

function bounded<T>(
  current: ReadonlyMap<string, T>,
  known: ReadonlyMap<string, T>,
  most: number,
): ReadonlyMap<string, T> {
  const kept = new Map(current)
  const room = Math.max(kept.size, Math.min(most, kept.size * 2))
  for (const [key, value] of known) {
    if (kept.size >= room) break
    if (!kept.has(key)) kept.set(key, value)
  }
  return kept
}

function factsName(key: string): string {
  return `facts-${checksum(key).slice(0, 32)}`
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
