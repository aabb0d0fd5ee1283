// What the conflict radar sees, as lines of text. Pure.
import type {
  RadarLines,
  RadarPair,
  RadarPlace,
  RadarSession,
  RadarState,
  RadarView,
  RadarWarning,
} from '../contract/radar.ts'
import type { Drawing } from './run.ts'
import { toned, type Tone } from './style.ts'
import { counted, oneLine, truncate } from './text.ts'

const MARKS: Readonly<Record<RadarState | 'clear', string>> = {
  clear: '·',
  'same-file': '=',
  predicted: '?',
  confirmed: 'X',
}
const TONES: Readonly<Record<RadarState, Tone>> = {
  'same-file': 'quiet',
  predicted: 'attention',
  confirmed: 'bad',
}
const LEGEND = '· clear   = the same file   ? conflict foreseen   X conflict confirmed'
const UNREAD = '-'
const SHOWN = 4

/** The matrix, then every pair that is not clear, conflicts first; then what merges and may break all the same. */
export function renderConflicts(view: RadarView, drawing: Drawing): string[] {
  const { sessions, pairs } = view
  const ahead = pairs.filter(({ state }) => state !== 'same-file')
  const near = pairs.length - ahead.length
  const legend = sessions.some(({ read }) => read === null) ? `${LEGEND}   ${UNREAD} not known` : LEGEND
  const head = `${view.run}  ${counted(sessions.length, 'session')} on ${view.target} · ${counted(ahead.length, 'conflict')} ahead · ${counted(near, 'pair')} in the same file`
  return [
    toned(truncate(head, drawing.width), ahead.length > 0 ? 'attention' : 'plain', drawing.colour),
    ...(sessions.length < 2 ? [] : ['', ...matrix(view, drawing), legend]),
    ...gaps(sessions, drawing),
    ...pairs.flatMap((pair) => ['', ...pairLines(pair, view, drawing)]),
    ...semanticLines(view, drawing),
  ]
}

const BY_LINES =
  'were read by the look of their lines only: a name in a text or a comment counts too, and much goes unseen'

function semanticLines({ semantic, target }: RadarView, { width, colour }: Drawing): string[] {
  const { warnings, more, byLines, gaps } = semantic
  const notes = [
    ...(byLines.length === 0 ? [] : [`${byLines.join(', ')} ${BY_LINES}.`]),
    ...gaps.map(({ session, why }) => `${session === null ? target : pieceOf(session)}: ${why}`),
  ]
  const lines = [
    ...warnings.flatMap((warning) => warningLines(warning, target, { width, colour })),
    ...(more === 0 ? [] : [`… ${more} more`]),
    ...notes.map((note) => toned(truncate(`! ${note}`, width), 'quiet', colour)),
  ]
  if (lines.length === 0) return []
  return ['', 'Changed by one and used by another, in what is committed:', ...lines]
}

function warningLines(
  warning: RadarWarning,
  target: string,
  { width, colour }: Omit<Drawing, 'now'>,
): string[] {
  const { kind, path, line, uses, more, basis } = warning
  const [by, used] = [warning.by, warning.used].map((side) => (side === null ? target : pieceOf(side)))
  const mark = kind === 'api' ? '!' : 'i'
  const guessed = basis === 'grep' ? ' (by the look of lines)' : ''
  const text = `${mark} ${by} × ${used}: ${by} ${changeText(warning)}${guessed}`
  const places = uses.map((use) => `${use.path}:${use.line}${use.fresh ? ' (new)' : ''}`)
  const others = more === 0 ? '' : ` and ${more} more`
  return [
    toned(truncate(oneLine(text), width), kind === 'api' ? 'attention' : 'quiet', colour),
    truncate(`  ${oneLine(path)}:${line}`, width),
    truncate(`  ${used} uses it: ${oneLine(places.join(', '))}${others}`, width),
  ]
}

function changeText({ change, symbol, now }: RadarWarning): string {
  switch (change) {
    case 'removed':
      return `removes ${symbol}`
    case 'renamed':
      return `renames ${symbol} to ${now ?? 'something else'}`
    case 'signature':
      return `changes the signature of ${symbol}`
    case 'behaviour':
      return `changes what ${symbol} does`
  }
}

function matrix({ sessions, pairs }: RadarView, { colour }: Drawing): string[] {
  const states = new Map(pairs.map(({ sessions: [left, right], state }) => [`${left} ${right ?? ''}`, state]))
  const wide = Math.max(...sessions.map(({ number }) => String(number).length))
  const name = Math.max(...sessions.map(({ session }) => pieceOf(session).length))
  const heading = `${' '.repeat(wide + name + 2)} ${sessions.map(({ number }) => String(number).padStart(wide)).join(' ')}`
  const rows = sessions.map((row) => {
    const cells = sessions.map((column) => {
      if (row === column) return ' '.repeat(wide)
      const state =
        states.get(`${row.session} ${column.session}`) ?? states.get(`${column.session} ${row.session}`)
      const unread = state === undefined && (row.read === null || column.read === null)
      const mark = (unread ? UNREAD : MARKS[state ?? 'clear']).padStart(wide)
      return state === undefined ? mark : toned(mark, TONES[state], colour)
    })
    return `${String(row.number).padStart(wide)}  ${pieceOf(row.session).padEnd(name)} ${cells.join(' ')}`
  })
  return [heading, ...rows]
}

function gaps(sessions: readonly RadarSession[], { width, colour }: Drawing): string[] {
  return sessions.flatMap(({ session, gap, watching }) => {
    if (gap === undefined) return []
    const every = watching?.everyS === undefined ? '' : ` They are looked at every ${watching.everyS} s.`
    return [toned(truncate(`! ${pieceOf(session)}: ${gap}${every}`, width), 'attention', colour)]
  })
}

function pairLines(pair: RadarPair, view: RadarView, { width, colour }: Drawing): string[] {
  const [left, right] = pair.sessions
  const who = `${pieceOf(left)} × ${right === null ? view.target : pieceOf(right)}`
  const text = `${MARKS[pair.state]} ${who}: ${stateText(pair)}`
  const intents = [left, right].flatMap((label) => {
    const session = view.sessions.find(({ session }) => session === label)
    return session === undefined ? [] : [`  ${pieceOf(session.session)}: ${intentOf(session)}`]
  })
  const places = pair.state === 'same-file' ? pair.places.slice(0, SHOWN) : pair.places
  return [
    toned(truncate(oneLine(text), width), TONES[pair.state], colour),
    ...intents.map((line) => truncate(line, width)),
    ...places.flatMap((place) => placeLines(place, pair, width)),
    ...pair.advice.flatMap(({ text, command }) => [`  ${oneLine(text)}`, `    → ${oneLine(command)}`]),
  ]
}

function intentOf({ title, intent }: RadarSession): string {
  return oneLine(intent === '' || intent === title ? title : `${title} — ${intent}`)
}

function stateText({ state, files }: RadarPair): string {
  if (state === 'confirmed') return `conflict in ${files.join(', ')}`
  return state === 'predicted' ? 'a conflict is foreseen' : 'the same file, no conflict'
}

function placeLines({ path, why, base, left, right }: RadarPlace, pair: RadarPair, width: number): string[] {
  const at = base === undefined ? '' : `:${base.first}`
  return [
    truncate(`  ${oneLine(path)}${at}  ${why}`, width),
    ...sideLines('base', base, width),
    ...sideLines(pieceOf(pair.sessions[0]), left, width),
    ...sideLines(pieceOf(pair.sessions[1] ?? ''), right, width),
  ]
}

function sideLines(who: string, side: RadarLines | undefined, width: number): string[] {
  if (side === undefined) return []
  if (side.lines.length === 0) return [`    ${who}: nothing`]
  const more = side.more > 0 ? [`      … ${side.more} more`] : []
  return [
    `    ${who}, from line ${side.first}:`,
    ...side.lines.map((line) => truncate(`      ${oneLine(line)}`, width)),
    ...more,
  ]
}

function pieceOf(session: string): string {
  return session.slice(session.lastIndexOf('/') + 1)
}
