// What an answer on the command line means for the question that was asked. Pure.
import type { QuestionView } from '../contract/view.ts'
import { usageError } from './failure.ts'
import { nearest } from '../contract/nearest.ts'

/** The id of the option that `text` names by id, label or position; free text where a question allows it. Throws `E_USAGE`. */
export function resolveAnswer(question: QuestionView, text: string): string {
  const named = optionNamed(question, text)
  if (named !== null) return named
  if (question.kind === 'question') return text
  const ids = question.options.map(({ id }) => id)
  const meant = nearest(text, ids)
  throw usageError(
    `The question has no option ${text}; it has ${ids.join(', ')}.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    [{ text: 'See the question.', command: 'quintet blocked' }],
  )
}

function optionNamed({ options }: QuestionView, text: string): string | null {
  const wanted = text.toLowerCase()
  const exact = options.find(({ id, label }) => id.toLowerCase() === wanted || label.toLowerCase() === wanted)
  if (exact !== undefined) return exact.id
  const positioned = /^\d+$/.test(text) ? options[Number(text) - 1] : undefined
  if (positioned !== undefined) return positioned.id
  const beginning = options.filter(({ id, effect }) => id.startsWith(wanted) || effect.startsWith(wanted))
  return beginning.length === 1 ? (beginning[0]?.id ?? null) : null
}
