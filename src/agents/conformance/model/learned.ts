// What the model hears in the answers to its questions, and says again later. Pure.
import type { ModelRequest } from './request.ts'
import type { ScriptedCall, ScriptedTurn } from './script.ts'

const NOT_YET = /There is no answer yet\b/

/** True when the question has to be put again. */
export function isUnanswered(request: ModelRequest): boolean {
  return NOT_YET.test(newest(request))
}

/** The one of the answers that the newest message says, on a line or between quotation marks of its own; null when it says
 *  none. */
export function heard(request: ModelRequest, among: readonly string[]): string | null {
  const words = newest(request).split(/["\\\n]/u)
  return words.map((word) => word.trim()).findLast((word) => among.includes(word)) ?? null
}

function newest({ messages }: ModelRequest): string {
  return messages.findLast(({ role, text }) => role === 'user' && text !== '')?.text ?? ''
}

/** The turn with the answers put into its texts; a name without an answer stays as it is. */
export function filled(turn: ScriptedTurn, answers: Readonly<Record<string, string>>): ScriptedTurn {
  if (Object.keys(answers).length === 0) return turn
  const fill = (text: string): string =>
    text.replaceAll(/\{\{answer\.([\w-]+)\}\}/gu, (whole, name: string) =>
      Object.hasOwn(answers, name) ? (answers[name] ?? whole) : whole,
    )
  return {
    ...turn,
    ...(turn.text === undefined ? {} : { text: fill(turn.text) }),
    ...(turn.thinking === undefined ? {} : { thinking: fill(turn.thinking) }),
    ...(turn.calls === undefined ? {} : { calls: turn.calls.map((call) => filledCall(call, fill)) }),
  }
}

function filledCall(call: ScriptedCall, fill: (text: string) => string): ScriptedCall {
  switch (call.kind) {
    case 'write':
      return { ...call, content: fill(call.content) }
    case 'edit':
      return { ...call, old: fill(call.old), new: fill(call.new) }
    case 'run':
      return { ...call, command: fill(call.command) }
    case 'tool':
      return { ...call, input: filledInput(call.input, fill) }
    case 'read':
    case 'delegate':
    case 'ask':
      return call
  }
}

function filledInput(
  input: Readonly<Record<string, unknown>>,
  fill: (text: string) => string,
): Readonly<Record<string, unknown>> {
  const inner = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value)
    return Array.isArray(value) ? value.map(inner) : value
  }
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, inner(value)]))
}
