// What a session may have left in its part of git, which git outside of the box reads too: a pipe would have every git
// that comes by wait for ever, and a link would lead it anywhere. Git itself makes neither, so they go.
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { holdFolder } from '../../git/objects/held.ts'
import type { Repository } from '../../git/repository.ts'
import { boxFolder, GIT_FOLDER, refFolders } from './places.ts'

interface Session {
  readonly run: string
  readonly piece: string
}

const GONE = ['ENOENT', 'EISDIR', 'EPERM']
/** Git folders of submodules, which nobody outside reads. */
const LEFT_ALONE = ['modules']
const DEPTH = 24

/** Takes away whatever is neither a file nor a folder in the session's references, their logs and the git folder of its
 *  worktree; does nothing where there was no box. */
export async function tidyGit(repo: Repository, state: string, session: Session): Promise<void> {
  const noted = await ignoring(['ENOENT'], readFile(join(boxFolder(state, session), GIT_FOLDER), 'utf8'))
  if (noted === undefined) return
  for (const folder of refFolders(repo.commonDir, session)) await tidy(folder, DEPTH)
  await tidy(noted, DEPTH)
  // Without a HEAD this is no worktree to git, and cannot be mended from the inside.
  const head = `ref: refs/heads/quintet/${session.run}/${session.piece}/work\n`
  await ignoring(['EEXIST', 'ENOENT'], writeFile(join(noted, 'HEAD'), head, { flag: 'wx' }))
}

async function tidy(path: string, depth: number): Promise<void> {
  if (depth === 0) return
  await using held = await holdFolder(path)
  if (held === null) return
  for (const entry of await readdir(held.path, { withFileTypes: true })) {
    if (entry.isFile() || LEFT_ALONE.includes(entry.name)) continue
    if (entry.isDirectory()) await tidy(join(held.path, entry.name), depth - 1)
    else await ignoring(GONE, unlink(join(held.path, entry.name)))
  }
}
