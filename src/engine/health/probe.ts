// The probe: questions whose answers the log knows, asked of a fork of the conversation and scored without a model.
import type { ProbeResult } from '../../contract/health.ts'
import type { Handoff } from '../../contract/handoff.ts'
import { changes } from '../../git/diff.ts'
import { trackedFiles } from '../../git/files.ts'
import { status } from '../../git/status.ts'
import { itemBank } from '../../health/probe/bank.ts'
import type { ProbeItem } from '../../health/probe/item.ts'
import { parseAnswers, probePrompt } from '../../health/probe/prompt.ts'
import { scoreProbe, type ProbeScore } from '../../health/probe/score.ts'
import { branchRef } from '../names.ts'
import type { Services } from '../services.ts'
import { importWork } from '../session/box.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { decisions } from '../session/words/context.ts'
import { askAside } from './aside.ts'
import { storedAlarms } from './log.ts'
import { toldSoFar } from './told.ts'

/** Files that may serve as decoys. */
const OTHERS = 2_000

export type Probed =
  | { readonly kind: 'probed'; readonly score: ProbeScore; readonly result: ProbeResult }
  | { readonly kind: 'none'; readonly why: string }

/** Asks a fork of the conversation what it knows of the session; `handoff`: that it began with, null for none. */
export async function probeSession(
  services: Services,
  live: Live | null,
  place: Pick<TurnInput, 'session' | 'workspace' | 'attempt'> & { readonly handoff: Handoff | null },
  signal: AbortSignal,
): Promise<Probed> {
  const items = await probeItems(services, place)
  if (items.length === 0) return { kind: 'none', why: 'The log knows nothing yet that could be asked.' }
  const prompt = probePrompt(items)
  const asked = await askAside(services, { ...place, live }, prompt, signal)
  if (asked.kind === 'none') return asked
  const score = scoreProbe(items, parseAnswers(asked.text))
  const via = asked.via === undefined ? {} : { via: asked.via }
  return { kind: 'probed', score, result: { ...resultOf(score, asked.text), ...via } }
}

function resultOf({ total, classes, items, act }: ProbeScore, reply: string): ProbeResult {
  return {
    total,
    classes: { ...classes },
    items: items.map(({ item, score, answer, lost }) => ({
      class: item.class,
      question: item.question,
      answer,
      score,
      fact: item.fact,
      lost,
    })),
    act,
    reply,
  }
}

async function probeItems(
  services: Services,
  { session, workspace, attempt, handoff }: Parameters<typeof probeSession>[2],
): Promise<readonly ProbeItem[]> {
  await importWork(services, session)
  const told = await toldSoFar(services, session, { attempt: attempt + 1 })
  const [committed, now, tracked] = await Promise.all([
    changes(workspace.path, workspace.base, branchRef(session.name)),
    status(workspace.path),
    trackedFiles(workspace.path),
  ])
  const edited = new Set([...committed.map(({ path }) => path), ...now.entries.map(({ path }) => path)])
  const last = told.checks.at(-1)
  const alarms = storedAlarms(services.store, session.stream)
  return itemBank({
    edited: [...edited].sort(),
    others: tracked.slice(0, OTHERS).filter((path) => !edited.has(path)),
    ledger: told.ledger,
    lastTest:
      last === undefined ? null : { command: last.command, failed: last.failed, failing: last.failing ?? [] },
    port: workspace.ports.count > 0 ? workspace.ports.first : null,
    branch: session.branch,
    decisions: decisions(services.store, session.run.run).map(({ text }) => text),
    deadEnds: alarms
      .filter(({ alarm }) => alarm.strength === 'strong')
      .flatMap(({ alarm }) => alarm.evidence.tried ?? []),
    worked: told.runs.flatMap(({ ok, command }) => (ok ? [command] : [])),
    nextStep: handoff?.agentNotes.nextStep ?? null,
  })
}
