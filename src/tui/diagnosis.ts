// The diagnosis of a session on one screen: utilisation, the last turns, what went wrong since when, what a copy of the
// conversation still knew. Pure.
import type { FreshResult, ProbeResult } from '../contract/health.ts'
import type { SessionDiagnosis } from '../engine/health/diagnose.ts'
import { duration } from './duration.ts'
import { readingText } from './health.ts'
import { prose } from './prose.ts'
import type { Drawing } from './run.ts'
import type { Tone } from './style.ts'
import { counted, grouped, oneLine } from './text.ts'

const ERRORS_SHOWN = 5
const ALARMS_SHOWN = 6

/** What was found of one session. */
export interface Examination {
  /** Null when it has not begun. */
  readonly diagnosis: SessionDiagnosis | null
  readonly fresh: FreshResult | null
  readonly probe: ProbeResult | null
  /** What it was told again just now; null when that was not asked for. */
  readonly restored: readonly string[] | null
}

/** The whole screen of session `id`. No command is offered that the session could not follow. `earlier`: of which attempt
 *  and when the comparison is, where it was not made now. */
export function renderExamination(
  id: string,
  { diagnosis, fresh, probe, restored }: Examination,
  {
    earlier,
    ...drawing
  }: Drawing & { readonly earlier: { readonly attempt: number; readonly at: number } | null },
): string[] {
  const open = diagnosis !== null && diagnosis.ended === null
  return [
    ...(diagnosis === null ? [`Session ${id} has not begun yet.`] : renderDiagnosis(diagnosis, drawing)),
    ...(fresh === null
      ? offered(open, `3  the context, the handoff, or the task? → quintet diagnose ${id} --fresh`)
      : renderFresh(open ? fresh : { ...fresh, next: [] }, drawing, earlier)),
    ...(probe === null
      ? offered(open, `4  what does it still know? → quintet diagnose ${id} --probe`)
      : renderProbe(probe, open ? id : null, drawing)),
    ...(restored === null ? [] : [`Told session ${id} again:`, ...restored.map((fact) => `  ${fact}`)]),
  ]
}

function offered(open: boolean, line: string): string[] {
  return open ? [line] : []
}

/** Parts one and two: what is known without asking anybody. */
function renderDiagnosis(found: SessionDiagnosis, drawing: Drawing): string[] {
  const { session, attempt, reading, turns, errors, alarms, contradictions, unrecorded, limits } = found
  const indented = (text: string, tone: Tone = 'plain'): string[] =>
    prose(text, drawing, { lead: '  ', tone })
  const began = found.pollutedSince?.turn ?? null
  return [
    ...prose(`${session}, attempt ${attempt}`, drawing),
    ...prose(
      `context: ${[readingText(reading), ...sinceText(reading), limitsText(limits)].join('; ')}`,
      drawing,
      { lead: '1  ', tone: reading.reached.length > 0 ? 'attention' : 'plain' },
    ),
    ...reading.reached.flatMap((text) => indented(text, 'attention')),
    turns.length === 0 ? '2  turns: no trace of any' : `2  the last ${counted(turns.length, 'turn')}`,
    ...(unrecorded === null ? [] : indented(unrecorded, 'bad')),
    ...turns.flatMap((turn) => indented(turnText(turn), began === turn.turn ? 'bad' : 'plain')),
    ...errors
      .slice(0, ERRORS_SHOWN)
      .flatMap(({ signature, count }) => indented(`x${count}: ${signature}`, count > 2 ? 'bad' : 'plain')),
    ...contradictions.flatMap((text) => indented(`contradiction? ${text}`, 'attention')),
    ...alarms
      .slice(-ALARMS_SHOWN)
      .flatMap(({ a, symptom, strength, evidence }) =>
        indented(
          `alarm at action ${a}, ${symptom}, ${strength}: ${evidence.text}`,
          strength === 'strong' ? 'bad' : 'attention',
        ),
      ),
    ...prose(troubleText(found), drawing, { tone: isWell(found) ? 'good' : 'bad' }),
  ]
}

function isWell({ pollutedSince, ended }: SessionDiagnosis): boolean {
  return pollutedSince === null || ended === 'landed'
}

function troubleText({ pollutedSince, ended }: SessionDiagnosis): string {
  if (pollutedSince === null) return 'No trouble seen.'
  const { action, turn, overcome } = pollutedSince
  const how = ended === 'landed' ? 'The work landed all the same.' : 'A better state was reached after it.'
  const better = overcome ? ` ${how}` : ''
  return `Trouble since action ${action}${turn === null ? '' : `, turn ${turn}`}.${better}`
}

/** What came after the constraints were last stated, and what was compacted. */
function sinceText({ sinceStated, compactions }: SessionDiagnosis['reading']): string[] {
  return [
    ...(sinceStated === null ? [] : [`${grouped(sinceStated)} tokens since the constraints were stated`]),
    `compacted ${compactions === 1 ? 'once' : `${compactions} times`}`,
  ]
}

function limitsText({ percent, tokens, compactions }: SessionDiagnosis['limits']): string {
  const set = [
    ...(percent === null ? [] : [`${percent} %`]),
    ...(tokens === null ? [] : [`${grouped(tokens)} tokens`]),
    ...(compactions === null ? [] : [counted(compactions, 'compaction')]),
  ]
  return set.length === 0 ? 'no limit' : `limit ${set.join(', ')}`
}

function turnText(turn: SessionDiagnosis['turns'][number]): string {
  const { actions, failed, files, errors, compactions, prompt } = turn
  const parts = [
    `turn ${turn.turn}: ${counted(actions, 'action')} from ${turn.from}`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(files.length === 0 ? [] : [`changed ${files.join(', ')}`]),
    ...(compactions === 0 ? [] : [counted(compactions, 'compaction')]),
    ...errors.slice(0, 1).map(({ signature, count }) => `x${count} ${signature}`),
    `"${prompt}"`,
  ]
  return parts.join(' · ')
}

/** The session beside a fresh conversation, and what follows from it. `earlier`: of which attempt and when, where it was not
 *  asked for now. */
export function renderFresh(
  found: FreshResult,
  drawing: Drawing,
  earlier: { readonly attempt: number; readonly at: number } | null = null,
): string[] {
  const { verdict, because, rows, missing, actions, next, sameTree, via } = found
  const indented = (text: string): string[] => prose(text, drawing, { lead: '  ' })
  const whose = via === undefined ? '' : ` by ${via}`
  const when =
    earlier === null ? '' : ` (attempt ${earlier.attempt}, ${duration(drawing.now - earlier.at)} ago)`
  return [
    ...prose(
      `a fresh conversation at the same tree${whose}, ${counted(actions.fresh, 'action')}${when}`,
      drawing,
      { lead: '3  ' },
    ),
    ...(sameTree === false
      ? indented('The session has changed files since its prompt; the fresh run began with them as they are.')
      : []),
    ...rows.flatMap(({ measure, old, fresh }) => indented(`${measure}: ${old} | fresh: ${fresh}`)),
    ...differences(found).flatMap(indented),
    ...[...new Set(missing)].flatMap((text) => indented(`not carried over: ${text}`)),
    ...prose(`Verdict: ${verdict}. ${because}`, drawing, {
      tone: verdict === 'undecided' ? 'plain' : 'attention',
    }),
    // A command is to be pasted, so it is never broken.
    ...next.flatMap(({ text, command }) => [...indented(text), `    ${oneLine(command)}`]),
  ]
}

/** What of the first five actions only one of the two touched, by name. */
function differences({ first, divergence }: FreshResult): readonly string[] {
  if (divergence === null || divergence === 0) return []
  const { files, commands } = first
  const named = (who: string, only: 'old' | 'fresh'): readonly string[] => {
    const parts = [
      ...(files[only].length === 0 ? [] : [`files ${files[only].join(', ')}`]),
      ...(commands[only].length === 0 ? [] : [`commands ${commands[only].join(', ')}`]),
    ]
    return parts.length === 0 ? [] : [`only ${who}: ${parts.join('; ')}`]
  }
  const share = `${Math.round(divergence * 100)} % of what the first five actions touched differs`
  return [share, ...named('the session', 'old'), ...named('the fresh run', 'fresh')]
}

/** What a copy of the conversation still knew, lost items last, each fact once. `session`: whom it can be told again; null:
 *  nobody. */
function renderProbe(probe: ProbeResult, session: string | null, drawing: Drawing): string[] {
  const { total, classes, items, act } = probe
  const asked = items.filter((item) => item.lost)
  const lost = asked.filter(({ fact }, index) => asked.findIndex((one) => one.fact === fact) === index)
  const score = total === null ? 'nothing to ask' : `${total.toFixed(2)} of 1.00`
  const each = Object.entries(classes).map(([name, value]) => `${name} ${value.toFixed(2)}`)
  return [
    ...prose(
      `probe: ${score} over ${counted(items.length, 'question')}${each.length === 0 ? '' : ` (${each.join(', ')})`}`,
      drawing,
      { lead: '4  ' },
    ),
    ...lost.flatMap(({ fact, answer }) =>
      prose(`lost: ${fact} (answered: ${oneLine(answer) || 'nothing'})`, drawing, {
        lead: '  ',
        tone: 'bad',
      }),
    ),
    ...(act === null
      ? []
      : [session === null ? `  ${act}` : `  ${act} → quintet diagnose ${session} --restore`]),
  ]
}
