// The room of suggestions: a goal and the facts of a repository in, a few divisions into pieces with their numbers out, the best
// first. goal.ts says what the goal is about, ground.ts what is known of it, one file per boundary divides, score.ts
// judges, draft.ts and render.ts write the plan down. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { suggestCommand } from './command.ts'
import { withComing } from './coming.ts'
import { capOf, type Wanted } from './coupling.ts'
import { byDirectory } from './directory.ts'
import type { Division } from './division.ts'
import { byDrawnLines, namedFolders } from './drawn.ts'
import { byFeature } from './feature.ts'
import { byFiletype } from './filetype.ts'
import { targetOf, type Target } from './goal.ts'
import { groundOf, workFiles, type Ground } from './ground.ts'
import { contendedFiles, type ContendedFile } from './hubs.ts'
import { byLayer } from './layer.ts'
import { withoutOperators } from './operators.ts'
import { scoreOf, type Score } from './score.ts'
import { outlookOf, recommend, whyAsked, type Outlook, type Recommendation } from './sessions.ts'
import { withOwnTests, withTests } from './tests.ts'
import { widened } from './widen.ts'

export const BOUNDARIES = ['directory', 'layer', 'feature', 'filetype'] as const
export type Boundary = (typeof BOUNDARIES)[number]

export interface SuggestInput {
  readonly facts: RepositoryFacts
  readonly goal: string
  readonly paths?: readonly string[]
  /** Folder that paths may be relative to as well, without a trailing slash; '' is the root. */
  readonly from?: string
  /** Default: all of them, and the best first. */
  readonly by?: Boundary | 'auto'
  /** Default: as many as pay. */
  readonly sessions?: number
}

export interface Candidate {
  readonly boundary: Boundary
  readonly division: Division
  readonly score: Score
  /** By folders that the goal names, or those of a small repository. */
  readonly drawn?: boolean
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
/** What a division that anybody would make is worth. */
const PLAIN = 0.06
/** Enough to compare numbers of sessions. */
const QUICK_STARTS = 6

/** Divides what a goal is about. Throws what `targetOf` throws, `E_NOT_DIVIDED`, and `E_SESSIONS` when there is less to divide
 *  than asked for. */
export function suggest(input: SuggestInput): Suggestion {
  const { goal, by = 'auto', sessions: asked } = input
  const facts = withoutOperators(input.facts)
  const target = targetOf(facts, goal, input)
  const files = target.whole ? target.files : withTests(facts, target.files)
  const contended = contendedFiles(facts, files)
  const ground = groundOf({ facts, files, shared: new Set(contended.map(({ file }) => file)) })
  const prospect = new Prospect({
    ground,
    boundaries: by === 'auto' ? boundariesFor({ facts, target, files }) : [by],
    target,
  })
  const candidates = prospect.candidates(asked ?? prospect.recommended().sessions)
  const [best] = candidates
  if (best === undefined) throw notDivided(input)
  if (asked !== undefined && best.division.pieces < asked) throw tooMany(input, best.division.pieces)
  const sessions = asked === undefined ? { ...prospect.recommended(), asked: false } : prospect.asked(asked)
  const about = { ...target, files: ground.files }
  return { goal, target: about, ground, contended, sessions, candidates: distinct(candidates) }
}

/** All boundaries; by file type only where that does not take the tests of a part from their code. */
function boundariesFor({
  facts,
  target,
  files,
}: Pick<Suggestion, 'target'> & {
  readonly facts: RepositoryFacts
  readonly files: readonly number[]
}): readonly Boundary[] {
  const kinds = new Set(files.map((file) => facts.files[file]?.kind))
  const isTested = !target.whole && kinds.has('code') && kinds.has('test')
  return isTested ? BOUNDARIES.filter((boundary) => boundary !== 'filetype') : BOUNDARIES
}

interface ProspectInput {
  readonly ground: Ground
  readonly boundaries: readonly Boundary[]
  readonly target: Target
}

/** What each number of sessions promises. Divisions are made roughly to compare numbers; a number that is recommended or asked
 *  for is divided well, and what is said of it is said of the best of that. */
class Prospect {
  readonly #ground: Ground
  readonly #boundaries: readonly Boundary[]
  readonly #target: Target
  readonly #files: number
  /** Pieces that the goal asks for by naming small folders. */
  readonly #wish: number | null
  readonly #candidates = new Map<number, readonly Candidate[]>()
  readonly #outlook = new Map<number, Outlook>()
  #compared = false

  constructor({ ground, boundaries, target }: ProspectInput) {
    this.#ground = ground
    this.#boundaries = boundaries
    this.#target = target
    this.#files = workFiles(ground)
    this.#wish = namedFolders(ground, target)
  }

  /** Candidates for a number of sessions, the best first; those with fewer pieces, or too large ones, last. */
  candidates(sessions: number): readonly Candidate[] {
    const candidates = this.#candidates.get(sessions) ?? this.#divided(sessions)
    this.#candidates.set(sessions, candidates)
    this.#note(sessions, candidates[0])
    return candidates
  }

  /** The number to start with. */
  recommended(): Recommendation {
    if (!this.#compared) this.#compare()
    for (;;) {
      const found = recommend(this.#sorted(), this.#named())
      if (this.#candidates.has(found.sessions)) return found
      this.candidates(found.sessions)
    }
  }

  #compare(): void {
    this.#compared = true
    for (let sessions = 1; sessions <= MOST_SESSIONS; sessions++) {
      if (this.#outlook.has(sessions)) continue
      this.#note(sessions, this.#divided(sessions, QUICK_STARTS)[0])
      if (!this.#outlook.has(sessions)) break
    }
  }

  /** What is said of a number that was asked for, and was divided. */
  asked(sessions: number): Suggestion['sessions'] {
    const found = this.recommended()
    const outlook = this.#sorted()
    const own = outlook.find((one) => one.sessions === sessions)
    return {
      ...found,
      sessions,
      asked: true,
      ...(own === undefined ? {} : { why: whyAsked(own, outlook, this.#named()) }),
    }
  }

  /** Pieces of which each is a folder that the goal names, where such are the best of their number. */
  #named(): number | null {
    const named = this.#wish
    return named !== null && this.candidates(named)[0]?.drawn === true ? named : null
  }

  #sorted(): readonly Outlook[] {
    return [...this.#outlook.values()].toSorted((a, b) => a.sessions - b.sessions)
  }

  #divided(sessions: number, starts?: number): readonly Candidate[] {
    const wanted = { parts: sessions, cap: capOf(sessions), ...(starts === undefined ? {} : { starts }) }
    return this.#boundaries
      .flatMap((boundary): Candidate[] => {
        const found = sessions === 1 ? oneOf(this.#ground) : DIVIDERS[boundary](this.#ground, wanted)
        if (found === null) return []
        const candidate = this.#candidate(boundary, found)
        return [boundary === 'directory' ? this.#drawn(candidate, wanted) : candidate]
      })
      .toSorted(
        (a, b) =>
          this.#rank(a, wanted) - this.#rank(b, wanted) ||
          short(a, wanted) - short(b, wanted) ||
          costOf(a) - costOf(b),
      )
  }

  /** -1: what the goal asks for by naming it. */
  #rank({ drawn = false, division }: Candidate, { parts }: Wanted): number {
    return drawn && parts === this.#wish && division.pieces === parts ? -1 : 0
  }

  #candidate(boundary: Boundary, found: Division): Candidate {
    const whole = withComing(this.#ground, found, this.#target.coming)
    // Tests by themselves are what dividing by file type is about.
    const own = boundary === 'filetype' ? whole : withOwnTests(this.#ground, whole)
    const division = widened(own, this.#ground.paths)
    return { boundary, division, score: scoreOf(this.#ground, division) }
  }

  /** The lines that anybody would draw, instead of others by directory, unless they are clearly worse. */
  #drawn(candidate: Candidate, wanted: Wanted): Candidate {
    const found = byDrawnLines(this.#ground, this.#target, wanted)
    if (found === null) return candidate
    const drawn = { ...this.#candidate('directory', found), drawn: true }
    if (this.#rank(drawn, wanted) < 0) return drawn
    const isWorse = short(drawn, wanted) > short(candidate, wanted) || costOf(drawn) > costOf(candidate)
    return isWorse ? candidate : drawn
  }

  /** A number that cannot be had has no outlook. */
  #note(sessions: number, best: Candidate | undefined): void {
    this.#outlook.delete(sessions)
    if (best === undefined || best.division.pieces < sessions) return
    const { longest, overlap, imports, shares } = best.score
    const expected = {
      longest: sessions === 1 ? 1 : longest,
      chained: sessions > 1 && longest > Math.max(...shares),
      crossing: overlap ?? imports ?? 0,
      measured: overlap !== null ? ('history' as const) : imports !== null ? ('imports' as const) : null,
      files: this.#files,
    }
    this.#outlook.set(sessions, outlookOf(sessions, expected))
  }
}

/** What is plain to everybody may cost a little more. */
function costOf({ drawn = false, score }: Candidate): number {
  return score.cost - (drawn ? PLAIN : 0)
}

/** 0: as many pieces as were wanted, none too large; 1: too large; 2: not as many, and only good for want of a better. */
function short({ division, score }: Candidate, { parts, cap }: Pick<Wanted, 'parts' | 'cap'>): number {
  if (division.pieces < parts) return 2
  return Math.max(...score.shares) > cap ? 1 : 0
}

/** Everything in one piece. */
function oneOf({ roots }: Ground): Division {
  return { pieces: 1, given: roots.map(({ place }) => ({ place, piece: 0 })) }
}

function notDivided({ goal, paths = [], by = 'auto', sessions }: SuggestInput): QuintetError {
  const how = by === 'auto' ? '' : ` by ${by}`
  const many = sessions === undefined ? '' : ` into ${sessions} pieces`
  return new QuintetError(
    'E_NOT_DIVIDED',
    'precondition',
    `What the goal names cannot be divided${how}${many}.`,
    {
      hints: [{ text: 'Leave the boundary and the number open.', command: suggestCommand({ goal, paths }) }],
    },
  )
}

function tooMany({ goal, paths = [], by = 'auto', sessions }: SuggestInput, found: number): QuintetError {
  const came = found === 1 ? 'one piece' : `${found} pieces`
  const message = `What the goal names cannot be divided into ${sessions} pieces: it came to ${came}.`
  return new QuintetError('E_SESSIONS', 'usage', message, {
    hints: [
      {
        text: 'Ask for fewer, or leave the number open.',
        command: suggestCommand({ goal, paths, by }),
      },
    ],
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
