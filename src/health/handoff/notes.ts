// The one question to the agent before it is replaced, and its answer. Whatever it says is kept as its own words. Pure.
import type { Handoff } from '../../contract/handoff.ts'
import { parseAnswers } from '../probe/prompt.ts'

/** Asks for the agent's own words once; `failed`: approaches that were tried and failed, each gets one line. */
export function notesPrompt(failed: readonly string[]): string {
  const approaches = failed.map((text, index) => `${index + 1}. ${text}`)
  return [
    'This conversation ends here and another one takes the work over. Answer from memory, without tools.',
    'Reply with one JSON object and nothing else; every text at most 600 characters, null where there is nothing to say:',
    '{"understanding": what the task comes down to, "nextStep": the one thing to do next, "warnings": what to look out for, "failed": one line each on why these failed, as a list}',
    ...(approaches.length === 0 ? ['"failed" is an empty list.'] : ['What failed:', ...approaches]),
  ].join('\n')
}

/** The notes with the headless program that asked for them; absent: a fork was asked. */
export function notesBy(read: ReturnType<typeof parseNotes>, via: string | undefined): typeof read {
  return via === undefined ? read : { ...read, notes: { ...read.notes, via } }
}

/** What could be read from the answer; nulls and an empty list where it was no JSON object. */
export function parseNotes(reply: string): { notes: Handoff['agentNotes']; failed: readonly string[] } {
  const answers = parseAnswers(reply)
  const text = (key: string): string | null => {
    const value = answers?.get(key)
    return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 600) : null
  }
  const failed = answers?.get('failed')
  const lines = Array.isArray(failed)
    ? failed.map((line: unknown) => (typeof line === 'string' ? line : ''))
    : []
  return {
    notes: { understanding: text('understanding'), nextStep: text('nextStep'), warnings: text('warnings') },
    failed: lines,
  }
}
