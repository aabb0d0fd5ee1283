// A place for objects that are only made to find something out: merging and hashing write objects, and the repository's own
// store is not the place for those of a forecast. What is in the repository is read from there.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alternateEntry } from './alternates.ts'
import type { Repository } from '../repository.ts'

export interface ScratchObjects extends AsyncDisposable {
  /** For indexes and the like; goes with the rest. */
  readonly folder: string
  /** Makes git write here and read both. */
  readonly env: Readonly<Record<string, string>>
}

/** A scratch store beside the repository's own, in a new folder of `within`, which is made; deleted when disposed. */
export async function openScratchObjects(
  repo: Pick<Repository, 'commonDir'>,
  within: string = tmpdir(),
): Promise<ScratchObjects> {
  await mkdir(within, { recursive: true })
  const folder = await mkdtemp(join(within, 'quintet-objects-'))
  const objects = join(folder, 'objects')
  await mkdir(join(objects, 'info'), { recursive: true })
  await writeFile(join(objects, 'info', 'alternates'), `${alternateEntry(join(repo.commonDir, 'objects'))}\n`)
  return {
    folder,
    env: { GIT_OBJECT_DIRECTORY: objects },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
