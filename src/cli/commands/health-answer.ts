import { HEALTH_WORDS, type HealthWord } from '../../contract/health.ts'
import { daemonOf, repositoryOf, textOrInput } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import { loadSession } from '../session-argument.ts'

const OUTCOMES: Readonly<Record<HealthWord, string>> = {
  nudge: 'is told the evidence',
  reset: 'starts its next attempt',
  abandon: 'is abandoned; its work is kept',
  'not-stuck': 'is not stuck; this is remembered',
}

/** Answers the alarms of a session, or what is proposed to be done about them. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const answer = healthWord(invocation.arguments[1] ?? '')
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const words = invocation.arguments[2] ?? ''
  const reason = words === '' ? '' : await textOrInput(words, 'reason')
  const client = await daemonOf(repo, signal)
  await client.answerHealth(session.id, answer, reason)
  output.answer({ session: session.id, answer, reason }, () => [`Session ${session.id} ${OUTCOMES[answer]}.`])
  return 0
}

function healthWord(text: string): HealthWord {
  const word = HEALTH_WORDS.find((known) => known === text)
  if (word !== undefined) return word
  throw usageError(`An answer is one of ${HEALTH_WORDS.join(', ')}, not ${text}.`, [
    { text: 'For example:', command: 'quintet health answer 2 not-stuck' },
  ])
}
