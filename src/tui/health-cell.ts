// The health of a session in a cell of a table. Pure.
import type { SessionView } from '../contract/view.ts'
import type { Tone } from './style.ts'

/** What a table has room for: the rung when it is not `ok`, and a state that is not work. */
export function healthCell({ health }: SessionView): { readonly text: string; readonly tone?: Tone } {
  if (health === undefined) return { text: '' }
  const { rung, activity } = health
  const parts = [rung === 'ok' ? '' : rung, activity === null || activity === 'working' ? '' : activity]
  const text = parts.filter((part) => part !== '').join(', ')
  return { text, tone: rung === 'reset' || rung === 'abandon' ? 'bad' : 'attention' }
}
