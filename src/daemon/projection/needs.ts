// Who needs the operator, and with which command. Pure.
import type { IntegrationView, Need, SessionView } from '../../contract/view.ts'

/** Everything that only the operator can move, oldest first. */
export function operatorNeeds(
  sessions: readonly SessionView[],
  integration: IntegrationView | null,
): readonly Need[] {
  const needs = [...sessions.flatMap(sessionNeed), ...integrationNeed(integration)]
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

function integrationNeed(integration: IntegrationView | null): readonly Need[] {
  if (integration === null || integration.state !== 'stopped') return []
  const { conflict, since } = integration
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
