// A dry rehearsal of a plan: the same run with the scripted agent in every session and a target of its own, so that
// worktrees, set-up, ports, prompts, checks and integration are tried without a model and without touching the target.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Script } from '../../contract/script.ts'
import { updateRef, ZERO } from '../../git/refs.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { Services } from '../services.ts'
import type { RunInput } from './input.ts'

/** The run as it is rehearsed: every piece plays a script that makes one empty commit, and a branch beside the target
 *  takes what lands. */
export async function rehearsalInput(services: Services, input: RunInput): Promise<RunInput> {
  const folder = join(services.state, 'rehearsal', input.run)
  await mkdir(folder, { recursive: true })
  const pieces = await Promise.all(
    input.plan.pieces.map(async (piece) => {
      const script = join(folder, `${piece.id}.json`)
      await writeAtomic(script, JSON.stringify(rehearsalScript(piece.id)))
      const { branch: _branch, done: _done, ...rest } = piece
      return { ...rest, agent: 'scripted', script }
    }),
  )
  const target = rehearsalBranch(input.run)
  await updateRef(services.repo, { ref: `refs/heads/${target}`, to: input.base.commit, from: ZERO })
  return { ...input, plan: { ...input.plan, pieces }, target, rehearsal: true }
}

/** Branch that a rehearsal lands on. */
export const rehearsalBranch = (run: string): string => `quintet-rehearsal/${run}`

/** Pure: what every session of a rehearsal does. An empty commit needs no path, so that it fits any scope. */
function rehearsalScript(piece: string): Script {
  return {
    schema: 1,
    name: `rehearsal of ${piece}`,
    window: 200_000,
    steps: [
      { think: `Rehearsing ${piece}: reading the prompt and the session folder.` },
      { status: { completed: [], inProgress: ['rehearsal'], blockedOn: [] } },
      { usage: 4_000 },
      { run: ['git', 'commit', '--allow-empty', '-m', `Rehearse ${piece}`], expect: 0 },
      { status: { completed: ['rehearsal'], inProgress: [], blockedOn: [] } },
      { say: 'The rehearsal of this piece is done.' },
    ],
  }
}
