// Making folders below a worktree without following a symbolic link that a commit may have put there.
import { lstat, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'

/** Makes the folders above `path` (relative to `root`); false when something that is no folder stands in the way. */
export async function requireFolder(root: string, path: string): Promise<boolean> {
  const parent = dirname(path)
  if (parent === '.') return true
  let current = root
  for (const segment of parent.split('/')) {
    current = join(current, segment)
    const found = await ignoring(['ENOENT'], lstat(current))
    if (found === undefined) await ignoring(['EEXIST'], mkdir(current))
    else if (!found.isDirectory()) return false
  }
  return true
}
