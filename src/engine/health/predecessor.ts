// A piece that is begun again in a later run: what its abandoned sessions tried without success, and whether the restart
// is one with something changed.
import * as v from 'valibot'
import { QuintetError } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import type { Piece } from '../../contract/plan.ts'
import { NO_REASON } from '../../contract/reasons.ts'
import { oneLine } from '../../health/words.ts'
import type { Store } from '../../store/store.ts'
import { runOfWorkflow, runWorkflowId, sessionWorkflowId } from '../names.ts'
import { RunInput } from '../run/input.ts'
import type { SessionSpec } from '../session/spec.ts'
import { storedAlarms } from './log.ts'
import { restartKey, sameTries, type EarlierTry } from './restart.ts'

const TRIED_LISTED = 12
const LINE_CHARS = 300

/** Unchanged restarts of a piece: at most one. */
const SAME_TRIES = 2

/** Throws `E_UNCHANGED_RESTART` when a piece of the plan was abandoned twice just as it stands there. */
export function requireChange(store: Store, plan: string, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    const tries = earlierTries(store, { plan, piece: piece.id })
    const last = tries.at(-1)
    if (last === undefined || sameTries(tries, restartKey(piece)) < SAME_TRIES) continue
    const command = `quintet session retry ${last.run}/${piece.id} "<what has changed>"`
    throw new QuintetError(
      'E_UNCHANGED_RESTART',
      'precondition',
      `The piece ${piece.id} was abandoned twice with this brief, scope and agent; a third try would be the same again.`,
      {
        hints: [
          {
            text: 'Change its brief, its scope or its agent in the plan.',
            command: `quintet plan check ${plan}`,
          },
          { text: 'Or say what is different this time; its next session is told.', command },
        ],
      },
    )
  }
}

/** Told with the first prompt; null when no session of this piece was abandoned before. */
export function failedBefore(store: Store, { name, run }: SessionSpec): string | null {
  const tries = earlierTries(store, { plan: run.name, piece: name.piece, before: name.run })
  const found = tries.slice(tries.findLastIndex(({ abandoned }) => abandoned === null) + 1)
  const last = found.at(-1)
  if (last === undefined) return null
  const notes = found.flatMap((one) => one.notes)
  const tried = [...new Set(found.flatMap((one) => failedIn(store, one.run, name.piece)))]
  const rest = tried.length - TRIED_LISTED
  return [
    `An earlier session on this piece was abandoned: ${oneLine(last.abandoned ?? '', LINE_CHARS)}`,
    ...(tried.length === 0 ? [] : ['Tried without success; take another way:']),
    ...tried.slice(0, TRIED_LISTED).map((text) => `- ${oneLine(text, LINE_CHARS)}`),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    ...(notes.length === 0 ? [] : ['What the operator says is different this time:']),
    ...notes.map((text) => `- ${text}`),
  ].join('\n')
}

function failedIn(store: Store, run: string, piece: string): readonly string[] {
  return storedAlarms(store, sessionWorkflowId({ run, piece })).flatMap(({ alarm }) => {
    const { strength, family, evidence } = alarm
    if (strength !== 'strong' || family === 'operator') return []
    return [evidence.text, ...(evidence.tried ?? [])]
  })
}

/** Sessions of a piece in the runs of a plan that worked and have ended, oldest first; those that were only stopped with
 *  their whole run, and rehearsals, prove nothing. */
function earlierTries(
  store: Store,
  { plan, piece, before }: { readonly plan: string; readonly piece: string; readonly before?: string },
): readonly EarlierTry[] {
  const found: EarlierTry[] = []
  for (const { stream, data } of store.events({ types: ['run.created'] })) {
    const run = runOfWorkflow(stream)
    if (run === before) break
    const created = v.parse(FACTS['run.created'], data)
    if (created.plan !== plan || created.rehearsal) continue
    const one = tryOf(store, run, piece)
    if (one !== null) found.push(one)
  }
  return found
}

function tryOf(store: Store, run: string, id: string): EarlierTry | null {
  const claim = store.claims.claim(runWorkflowId(run))
  const piece =
    claim === undefined ? undefined : v.parse(RunInput, claim.input).plan.pieces.find((one) => one.id === id)
  if (piece === undefined) return null
  const seen = new Set<string>()
  const notes: string[] = []
  let abandoned: string | null = null
  const types = ['turn.started', 'session.continued', 'session.abandoned', 'session.landed', 'session.noted']
  for (const { type, data } of store.events({ stream: sessionWorkflowId({ run, piece: id }), types })) {
    if (type === 'session.noted') notes.push(v.parse(FACTS['session.noted'], data).text)
    else if (type === 'session.abandoned') abandoned = v.parse(FACTS['session.abandoned'], data).reason
    else if (type !== 'session.continued') seen.add(type)
    else if (isWord(v.parse(FACTS['session.continued'], data).why)) seen.add('word')
  }
  const landed = seen.has('session.landed')
  const gaveUp = abandoned !== null && abandoned !== stopReason(store, run)
  if (!seen.has('turn.started') || (!landed && !gaveUp)) return null
  return { run, key: restartKey(piece), abandoned: landed ? null : abandoned, told: seen.has('word'), notes }
}

/** Whether the operator let a session go on with words of weight. */
function isWord(why: string): boolean {
  return why.startsWith('retry: ') && why !== `retry: ${NO_REASON}`
}

function stopReason(store: Store, run: string): string | null {
  for (const { data } of store.events({ stream: runWorkflowId(run), types: ['run.stopped'] })) {
    return v.parse(FACTS['run.stopped'], data).reason
  }
  return null
}
