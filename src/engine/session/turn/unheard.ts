// Pure. The answer that a lost agent did not live to hear.
import type { AgentQuestion } from '../../../contract/agent.ts'
import type { Fact } from '../../../contract/facts.ts'

/**
 * The latest answer to the same question in the turns before `turn` whose agents were lost, back to the last turn that
 * came to an end; null when there is none. A permission was given for one deed only and is asked for again.
 */
export function answerUnheard(
  facts: readonly Fact[],
  question: Pick<AgentQuestion, 'kind' | 'text' | 'options'>,
  turn: number,
): string | null {
  if (question.kind === 'permission') return null
  const same = new Set<string>()
  let answer: string | null = null
  for (const { type, data } of facts) {
    if (type === 'turn.started' && data.turn === turn) break
    if (type === 'turn.ended' && data.outcome.kind !== 'lost') answer = null
    if (type === 'question.asked' && isSame(data, question)) same.add(data.question)
    if (type === 'question.answered' && same.has(data.question)) answer = data.answer
  }
  return answer
}

function isSame(
  asked: Extract<Fact, { type: 'question.asked' }>['data'],
  put: Pick<AgentQuestion, 'text' | 'options'>,
): boolean {
  const labels = (options: readonly { readonly id: string; readonly label: string }[]): string =>
    JSON.stringify(options.map(({ id, label }) => [id, label]))
  return asked.text === put.text && labels(asked.options) === labels(put.options)
}
