// The merge order of an integration: what its branches change decides, and which of them do not merge with each other.
import { changes } from '../../git/diff.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import { resolveCommit } from '../../git/repository.ts'
import { openScratchObjects } from '../../git/objects/scratch.ts'
import { leastRework } from '../../integration/queue/least-rework.ts'
import { conflictingPairs } from '../../integration/radar/pairs.ts'
import { isFingerprinted } from '../../workspace/dependencies/fingerprint.ts'
import type { IntegrationInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'

/** More are not tried out with each other: the order saves work, and nothing rests on it. */
const MOST_BRANCHES = 200

/** The pieces of an integration, so that as few branches as can be have to be done again. */
export async function orderPieces(
  services: Services,
  signal: AbortSignal,
  { run, branches }: IntegrationInput,
): Promise<readonly string[]> {
  if (branches.length < 2) return branches.map(({ piece }) => piece)
  const { plan, target } = loadRunInput(services, run)
  const cwd = services.repo.root
  const onto = await resolveCommit(cwd, `refs/heads/${target}`)
  const started = []
  for (const { piece, base: from, tip } of branches) {
    signal.throwIfAborted()
    // A branch that has merged the target since goes from there.
    const base = (await mergeBase(cwd, onto ?? from, tip)) ?? from
    started.push({ name: piece, base, commit: tip, changes: await changes(cwd, base, tip) })
  }
  await using scratch = await openScratchObjects(services.repo)
  const tried = started.slice(0, MOST_BRANCHES)
  const conflicts = await conflictingPairs({ cwd, branches: tried, scratch, signal })
  return leastRework(
    started.map(({ name, changes }) => ({
      piece: name,
      needs: plan.pieces.find(({ id }) => id === name)?.depends_on ?? [],
      files: changes.length,
      moved: changes.filter(({ kind }) => kind === 'deleted').length,
      installs: changes.some(({ path }) => isFingerprinted(path)),
    })),
    conflicts,
  )
}
