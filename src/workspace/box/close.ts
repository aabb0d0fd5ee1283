// Takes away what a session's box has kept between its openings, once there will be no other.
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { moveToTrash } from '../../store/trash.ts'
import { boxFolder, KEEPER, refFolders } from './places.ts'

/** Puts the box's folder into the trash, whose objects must have been imported, and frees its references. */
export async function closeBox(
  repo: Repository,
  state: string,
  session: { readonly run: string; readonly piece: string },
): Promise<void> {
  const folder = boxFolder(state, session)
  await moveToTrash(repo, folder)
  await removeEmpty(dirname(folder))
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
