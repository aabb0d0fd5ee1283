// Installed dependencies, set aside for the tree that they belong to. A search for a culprit goes to and fro between trees
// with different manifests; what was installed once for one of them is put back by a rename.
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { writeAtomic } from '../../store/atomic.ts'

export interface Parking {
  /** The integration worktree. */
  readonly worktree: string
  /** Folder beside it, on the same file system; made when missing. */
  readonly folder: string
}

/** So many installations are kept; the one that was set aside first goes. */
const KEPT = 3
const COMPLETE = 'complete.json'
const Complete = v.pipe(v.string(), v.parseJson(), v.array(v.string()))

/** Where the parked installations of an integration worktree stand. */
export const parkingFolder = (worktree: string): string => `${worktree}.installs`

/** Sets aside the dependency folders at `paths` (relative to the worktree) as what `fingerprint` stands for. A crash on the
 *  way leaves something that is never taken for complete. */
export async function park(at: Parking, fingerprint: string, paths: readonly string[]): Promise<void> {
  const place = join(at.folder, fingerprint)
  await rm(place, { recursive: true, force: true })
  for (const path of paths) {
    await mkdir(dirname(join(place, path)), { recursive: true })
    await ignoring(['ENOENT'], rename(join(at.worktree, path), join(place, path)))
  }
  await mkdir(place, { recursive: true })
  await writeAtomic(join(place, COMPLETE), JSON.stringify(paths))
  await forgetOldest(at.folder)
}

/** Puts back what was set aside for `fingerprint`; false when there is nothing, or the place is taken. The worktree must hold
 *  no dependencies. */
export async function unpark(at: Parking, fingerprint: string): Promise<boolean> {
  const place = join(at.folder, fingerprint)
  const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(place, COMPLETE), 'utf8'))
  if (text === undefined) return false
  await rm(join(place, COMPLETE))
  for (const path of v.parse(Complete, text)) {
    await mkdir(dirname(join(at.worktree, path)), { recursive: true })
    const moved = await ignoring(
      ['ENOENT', 'ENOTEMPTY', 'EEXIST'],
      rename(join(place, path), join(at.worktree, path)).then(() => true),
    )
    if (moved !== true) return false
  }
  await rm(place, { recursive: true, force: true })
  return true
}

async function forgetOldest(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.length <= KEPT) return
  const times = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
  )
  const old = times.toSorted((a, b) => a.time - b.time).slice(0, names.length - KEPT)
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true })
}
