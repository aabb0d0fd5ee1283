// Who needs the operator, and with which command. Pure.
import { EXTERNAL } from '../../contract/external.ts'
import type { CheckResult } from '../../contract/session.ts'
import type { IntegrationView, Need, RequestView, SessionView } from '../../contract/view.ts'
import { terminalNeeds } from './terminals.ts'
import { findingNeed, refusedNeeds, requestNeeds } from './scope-needs.ts'

/** Everything that only the operator can move, oldest first. */
export function operatorNeeds(
  sessions: readonly SessionView[],
  requests: readonly RequestView[],
  integration: IntegrationView | null,
): readonly Need[] {
  const asked = requestNeeds(requests, sessions)
  // A session that waits for the answer to its request is moved by that answer.
  const own = sessions.flatMap((session) => {
    const covered = session.state === 'waiting' && asked.some((need) => need.session === session.id)
    return covered && session.question === null ? [] : sessionNeed(session)
  })
  const needs = [...own, ...asked, ...integrationNeed(integration, sessions), ...terminalNeeds(sessions)]
  return needs.sort((a, b) => a.since - b.since)
}

function sessionNeed(session: SessionView): readonly Need[] {
  const { piece, question } = session
  if (question !== null) {
    const command = `quintet answer ${piece} ${question.options.length > 0 ? '<option>' : '"<text>"'}`
    return [
      {
        session: session.id,
        kind: question.kind,
        text: question.text,
        command,
        since: question.since,
      },
    ]
  }
  const proposed = proposalNeed(session)
  if (proposed !== null) return [proposed]
  if (session.paused !== undefined) return [budgetNeed(session, session.paused)]
  if (session.state !== 'waiting' && session.state !== 'failed') return []
  const found = findingNeed(session)
  if (found !== null) return [found]
  return [
    {
      session: session.id,
      kind: session.state,
      text: session.reason ?? 'It does not know how to go on.',
      ...(session.agent === EXTERNAL && session.state === 'waiting'
        ? toldElsewhere(piece)
        : { command: `quintet session retry ${piece} "<what to do>"` }),
      since: session.since,
    },
  ]
}

/** Whoever works elsewhere is told by the operator; new commits are seen by themselves. */
function toldElsewhere(piece: string): Pick<Need, 'command' | 'others'> {
  return {
    command: `quintet session prompt ${piece}`,
    others: [
      { command: `quintet session check ${piece}`, label: 'look for new commits now' },
      { command: `quintet session done ${piece}`, label: 'judge once more what is there' },
    ],
  }
}

/** What may be spent is spent: more, or an end. */
function budgetNeed({ id, piece, reason, since }: SessionView, raise: string): Need {
  return {
    session: id,
    kind: 'budget',
    text: reason ?? 'What may be spent is spent.',
    command: `quintet session retry ${piece} --budget ${raise}`,
    others: [
      { command: `quintet session abandon ${piece}`, label: 'end the session unmerged; its work is kept' },
    ],
    since,
  }
}

/** A nudge, a reset or an end that rules do not decide on here: the evidence, and every answer to it. */
function proposalNeed({ id, piece, state, health }: SessionView): Need | null {
  const proposed = health?.proposed ?? null
  if (proposed === null || state === 'landed' || state === 'abandoned' || state === 'finished') return null
  const answer = (word: string): string => `quintet health answer ${piece} ${word}`
  const label = {
    nudge: 'tell the agent the evidence and let it go on',
    reset: 'begin a new attempt from a handoff',
    abandon: 'end the session unmerged; its work is kept',
    'not-stuck': 'let it go on, and be less quick with this',
  }
  const words = ['abandon', 'reset', 'nudge', 'not-stuck'] as const
  return {
    session: id,
    kind: 'health',
    text: `To ${proposed.what} it is proposed: ${proposed.reasons.join(' ')}`,
    command: answer(proposed.what),
    others: words
      .filter((word) => word !== proposed.what)
      .map((word) => ({ command: answer(word), label: label[word] })),
    since: proposed.since,
  }
}

function integrationNeed(
  integration: IntegrationView | null,
  sessions: readonly SessionView[],
): readonly Need[] {
  if (integration === null || integration.state !== 'stopped' || !integration.queue.operator) return []
  const { conflict, reason, since } = integration
  const need = (kind: Need['kind'], text: string, command: string): readonly Need[] => [
    { session: null, kind, text, command, since },
  ]
  const refused = refusedNeeds(integration, sessions)
  if (refused.length > 0) return refused
  if (conflict !== null) {
    const { piece, files } = conflict
    const command = `quintet session retry ${piece} "<how to resolve it>"`
    return need('conflict', `${piece} conflicts in ${files.join(', ')}.`, command)
  }
  const culprit = integration.queue.culprits.at(-1)
  if (culprit !== undefined) {
    const text = reason ?? `The branch of ${culprit.piece} makes the union red.`
    return need('red-check', text, `quintet session retry ${culprit.piece} "<what to mend>"`)
  }
  const red = integration.checks.find((check) => !check.green)
  // No session is to blame, so none can mend it.
  if (red !== undefined) return need('red-check', redText(integration, red), 'quintet merge')
  return [targetNeed(integration)]
}

/** Nothing was wrong with the branches: what is in the way is put aside, and they are merged again. */
function targetNeed({ reason, clear, since }: IntegrationView): Need {
  const need = { session: null, kind: 'target' as const, text: reason ?? 'Nothing landed.', since }
  const command = 'quintet merge'
  if (clear === undefined) return { ...need, command }
  const label = 'once that is stashed, committed or moved away'
  return { ...need, command: clear, others: [{ command, label }] }
}

/** What is red although no branch is to blame, what has to come before the next try, and where the output is. */
function redText({ queue, reason }: IntegrationView, { name, log }: CheckResult): string {
  const known = queue.redBefore.length + queue.flaky.length > 0 ? reason : null
  return [
    known ?? `The check "${name}" is red on the union.`,
    ...(queue.redBefore.length > 0 ? ['It has to be mended on the target first.'] : []),
    `The output is in ${log}`,
  ].join(' ')
}
