// One session with everything that is known about it. Pure.
import type { RuleWay } from '../contract/session.ts'
import type { SessionView } from '../contract/view.ts'
import { duration } from './duration.ts'
import { contextCell, stateText, type Drawing } from './run.ts'
import { healthLines } from './health.ts'
import { preparedText } from './pool.ts'
import { spendText } from './spend.ts'
import { stateTone, toned } from './style.ts'
import { terminalLines } from './terminals.ts'
import { counted, oneLine, pad, printable, truncate } from './text.ts'

const LABEL_WIDTH = 10

/** A headline, then one labelled line for each thing that is known, then the session's own status. */
export function renderSession(session: SessionView, drawing: Drawing): string[] {
  const { width, now, colour } = drawing
  const since = duration(now - session.since)
  const headline = `${session.id}  ${stateText(session)} ${since} (${session.basis})`
  const facts = [...workLines(session, drawing), ...changeLines(session), ...waitLines(session)]
  return [
    toned(truncate(headline, width), stateTone(session.state), colour),
    ...facts.map(([label, text]) => labelled(label, text, width)),
    ...questionLines(session, drawing),
    ...session.checks.map((check) =>
      labelled(
        'check',
        `${check.name}: ${check.green ? 'green' : 'red'}, ${duration(check.durationMs)}, log ${check.log}`,
        width,
      ),
    ),
    ...terminalLines([session]).map((line) => truncate(oneLine(line), drawing.width)),
    ...healthLines(session, drawing),
    ...statusLines(session),
  ]
}

const RULES: Readonly<Record<RuleWay, string>> = {
  'system prompt': 'appended to the system prompt, in every request through every compaction',
  hook: 'given by a hook after every compaction',
  'first prompt': 'in the first prompt; what a compaction loses is stated again',
}

type Labelled = readonly [label: string, text: string]

function workLines(session: SessionView, { width }: Drawing): Labelled[] {
  const { context } = session
  const size = context?.size === null ? '' : ` of ${context?.size}`
  return [
    ['title', session.title],
    ['agent', `${session.agent}, attempt ${session.attempt}, turn ${session.turn}`],
    ...levelLines(session),
    ...(session.rules === undefined ? [] : [['rules', RULES[session.rules]] as const]),
    ...(session.activity === null ? [] : [['doing', session.activity] as const]),
    ...(session.reason === null ? [] : [['reason', session.reason] as const]),
    ...(context === null
      ? []
      : [
          [
            'context',
            `${contextCell(context, width >= 60).text} (${context.used}${size} tokens, ${context.source})`,
          ] as const,
        ]),
    ...(session.spend === undefined ? [] : [['spent', spendText(session.spend)] as const]),
  ]
}

/** What holds it inside its scope, and what keeps that from being more. */
function levelLines({ level, gaps }: SessionView): Labelled[] {
  if (level === null) return []
  return [['level', level], ...gaps.map((gap): Labelled => ['', gap])]
}

function changeLines({ branch, changes, path, ports, prepared }: SessionView): Labelled[] {
  const counts =
    changes === null
      ? ''
      : `  ${counted(changes.commits, 'commit')}, +${changes.added} -${changes.deleted}, ${counted(changes.inScope, 'file')} in scope, ${changes.outOfScope} out`
  return [
    ['branch', `${branch}${counts}`],
    ...(path === null ? [] : [['worktree', path] as const]),
    ...(prepared === undefined ? [] : [['prepared', preparedText(prepared)] as const]),
    ...(ports === null ? [] : [['ports', `${ports.first} to ${ports.first + ports.count - 1}`] as const]),
  ]
}

function waitLines({ dependsOn }: SessionView): Labelled[] {
  return dependsOn.length === 0 ? [] : [['after', dependsOn.join(', ')]]
}

function questionLines({ id, question }: SessionView, { now, width, colour }: Drawing): string[] {
  if (question === null) return []
  const age = duration(now - question.since)
  return [
    toned(
      truncate(oneLine(`! asks (${question.kind}, ${age}): ${question.text}`), width),
      'attention',
      colour,
    ),
    ...question.options.map(
      (option) => `  → quintet answer ${id} ${oneLine(option.id)}    ${oneLine(option.label)}`,
    ),
  ]
}

function statusLines({ status }: SessionView): string[] {
  return status === null ? [] : ['', ...printable(status.verbatim).trimEnd().split('\n')]
}

function labelled(label: string, text: string, width: number): string {
  return truncate(pad(label, LABEL_WIDTH) + oneLine(text), width)
}
