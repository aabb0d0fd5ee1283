// What the operator can do about a session's health: answer what is proposed, have it probed, have restored what it lost.
import * as v from 'valibot'
import type { HealthAnswerRequest } from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import { ASKED_RESET, NO_REASON } from '../../contract/reasons.ts'
import type { FreshResult, HealthWord, ProbeResult } from '../../contract/health.ts'
import { nudgeText } from '../../health/nudge.ts'
import type { SessionName } from '../names.ts'
import { tellSession } from '../operator.ts'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { sessionSpec, type SessionSpec } from '../session/spec.ts'
import { liveWorkspace } from '../session/words/folders.ts'
import { freshRun } from './fresh/fresh.ts'
import { storedHandoff } from './handoff-files.ts'
import { storedLadder } from './log.ts'
import { probeSession } from './probe.ts'

/** Answers the alarms of a session. Throws what telling a session throws, and `E_NO_ALARM` for a nudge without anything to say. */
export async function answerHealth(
  services: Services,
  name: SessionName,
  { answer, reason }: v.InferOutput<typeof HealthAnswerRequest>,
): Promise<{ readonly told: string }> {
  const session = sessionSpec(services, name)
  const { alarms } = storedLadder(services.store, session.stream)
  const text = answer === 'nudge' ? nudgeWords(session, alarms, reason) : ''
  const rules = Object.fromEntries(alarms.map(({ rule, evidence }) => [rule, evidence.count]))
  const waits = isAskedAbout(services, session)
  append(services, session, 'health.answered', { answer, rules, reason })
  await act(services, session, { answer, reason, text, waits })
  return { told: session.label }
}

interface Act {
  readonly answer: HealthWord
  readonly reason: string
  readonly text: string
  readonly waits: boolean
}

async function act(
  services: Services,
  session: SessionSpec,
  { answer, reason, text, waits }: Act,
): Promise<void> {
  const { name } = session
  switch (answer) {
    case 'nudge':
      append(services, session, 'health.nudged', { ...lastTurn(services, session), text, by: 'operator' })
      await tellSession(services, name, {
        kind: 'nudge',
        reason: reason || 'nudge',
        text,
        ...(reason === '' ? {} : { words: reason }),
      })
      return
    case 'reset':
      await tellSession(services, name, { kind: 'reset', reason: reason || ASKED_RESET })
      return
    case 'abandon':
      await tellSession(services, name, {
        kind: 'abandon',
        reason: reason || proposedReason(services, session),
      })
      return
    case 'not-stuck':
      // A session at work is left alone, and so is one that waits for something else; one that waits over this goes on.
      if (waits)
        await tellSession(services, name, { kind: 'retry', reason: reason || 'It is not stuck. Go on.' })
  }
}

function nudgeWords({ label }: SessionSpec, alarms: Parameters<typeof nudgeText>[0], reason: string): string {
  if (alarms.length === 0 && reason === '') {
    throw new QuintetError(
      'E_NO_ALARM',
      'precondition',
      `The session ${label} has no alarm to be nudged about.`,
      {
        hints: [
          { text: 'Say what it is to hear.', command: `quintet health answer ${label} nudge "<what>"` },
        ],
      },
    )
  }
  const evidence = alarms.length === 0 ? [] : [nudgeText(alarms)]
  return [...(reason === '' ? [] : [`The operator says: ${reason}`]), ...evidence].join('\n\n')
}

function proposedReason({ store }: Services, { stream }: SessionSpec): string {
  let reasons: readonly string[] = []
  for (const { data } of store.events({ stream, types: ['health.proposed'] })) {
    reasons = v.parse(FACTS['health.proposed'], data).reasons
  }
  return reasons.length === 0 ? NO_REASON : reasons.join(' ')
}

/** Whether the session waits for a word on its health. */
function isAskedAbout({ store }: Services, { stream }: SessionSpec): boolean {
  let asked = false
  const types = ['session.waiting', 'session.failed', 'session.continued', 'turn.started']
  for (const { type, data } of store.events({ stream, types })) {
    asked = type === 'session.waiting' && v.parse(FACTS['session.waiting'], data).health === true
  }
  return asked
}

/** Asks a fork of the session's conversation what it still knows. Throws `E_NO_PROBE` where that cannot be done. */
export async function probeNow(
  services: Services,
  name: SessionName,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const session = sessionSpec(services, name)
  const live = services.conversations.current(session.label)
  const workspace = liveWorkspace(services, session)
  if (workspace === null) throw noProbe(session, 'it has no workspace any more')
  const attempt = live?.attempt ?? lastTurn(services, session).attempt
  const handoff = await storedHandoff(services, session, attempt)
  const probed = await probeSession(services, live, { session, workspace, attempt, handoff }, signal)
  if (probed.kind === 'none') throw noProbe(session, probed.why)
  append(services, session, 'health.probed', { attempt, turn: 0, probe: probed.result })
  return probed.result
}

function noProbe({ label }: SessionSpec, why: string): QuintetError {
  return new QuintetError('E_NO_PROBE', 'precondition', `The session ${label} cannot be probed: ${why}`, {
    hints: [{ text: 'See what its trace tells.', command: `quintet diagnose ${label}` }],
  })
}

/** Compares a session with a fresh conversation at the same tree. Throws `E_NO_FRESH`. */
export async function freshNow(
  services: Services,
  name: SessionName,
  signal: AbortSignal,
): Promise<FreshResult> {
  const { stream } = sessionSpec(services, name)
  return await freshRun(services, name, lastTurn(services, { stream }), signal)
}

function lastTurn(
  { store }: Services,
  { stream }: Pick<SessionSpec, 'stream'>,
): { readonly attempt: number; readonly turn: number } {
  let last = { attempt: 1, turn: 1 }
  for (const { data } of store.events({ stream, types: ['turn.started'] })) {
    const { attempt, turn } = v.parse(FACTS['turn.started'], data)
    last = { attempt, turn }
  }
  return last
}

/** States again what the last probe, or the last compaction, found lost. Throws `E_NOTHING_LOST`. */
export async function restoreLost(
  services: Services,
  name: SessionName,
): Promise<{ readonly restored: readonly string[] }> {
  const session = sessionSpec(services, name)
  const lost = lostFacts(services, session)
  if (lost.length === 0) {
    throw new QuintetError(
      'E_NOTHING_LOST',
      'precondition',
      `Nothing is known to be lost in ${session.label}.`,
      {
        hints: [{ text: 'Ask what it still knows.', command: `quintet diagnose ${session.label} --probe` }],
      },
    )
  }
  const text = [
    'The following is still true, and was lost from this conversation:',
    ...lost.map((fact) => `- ${fact}`),
  ]
  await tellSession(services, name, { kind: 'nudge', reason: 'restore what was lost', text: text.join('\n') })
  return { restored: lost }
}

function lostFacts({ store }: Services, { stream }: SessionSpec): readonly string[] {
  let lost: readonly string[] = []
  for (const { type, data } of store.events({
    stream,
    types: ['health.probed', 'health.compacted', 'health.reset'],
  })) {
    if (type === 'health.reset') lost = []
    else if (type === 'health.probed') {
      const { items } = v.parse(FACTS['health.probed'], data).probe
      lost = items.filter((item) => item.lost).map(({ fact }) => fact)
    } else {
      const found = v.parse(FACTS['health.compacted'], data).lost
      lost =
        found === null ? lost : [...found.constraints, ...found.decisions, ...found.messages, ...found.files]
    }
  }
  return [...new Set(lost)]
}

function append(services: Services, { stream }: SessionSpec, type: string, data: unknown): void {
  services.store.append({ stream, key: `${type}:operator:${Date.now()}`, type, data: toJson(data) })
}
