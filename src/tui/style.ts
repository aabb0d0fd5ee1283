// Colour stands for state and for nothing else; everything it says is also said in words.
import { styleText } from 'node:util'
import type { SessionState } from '../contract/session.ts'

/** What a colour means. */
export type Tone = 'plain' | 'quiet' | 'busy' | 'good' | 'attention' | 'bad'

const FORMATS = {
  quiet: 'dim',
  busy: 'cyan',
  good: 'green',
  attention: 'yellow',
  bad: 'red',
} as const satisfies Record<Exclude<Tone, 'plain'>, string>

const STATE_TONES: Readonly<Record<SessionState, Tone>> = {
  planned: 'quiet',
  preparing: 'busy',
  working: 'busy',
  waiting: 'attention',
  finished: 'good',
  landed: 'good',
  abandoned: 'quiet',
  failed: 'bad',
  lost: 'bad',
}

/** The tone of a session's state. */
export function stateTone(state: SessionState): Tone {
  return STATE_TONES[state]
}

/** `text` in the colour of `tone`, or as it is when `colour` is false. */
export function toned(text: string, tone: Tone, colour: boolean): string {
  if (!colour || tone === 'plain' || text === '') return text
  return styleText(FORMATS[tone], text, { validateStream: false })
}

export interface ColourQuestion {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTTY: boolean
  /** False after `--no-color`. */
  readonly allowed: boolean
}

/** Whether colours are written: `--no-color`, then NO_COLOR, then FORCE_COLOR, then TERM and the terminal decide. */
export function colourWanted({ env, isTTY, allowed }: ColourQuestion): boolean {
  if (!allowed || (env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTTY && env['TERM'] !== 'dumb'
}
