// Keeps what is Quintet's own out of every status and diff: the coordination folder of a worktree, and worktrees that stand
// inside the main one.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { excludeFromStatus } from '../git/exclude.ts'
import type { WorkspaceSpec } from './spec.ts'

type Standing = Pick<WorkspaceSpec, 'repo' | 'path' | 'coordinationFolder' | 'exclude'>

/** Writes the lines of a worktree into info/exclude, where they are not there already. */
export async function excludeOwnFolders(place: Standing): Promise<void> {
  const { commonDir } = place.repo
  const present = (await ignoring(['ENOENT'], readFile(join(commonDir, 'info/exclude'), 'utf8'))) ?? ''
  const lines = new Set(present.split('\n'))
  const patterns = ownFolders(place)
  if (patterns.some((pattern) => !lines.has(pattern))) await excludeFromStatus(place.repo, patterns)
}

/** Writes them as long as nobody takes them out: under the lock that their removal takes. */
export async function holdOwnFolders(place: Standing): Promise<void> {
  await excludeFromStatus(place.repo, ownFolders(place))
}

function ownFolders({ repo, path, coordinationFolder, exclude }: Standing): readonly string[] {
  const patterns = [`/${coordinationFolder.replaceAll(/^\/+|\/+$/g, '')}/`]
  if (exclude !== undefined) patterns.push(exclude)
  else if (path.startsWith(`${repo.root}/`)) patterns.push(`${path.slice(repo.root.length)}/`)
  return patterns
}
