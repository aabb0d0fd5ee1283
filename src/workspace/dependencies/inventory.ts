// The packages in installed dependency folders, and when each of them was changed last: a package manager that is at work, or
// was killed at it, has changed some since the installation was last complete.
import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { travels } from './ecosystems.ts'
import { isCache } from './folders.ts'

export interface Change {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface Inventory {
  /** Folders and links of packages, relative to the tree. */
  readonly packages: readonly string[]
  /** The one of them that was changed last; null when there is none. */
  readonly newest: Change | null
  /** An entry beside the packages that is neither a package manager's nor a known cache; null when there is none. */
  readonly strange: string | null
}

const VIRTUAL_STORES: ReadonlySet<string> = new Set(['.pnpm', '.store'])

/** Lists what is in these dependency folders of the tree `from`; what is no folder of packages holds none. */
export async function inventoryOf(from: string, paths: readonly string[]): Promise<Inventory> {
  const walk = new Walk(from)
  for (const path of paths) if (basename(path) === 'node_modules') await walk.modules(path)
  return { packages: walk.packages, newest: walk.newest, strange: walk.strange }
}

class Walk {
  readonly #from: string
  readonly packages: string[] = []
  newest: Change | null = null
  strange: string | null = null

  constructor(from: string) {
    this.#from = from
  }

  /** A folder of packages. */
  async modules(path: string): Promise<void> {
    await Promise.all(
      (await this.#entries(path)).map(async (entry) => {
        const inside = `${path}/${entry.name}`
        if (VIRTUAL_STORES.has(entry.name)) await this.#store(inside)
        else if (!entry.name.startsWith('.')) await this.#package(inside, entry)
        else if (!travels(entry.name) && !isCache(entry.name)) this.strange ??= inside
      }),
    )
  }

  async #package(path: string, entry: Dirent): Promise<void> {
    await this.#note(path)
    const scope =
      entry.isDirectory() && entry.name.startsWith('@') && basename(join(path, '..')) === 'node_modules'
    if (scope)
      await Promise.all(
        (await this.#entries(path)).map((inside) => this.#package(`${path}/${inside.name}`, inside)),
      )
    else this.packages.push(path)
    if (!scope && entry.isDirectory()) await this.modules(`${path}/node_modules`)
  }

  /** Folders that each hold one package and links to those that it needs. */
  async #store(path: string): Promise<void> {
    await Promise.all(
      (await this.#entries(path)).map(async ({ name }) => {
        const inside = `${path}/${name}`
        if (name !== 'node_modules') await this.#note(inside)
        await this.modules(name === 'node_modules' ? inside : `${inside}/node_modules`)
      }),
    )
  }

  async #entries(path: string): Promise<Dirent[]> {
    const whole = join(this.#from, path)
    return (await ignoring(['ENOENT', 'ENOTDIR'], readdir(whole, { withFileTypes: true }))) ?? []
  }

  async #note(path: string): Promise<void> {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(this.#from, path)))
    // One that goes away meanwhile is a change as well.
    const at = found === undefined ? Number.POSITIVE_INFINITY : changedAt(found)
    if (at > (this.newest?.at ?? 0)) this.newest = { path, at }
  }
}

/** When a file or folder was last changed, whatever a program has set its time to; milliseconds since the epoch. */
export const changedAt = ({ mtimeMs, ctimeMs }: Stats): number => Math.max(mtimeMs, ctimeMs)
