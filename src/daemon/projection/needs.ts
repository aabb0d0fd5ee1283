// Who needs the operator, and with which command. Pure.
import type { ScopeRequest } from '../../contract/scope.ts'
import type { IntegrationView, Need, SessionView } from '../../contract/view.ts'
import { findingNeed, refusedNeeds, requestNeeds } from './scope-needs.ts'

/** Everything that only the operator can move, oldest first. */
export function operatorNeeds(
  sessions: readonly SessionView[],
  requests: readonly ScopeRequest[],
  integration: IntegrationView | null,
): readonly Need[] {
  const asked = requestNeeds(requests, sessions)
  // A session that waits for the answer to its request is moved by that answer.
  const own = sessions.flatMap((session) => {
    const covered = session.state === 'waiting' && asked.some((need) => need.session === session.id)
    return covered && session.question === null ? [] : sessionNeed(session)
  })
  const needs = [...own, ...asked, ...integrationNeed(integration, sessions)]
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
  if (session.state !== 'waiting' && session.state !== 'failed') return []
  const found = findingNeed(session)
  if (found !== null) return [found]
  return [
    {
      session: session.id,
      kind: session.state,
      text: session.reason ?? 'It does not know how to go on.',
      command: `quintet session retry ${piece} "<what to do>"`,
      since: session.since,
    },
  ]
}

function integrationNeed(
  integration: IntegrationView | null,
  sessions: readonly SessionView[],
): readonly Need[] {
  if (integration === null || integration.state !== 'stopped') return []
  const { conflict, since } = integration
  const refused = refusedNeeds(integration, sessions)
  if (refused.length > 0) return refused
  if (conflict !== null) {
    return [
      {
        session: null,
        kind: 'conflict',
        text: `${conflict.piece} conflicts in ${conflict.files.join(', ')}.`,
        command: `quintet session retry ${conflict.piece} "<how to resolve it>"`,
        since,
      },
    ]
  }
  const red = integration.checks.find((check) => !check.green)
  if (red !== undefined) {
    return [
      {
        session: null,
        kind: 'red-check',
        text: `The check "${red.name}" is red on the union: ${red.log}`,
        command: 'quintet session retry <session> "<what to mend>"',
        since,
      },
    ]
  }
  return [
    {
      session: null,
      kind: 'target',
      text: integration.reason ?? 'Nothing landed.',
      command: 'quintet merge',
      since,
    },
  ]
}
