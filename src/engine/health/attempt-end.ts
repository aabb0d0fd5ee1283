// The end of an attempt: before its conversation is stopped the agent is asked once for its own words, and the ladder
// hears of the reset. The end of a session unmerged: what is not committed is saved first.
import { errorData } from '../../contract/errors.ts'
import type { HandoffReason } from '../../contract/handoff.ts'
import type { Workspace } from '../../contract/session.ts'
import { status } from '../../git/status.ts'
import { snapshotWorktree } from '../../git/snapshot.ts'
import { notesBy, notesPrompt, parseNotes } from '../../health/handoff/notes.ts'
import { ladderAfter } from '../../health/ladder.ts'
import { saveCommit } from '../../workspace/save.ts'
import { isControl } from '../breakdown.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import { importWork } from '../session/box.ts'
import type { SessionSpec } from '../session/spec.ts'
import { askAside } from './aside.ts'
import { closeGates } from './gates.ts'
import { writeHandoff } from './handoff-files.ts'
import { attemptEvents } from './session-trace.ts'
import { hasLearned, lastAction, storable, storedAlarms, storedLadder } from './log.ts'

export interface EndedAttempt {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly ended: number
  readonly why: string
  /** Null: the conversation was lost, which says nothing of its health. */
  readonly reason: HandoffReason | null
}

/** Ends an attempt in good order while its conversation is still there. Played again, it asks nobody twice in vain. */
export async function endAttempt(
  services: Services,
  effect: EffectContext,
  { session, workspace, ended, why, reason }: EndedAttempt,
): Promise<void> {
  await closeGates(services, effect, { session, root: workspace.path, attempt: ended })
  if (reason === null) return
  const { store } = services
  const strong = storedAlarms(store, session.stream).filter(({ alarm }) => alarm.strength === 'strong')
  const circles = reason === 'stuck' || reason === 'errors'
  const changed = !circles || hasLearned(store, session.stream, ended)
  const begun = record(effect, 'health.reset', String(ended), { attempt: ended, reason, why, changed })
  const ladder = storedLadder(store, session.stream)
  const after = ladderAfter(ladder, { kind: 'reset', a: lastAction(ladder), changed }).ladder
  record(effect, 'health.ladder', `reset:${ended}`, { ladder: storable(after) })
  if (!begun) return
  await askNotes(services, effect, {
    session,
    workspace,
    ended,
    failed: strong.map(({ alarm }) => alarm.evidence.text),
  })
}

async function askNotes(
  services: Services,
  effect: EffectContext,
  {
    session,
    workspace,
    ended,
    failed,
  }: Pick<EndedAttempt, 'session' | 'workspace' | 'ended'> & { readonly failed: readonly string[] },
): Promise<void> {
  if (!(await hasTrace(services, session, ended))) return
  const live = services.conversations.current(session.label, ended)
  const place = { session, workspace, attempt: ended, live }
  const asked = await askAside(services, place, notesPrompt([...new Set(failed)]), effect.signal)
  if (asked.kind === 'none') return
  const text = JSON.stringify(notesBy(parseNotes(asked.text), asked.via), null, 1)
  await writeHandoff(services.state, session, { attempt: ended + 1, kind: 'notes.json', text })
}

async function hasTrace({ state }: Services, { name }: SessionSpec, attempt: number): Promise<boolean> {
  for await (const event of attemptEvents(state, name, attempt)) if (event.t === 'call') return true
  return false
}

/** Saves what a session leaves uncommitted under its next backup reference. What keeps it from being saved is told: the
 *  worktree stays until it is cleaned, and is saved then at the latest. */
export async function saveAbandoned(
  services: Services,
  effect: EffectContext,
  session: SessionSpec,
  workspace: Workspace,
): Promise<void> {
  try {
    await importWork(services, session)
    const { entries } = await status(workspace.path)
    if (entries.length === 0) return
    const place = {
      repo: services.repo,
      ...session.name,
      path: workspace.path,
      branch: session.branch,
      marker: session.marker,
      coordinationFolder: services.config.coordination_folder,
    }
    const commit = await snapshotWorktree(workspace.path, `Uncommitted work of ${session.label}\n`)
    const backup = await saveCommit(place, commit)
    if (backup !== null) record(effect, 'health.saved', backup, { backup })
  } catch (error) {
    if (isControl(error) || effect.signal.aborted) throw error
    services.announce(session.label, `the uncommitted work is not saved yet: ${errorData(error).message}`)
  }
}
