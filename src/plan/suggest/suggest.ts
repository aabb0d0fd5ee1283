// The room of suggestions: a goal and the facts of a repository in, a few divisions into pieces with their numbers out, the best
// first. goal.ts says what the goal is about, ground.ts what is known of it, one file per boundary divides, score.ts
// judges, draft.ts and render.ts write the plan down. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { capOf, type Wanted } from './coupling.ts'
import { byDirectory } from './directory.ts'
import type { Division } from './division.ts'
import { byFeature } from './feature.ts'
import { byFiletype } from './filetype.ts'
import { targetOf, withTests, type Target } from './goal.ts'
import { groundOf, workFiles, type Ground } from './ground.ts'
import { contendedFiles, type ContendedFile } from './hubs.ts'
import { byLayer } from './layer.ts'
import { scoreOf, type Score } from './score.ts'
import { outlookOf, recommend, type Outlook, type Recommendation } from './sessions.ts'

export const BOUNDARIES = ['directory', 'layer', 'feature', 'filetype'] as const
export type Boundary = (typeof BOUNDARIES)[number]

export interface SuggestInput {
  readonly facts: RepositoryFacts
  readonly goal: string
  readonly paths?: readonly string[]
  /** Default: all of them, and the best first. */
  readonly by?: Boundary | 'auto'
  /** Default: as many as pay. */
  readonly sessions?: number
}

export interface Candidate {
  readonly boundary: Boundary
  readonly division: Division
  readonly score: Score
}

export interface Suggestion {
  readonly goal: string
  readonly target: Target
  readonly ground: Ground
  /** Files that work anywhere touches. */
  readonly contended: readonly ContendedFile[]
  readonly sessions: Recommendation & { readonly asked: boolean }
  /** The best first; never empty. */
  readonly candidates: readonly Candidate[]
}

const MOST_SESSIONS = 8
const DIVIDERS: Readonly<Record<Boundary, (ground: Ground, wanted: Wanted) => Division | null>> = {
  directory: byDirectory,
  layer: byLayer,
  feature: byFeature,
  filetype: byFiletype,
}
/** Enough to compare numbers of sessions. */
const QUICK_STARTS = 6

/** Divides what a goal is about. Throws what `targetOf` throws, and `E_SESSIONS` when there is less to divide than asked for. */
export function suggest(input: SuggestInput): Suggestion {
  const { facts, goal, by = 'auto' } = input
  const target = targetOf(facts, goal, input.paths)
  const files = target.whole || (input.paths ?? []).length > 0 ? target.files : withTests(facts, target.files)
  const contended = contendedFiles(facts, files)
  const ground = groundOf({ facts, files, shared: new Set(contended.map(({ file }) => file)) })
  const boundaries = by === 'auto' ? BOUNDARIES : [by]
  const sessions = sessionsOf(ground, { asked: input.sessions, boundaries })
  const wanted = { parts: sessions.sessions, cap: capOf(sessions.sessions) }
  const candidates = boundaries
    .flatMap((boundary): Candidate[] => {
      const division = sessions.sessions === 1 ? oneOf(ground) : DIVIDERS[boundary](ground, wanted)
      return division === null ? [] : [{ boundary, division, score: scoreOf(ground, division) }]
    })
    .toSorted((a, b) => short(a, wanted) - short(b, wanted) || a.score.cost - b.score.cost)
  const [best] = candidates
  if (best === undefined) {
    throw new QuintetError(
      'E_NOT_DIVIDED',
      'precondition',
      `Nothing can be divided by ${by} into ${wanted.parts} pieces here.`,
      {
        hints: [
          {
            text: 'Leave the boundary and the number open.',
            command: `quintet plan suggest ${JSON.stringify(goal)}`,
          },
        ],
      },
    )
  }
  if (input.sessions !== undefined && best.division.pieces < input.sessions)
    throw tooMany(input.sessions, best.division.pieces)
  return { goal, target: { ...target, files }, ground, contended, sessions, candidates: distinct(candidates) }
}

/** 0: as many pieces as were wanted, none too large; 1: not so, and only good for want of a better. */
function short({ division, score }: Candidate, { parts, cap }: Wanted): number {
  return division.pieces < parts || Math.max(...score.shares) > cap ? 1 : 0
}

/** Everything in one piece. */
function oneOf({ roots }: Ground): Division {
  return { pieces: 1, given: roots.map(({ place }) => ({ place, piece: 0 })) }
}

function sessionsOf(
  ground: Ground,
  { asked, boundaries }: { readonly asked: number | undefined; readonly boundaries: readonly Boundary[] },
): Suggestion['sessions'] {
  const boundary = boundaries.length > 1 ? 'feature' : (boundaries[0] ?? 'feature')
  const files = workFiles(ground)
  const outlook: Outlook[] = [outlookOf(1, { longest: 1, crossing: 0, files })]
  for (let sessions = 2; sessions <= MOST_SESSIONS; sessions++) {
    const division = DIVIDERS[boundary](ground, {
      parts: sessions,
      cap: capOf(sessions),
      starts: QUICK_STARTS,
    })
    if (division === null || division.pieces < sessions) break
    const { shares, overlap, imports } = scoreOf(ground, division)
    outlook.push(
      outlookOf(sessions, { longest: Math.max(...shares), crossing: overlap ?? imports ?? 0, files }),
    )
  }
  const found = recommend(outlook)
  return asked === undefined ? { ...found, asked: false } : { ...found, sessions: asked, asked: true }
}

function tooMany(asked: number, found: number): QuintetError {
  const message = `What the goal names can be divided into ${found === 1 ? 'one piece' : `${found} pieces`} at most, not ${asked}.`
  return new QuintetError('E_SESSIONS', 'usage', message, {
    hints: [{ text: `Ask for --sessions ${found}, or leave the number open.` }],
  })
}

/** Boundaries that come to the same division are shown once. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const keyOf = ({ division }: Candidate): string =>
    division.given
      .map(({ place, piece }) => `${place.kind} ${place.path} ${piece ?? '-'}`)
      .toSorted()
      .join('\n')
  return candidates.filter(
    (one, index) => candidates.findIndex((other) => keyOf(other) === keyOf(one)) === index,
  )
}
