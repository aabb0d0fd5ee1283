// The message that an agent gets when it goes round in circles: what was seen, what was tried, and to stop trying the
// same. It names evidence, not feelings. Pure.
import type { Alarm } from '../contract/health.ts'
import { oneLine } from './words.ts'

const TRIED_LISTED = 8
const LINE_CHARS = 300

/** Every nudge begins with it. */
export const NUDGE_OPENING = 'A look at the last actions of this session shows:'

/** Families whose evidence is what somebody said: that is nothing that was tried. */
const SPOKEN: readonly string[] = ['operator', 'narration', 'vocabulary']

/** The nudge for one or more alarms; `broken`: constraints to be stated again, word for word. */
export function nudgeText(
  alarms: readonly Alarm[],
  broken: readonly string[] = brokenConstraints(alarms),
): string {
  const acts = alarms.filter(({ family }) => !SPOKEN.includes(family))
  const tried = [...new Set(acts.flatMap(({ evidence }) => evidence.tried ?? []))]
  const rest = tried.length - TRIED_LISTED
  return [
    NUDGE_OPENING,
    ...alarms.map((alarm) => `- ${evidenceLine(alarm)}`),
    ...(tried.length === 0 ? [] : ['', 'Tried already, without effect:']),
    ...tried.slice(0, TRIED_LISTED).map((text) => `- ${oneLine(text, LINE_CHARS)}`),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    ...(broken.length === 0
      ? []
      : ['', 'These constraints hold:', ...broken.map((text) => `- ${text.trim()}`)]),
    '',
    alarms.every(({ family }) => family === 'operator') ? HEED : RETHINK,
  ].join('\n')
}

const RETHINK =
  'Do not repeat any of it. Say in one sentence what the cause must be, given that these did not help, and test that with the smallest possible step. If something outside this session is in the way, say what, and stop.'

const HEED =
  'What the operator says holds from now on. Say in one sentence what was misunderstood, put it right first, and check that it is right before anything else is done.'

/** What calls broke, as it was demanded. */
function brokenConstraints(alarms: readonly Alarm[]): readonly string[] {
  return alarms.flatMap(({ rule, evidence }) =>
    rule === 'constraint' ? [evidence.text.replace(/^broke a constraint[^:]*: /, '').replace(/\.$/, '')] : [],
  )
}

function evidenceLine({ evidence }: Alarm): string {
  const where = turnsText(evidence.turns)
  return `${oneLine(evidence.text, LINE_CHARS)}${where === '' ? '' : ` (${where})`}`
}

function turnsText(turns: readonly number[]): string {
  const first = Math.min(...turns)
  const last = Math.max(...turns)
  if (turns.length === 0) return ''
  return first === last ? `turn ${first}` : `turns ${first} to ${last}`
}
