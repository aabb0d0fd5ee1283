// A run held against its plan, as text. Pure.
import type { ConflictReview, PieceReview } from '../plan/reality/outcome.ts'
import type { Review } from '../plan/reality/review.ts'
import type { ReportSize } from './plan.ts'
import { toned } from './style.ts'
import { table } from './table.ts'
import { counted, oneLine, wrap } from './text.ts'

const WIDEST = 110
const NAMED = 3
const REHEARSAL = 'It was a rehearsal: stand-ins played its pieces, so nothing is learned from it.'

/** The whole review. */
export function renderReview(review: Review, size: ReportSize): string[] {
  const { run, plan, ended, rehearsal, pieces, conflicts, quiet, score, advice } = review
  const room = Math.min(WIDEST, size.width)
  const title = `Run ${run} of the plan ${plan}${ended ? '' : ', which has not ended yet'}`
  if (rehearsal) return [title, '', ...wrap(REHEARSAL, room), `  → run: quintet run ${plan}`]
  return [
    title,
    '',
    ...pieceTable(pieces, size),
    '',
    ...(conflicts.length === 0 ? ['No conflicts.'] : conflicts.map(conflictLine)),
    ...quiet.map(
      ({ pieces: pair, foreseen }) => `Foreseen at ${percent(foreseen)} and not come: ${pair.join(' and ')}.`,
    ),
    ...wrap(scoreLine(score), room),
    '',
    ...(advice.length === 0
      ? [toned('Nothing that the next plan should change.', 'good', size.colour)]
      : advice.flatMap(({ text, command }) => [
          ...wrap(oneLine(text), room),
          ...(command === undefined ? [] : [`  → run: ${oneLine(command)}`]),
        ])),
  ]
}

function pieceTable(pieces: readonly PieceReview[], size: ReportSize): string[] {
  const list = (paths: readonly string[]): string => {
    const more = paths.length - NAMED
    return [...paths.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ')
  }
  return table<PieceReview>(
    [
      { heading: 'piece', priority: 0, cell: ({ piece }) => piece },
      { heading: 'outcome', priority: 1, cell: ({ outcome }) => outcome },
      { heading: 'owned', priority: 1, align: 'right', cell: ({ owned }) => String(owned) },
      {
        heading: 'changed',
        priority: 0,
        align: 'right',
        cell: ({ owned, untouched }) => String(owned - untouched),
      },
      { heading: 'new', priority: 1, align: 'right', cell: (piece) => newFiles(piece) },
      {
        heading: 'asked for',
        priority: 2,
        min: 12,
        cell: ({ requests }) =>
          list(requests.flatMap(({ paths, state }) => paths.map((path) => `${path} (${state})`))),
      },
      {
        heading: 'of others',
        priority: 3,
        min: 12,
        cell: ({ moved, outside }) => list([...new Set([...moved, ...outside].map(({ path }) => path))]),
      },
    ],
    pieces,
    size,
  )
}

/** Files of its own that were not there before. */
function newFiles({ owned, untouched, touched }: PieceReview): string {
  const count = touched.length - (owned - untouched)
  return count === 0 ? '' : String(count)
}

function conflictLine({ pieces: [a, b], files, seen, foreseen }: ConflictReview): string {
  const when = {
    work: 'while they worked',
    merge: 'when they were merged',
    both: 'at work and in the merge',
  }[seen]
  const said = foreseen === null ? 'not known before' : `foreseen at ${percent(foreseen)}`
  return `Conflict of ${a} and ${b ?? 'the target'} in ${files.slice(0, NAMED).map(oneLine).join(', ')}, ${when}; ${said}.`
}

function scoreLine({ pairs, expected, real }: Review['score']): string {
  if (pairs === 0) return 'The forecast knew nothing of any pair.'
  return `Of ${counted(pairs, 'pair')} that the forecast knew it expected ${Math.round(expected * 10) / 10} in conflict; ${real} came.`
}

function percent(probability: number): string {
  return `${Math.round(probability * 100)} %`
}
