// The fresh-context comparison: a clean conversation is given the handoff and the last prompt in a scratch worktree, for a
// bounded while, and what it comes to is compared with what the session came to. It begins with the files as they are now,
// which is what the handoff speaks of and where a reset would go on; that they have changed since the prompt is said.
// Nothing of it reaches the session unless the operator brings it there.
//   scratch.ts the workspace · agent-run.ts the conversation · sides.ts what is compared · kept.ts what is kept of it
import type { FreshResult } from '../../../contract/health.ts'
import { QuintetError } from '../../../contract/errors.ts'
import type { Workspace } from '../../../contract/session.ts'
import { firstPrompt } from '../../../coordination/prompt.ts'
import { treeOf } from '../../../git/merge/merge.ts'
import { snapshotWorktree } from '../../../git/snapshot.ts'
import { compareRuns } from '../../../health/fresh.ts'
import { checkers } from '../../../health/ledger/ledger.ts'
import type { SessionName } from '../../names.ts'
import { toJson } from '../../record.ts'
import type { Services } from '../../services.ts'
import { importWork } from '../../session/box.ts'
import { sessionSpec, type SessionSpec } from '../../session/spec.ts'
import { promptInput } from '../../session/words/context.ts'
import { liveWorkspace } from '../../session/words/folders.ts'
import { countAside } from '../../spend/aside.ts'
import { composeHandoff } from '../handoff.ts'
import { storedLadder } from '../log.ts'
import { toldSoFar } from '../told.ts'
import { furnish, playFresh } from './agent-run.ts'
import { keepTree, nextSteps, treeLeft } from './kept.ts'
import { inScratch, restoreFiles, type Scratch } from './scratch.ts'
import { checksGreen, lastRun, sideOf, stuckSigns, type LastRun } from './sides.ts'

/** Where the session stands. */
interface Given {
  readonly attempt: number
  readonly turn: number
}

interface Look extends Given {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly old: LastRun
  /** Commit of the files as they are. */
  readonly start: string
}

/** Plays the comparison and writes its result down. Throws `E_NO_FRESH` when the session has no workspace or no trace to
 *  compare with. */
export async function freshRun(
  services: Services,
  name: SessionName,
  given: Given,
  signal: AbortSignal,
): Promise<FreshResult> {
  const session = sessionSpec(services, name)
  const workspace = liveWorkspace(services, session)
  const old = await lastRun(services, session, given.attempt)
  if (workspace === null || old === null) throw noFresh(session)
  await importWork(services, session)
  const start = await snapshotWorktree(workspace.path, `State of ${session.label} for a fresh look\n`)
  const look = { ...given, session, workspace, old, start }
  return await inScratch(services, { session, commit: start }, signal, async (scratch) => {
    const result = await compareIn(services, look, scratch, signal)
    services.store.append({
      stream: session.stream,
      key: `health.fresh:${scratch.session.name.piece}`,
      type: 'health.fresh',
      data: toJson({ attempt: given.attempt, result }),
    })
    return result
  })
}

function noFresh({ label }: SessionSpec): QuintetError {
  return new QuintetError(
    'E_NO_FRESH',
    'precondition',
    `The session ${label} has nothing to be compared with.`,
    { hints: [{ text: 'See how it stands.', command: `quintet session show ${label}` }] },
  )
}

async function compareIn(
  services: Services,
  look: Look,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<FreshResult> {
  const { session, workspace, old, start, attempt } = look
  const place = await furnish(services, scratch)
  // What the session has reached, on the same machine and in the same box as the fresh run, and before that.
  const before = await checksGreen(services, place, { side: 'old', signal })
  await restoreFiles(scratch)
  const live = services.conversations.current(session.label)
  const forks = live !== null && live.conversation.fork !== undefined
  const { events, via } = await playFresh(
    services,
    { ...place, forks },
    await promptOf(services, look, scratch),
    {
      signal,
      spent: (what) => countAside(services, { ...what, stream: session.stream, attempt }),
    },
  )
  const tree = await treeLeft(scratch)
  const after = await checksGreen(services, place, { side: 'fresh', signal })
  const told = await toldSoFar(services, session, { attempt: attempt + 1 })
  const { further, ...compared } = compareRuns({
    old: sideOf(old.events, { root: workspace.path, green: before }),
    fresh: sideOf(events, { root: scratch.workspace.path, green: after }),
    stuck: stuckSigns(storedLadder(services.store, session.stream)),
    // To be refused a path by the box is no forgetting.
    checkers: (root) =>
      checkers(
        told.ledger.filter(({ source }) => source !== 'scope'),
        root === null ? {} : { root },
      ),
  })
  const kept = further ? await keepTree(services, { session, start, tree }) : null
  return {
    ...compared,
    ...(via === undefined ? {} : { via }),
    sameTree: await isSameTree(look),
    kept,
    next: nextSteps(session, { ...compared, kept }),
  }
}

/** The handoff as the next attempt would be given it, with the places of the double, and then the last prompt. */
async function promptOf(services: Services, look: Look, scratch: Scratch): Promise<string> {
  const { session, workspace, attempt, turn, old } = look
  const handoff = await composeHandoff(
    services,
    {
      session: { ...session, branch: scratch.session.branch },
      workspace: { ...workspace, ports: scratch.workspace.ports },
      attempt: attempt + 1,
      turn,
      reprompt: 0,
      prompt: { kind: 'news' },
    },
    { why: 'It is compared with a fresh conversation.', reason: 'operator' },
  )
  const first = firstPrompt(promptInput(services, scratch.session, scratch.workspace, handoff))
  return [first, ...(old.prompt === null ? [] : [old.prompt])].join('\n\n')
}

/** Whether the files are what they were at the prompt that both were given; null: not known. */
async function isSameTree({ workspace, old, attempt, start }: Look): Promise<boolean | null> {
  const now = await treeOf(workspace.path, start)
  if (old.tree !== null) return old.tree === now
  // Before anything was changed.
  return attempt === 1 ? (await treeOf(workspace.path, workspace.base)) === now : null
}
