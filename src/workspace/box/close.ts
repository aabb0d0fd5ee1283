// Takes away what a session has kept for its box between two openings, its home folder too, once there will be no other.
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { moveToTrash } from '../../store/trash.ts'
import { boxFolder, homeFolder, KEEPER, refFolders } from './places.ts'

/** Puts the box's folder, whose objects must have been imported, and the home folder into the trash, and frees the box's
 *  references. `away`: where they go instead. */
export async function closeBox(
  repo: Repository,
  state: string,
  session: { readonly run: string; readonly piece: string },
  away: (repo: Repository, path: string) => Promise<unknown> = moveToTrash,
): Promise<void> {
  for (const folder of [boxFolder(state, session), homeFolder(state, session)]) {
    await away(repo, folder)
    await removeEmpty(dirname(folder))
  }
  const [refs = ''] = refFolders(repo.commonDir, session)
  await rm(join(refs, KEEPER), { force: true })
  for (const own of refFolders(repo.commonDir, session)) {
    await removeEmpty(own)
    await removeEmpty(dirname(own))
  }
}

async function removeEmpty(folder: string): Promise<void> {
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(folder))
}
