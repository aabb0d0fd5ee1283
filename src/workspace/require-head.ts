// Git does not wait for the disk when it writes HEAD and branches: a power cut may leave either of them empty, and no git
// works there then.
import { join } from 'node:path'
import { QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import type { Repository } from '../git/repository.ts'
import { adminEntry, textOf, type AdminEntry } from '../git/worktree-admin.ts'
import { branchTip, dropEmptyBranch, headOf, writeLostHead } from '../git/worktree-head.ts'
import { withRegistry } from '../git/worktree.ts'
import type { SessionPlace } from './spec.ts'

/** Requires HEAD of a session's worktree to be anywhere but on a branch that is lost, and puts an empty one on the session's
 *  branch. Throws `E_WORKTREE`. */
export async function requireHead(spec: SessionPlace): Promise<void> {
  const { repo, path, branch } = spec
  await withRegistry(repo, async () => {
    const entry = await adminEntry(repo, path)
    const at = entry === null ? null : await headOf(entry)
    if (entry === null || at === null || at.kind === 'detached') return
    const name = at.kind === 'lost' ? branch : at.branch
    if ((await branchTip(repo, name)) === null) throw await branchLost(repo, entry, name)
    if (at.kind === 'lost') await writeLostHead(entry, { kind: 'branch', branch })
  })
}

/** Names the last commit that git's log of HEAD knows, and takes an empty file out of the way that bars the branch. */
async function branchLost(repo: Repository, { folder, path }: AdminEntry, branch: string): Promise<Error> {
  await dropEmptyBranch(repo, branch)
  const log = textOf(join(folder, 'logs/HEAD'))?.trimEnd().split('\n') ?? []
  const last = /^[0-9a-f]+ ([0-9a-f]+) /.exec(log.at(-1) ?? '')?.[1] ?? '<commit>'
  return new QuintetError(
    'E_WORKTREE',
    'git',
    `The worktree ${path} is on the branch ${branch}, which is lost.`,
    {
      hints: [
        {
          text: 'Make it again where it was last, as git has noted.',
          command: `git update-ref refs/heads/${quoted(branch)} ${last}`,
        },
      ],
      details: { path, branch, last },
    },
  )
}
