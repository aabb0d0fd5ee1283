import { QuintetError } from '../../contract/errors.ts'
import type { QuestionView, SessionView } from '../../contract/view.ts'
import { oneLine } from '../../tui/text.ts'
import { daemonOf, repositoryOf, textOrInput } from '../access.ts'
import { resolveAnswer } from '../answer-argument.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

/** Answers the question of a session, or shows it when no answer is given. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const question = requireQuestion(session, options.text('question'))
  const words = invocation.arguments[1]
  if (words === undefined || words === '') {
    output.answer(question, () => questionLines(session, question))
    return 0
  }
  const answer = resolveAnswer(question, await textOrInput(words, 'answer'))
  const client = await daemonOf(repo, signal)
  await client.answer(session.id, { question: question.id, answer })
  output.answer({ session: session.id, question: question.id, answer }, () => [
    `The question of session ${session.piece} is answered: ${oneLine(answer)}.`,
  ])
  return 0
}

function requireQuestion(session: SessionView, expected: string | undefined): QuestionView {
  const { question } = session
  if (question === null) throw noQuestion(session)
  if (expected !== undefined && expected !== question.id) {
    throw new QuintetError(
      'E_NO_QUESTION',
      'precondition',
      `Question ${expected} is no longer the question.`,
      {
        hints: [{ text: 'See the question.', command: `quintet answer ${session.id}` }],
      },
    )
  }
  return question
}

function noQuestion({ id, state }: SessionView): QuintetError {
  const [message, hint] =
    state === 'failed'
      ? [
          `Session ${id} has failed and waits for no answer any more.`,
          {
            text: 'Mend what is wrong and let it go on.',
            command: `quintet session retry ${id} "<what to do>"`,
          },
        ]
      : [`Session ${id} asks nothing.`, { text: 'See who does.', command: 'quintet blocked' }]
  return new QuintetError('E_NO_QUESTION', 'precondition', message, { hints: [hint] })
}

function questionLines(session: SessionView, question: QuestionView): string[] {
  return [
    `${session.piece} asks: ${oneLine(question.text)}`,
    ...question.options.map(({ id, label }) => `  → quintet answer ${session.id} ${id}    ${oneLine(label)}`),
    ...(question.kind === 'question' ? [`  → quintet answer ${session.id} "…"    any text`] : []),
  ]
}
