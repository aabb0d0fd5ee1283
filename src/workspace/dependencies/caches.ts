// What tools keep inside of installed dependencies, and what an installation leaves beside them.
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { ignoredFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import { moveToTrash } from '../../store/trash.ts'
import { dependencyPaths, isCache, ownedFolder } from './folders.ts'

/** Moves caches out of the dependency folders of a worktree: they may hold results of another commit. */
export async function clearCaches(repo: Repository, cwd: string): Promise<void> {
  for (const folder of dependencyPaths(await ignoredFiles(cwd))) {
    const path = join(cwd, folder)
    const found = await ignoring(['ENOENT'], lstat(path))
    // What a link leads to is somebody else's.
    if (basename(folder) !== 'node_modules' || found?.isDirectory() !== true) continue
    for (const name of (await readdir(path)).filter(isCache)) await moveToTrash(repo, join(path, name), cwd)
  }
}

/** Whether a worktree has ignored files beside its dependencies. */
export async function hasOtherIgnored(cwd: string): Promise<boolean> {
  return (await ignoredFiles(cwd)).some((path) => ownedFolder(path) === null)
}
