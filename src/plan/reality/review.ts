// A plan against what became of it: per piece what it touched of what it owned, what it asked for and wrote elsewhere; per
// pair whether they conflicted, and whether that was foreseen; and what the next plan should change. Pure.
import type { Fact } from '../../contract/facts.ts'
import type { PlanFile } from '../../contract/plan.ts'
import type { ScopeRequest } from '../../contract/scope.ts'
import { ownerName, ownershipInForce, type OwnershipMap } from '../../scope/ownership.ts'
import { applyRequestFact } from '../../scope/requests.ts'
import type { Forecast } from '../forecast/forecast.ts'
import { adviceOf, type Advice } from './advice.ts'
import type { ConflictReview, PieceReview } from './outcome.ts'

/** A fact of a run, and the stream that it stands in. */
export interface RunFact {
  readonly stream: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly fact: Fact
}

export interface Review {
  readonly run: string
  readonly plan: string
  readonly ended: boolean
  /** Stand-ins played its pieces: it shows nothing that a plan should change. */
  readonly rehearsal: boolean
  readonly pieces: readonly PieceReview[]
  readonly conflicts: readonly ConflictReview[]
  /** Pairs that were likely to conflict and did not. */
  readonly quiet: readonly { readonly pieces: readonly [string, string]; readonly foreseen: number }[]
  /** Expected and real number of pairs in conflict, over the pairs that the forecast knew. */
  readonly score: { readonly pairs: number; readonly expected: number; readonly real: number }
  readonly advice: readonly Advice[]
}

export interface ReviewInput {
  readonly run: string
  readonly name: string
  readonly rehearsal: boolean
  readonly plan: PlanFile
  /** Tracked files at the base. */
  readonly files: readonly string[]
  readonly facts: readonly RunFact[]
  /** Of the plan, at the base. */
  readonly forecast: Forecast
  readonly ignoreCase: boolean
  readonly coordinationFolder: string
}

/** From here on a conflict counts as foreseen. */
const LIKELY = 0.2

/** Holds a run against its plan. */
export function reviewRun(input: ReviewInput): Review {
  const { run, name, rehearsal, plan, facts, ignoreCase, coordinationFolder } = input
  const map = ownershipInForce(plan, [], { ignoreCase, coordinationFolder })
  const pieces = pieceReviews(input, map)
  const conflicts = conflictsOf(input)
  const known = input.forecast.pairs.flatMap(({ pieces: pair, conflicts: foreseen }) =>
    foreseen === null ? [] : [{ pieces: pair, foreseen }],
  )
  const isReal = (pair: readonly [string, string]): boolean =>
    conflicts.some(({ pieces: [a, b] }) => pair.includes(a) && b !== null && pair.includes(b))
  return {
    run,
    plan: name,
    ended: facts.some(({ fact }) => fact.type === 'run.ended'),
    rehearsal,
    pieces,
    conflicts,
    quiet: known.filter(({ pieces: pair, foreseen }) => foreseen >= LIKELY && !isReal(pair)),
    score: {
      pairs: known.length,
      expected: known.reduce((sum, { foreseen }) => sum + foreseen, 0),
      real: known.filter(({ pieces: pair }) => isReal(pair)).length,
    },
    advice: rehearsal ? [] : adviceOf({ plan, name, pieces, conflicts }),
  }
}

function pieceReviews({ plan, files, facts }: ReviewInput, map: OwnershipMap): readonly PieceReview[] {
  const owned = Map.groupBy(files, (file) => ownerName(map.ownerOf(file)))
  let requests: readonly ScopeRequest[] = []
  const work = new Map(plan.pieces.map(({ id }) => [id, newWork()]))
  for (const { stream, at, fact } of facts) {
    requests = applyRequestFact(requests, fact, at)
    const [, room, piece = ''] = stream.split('/')
    const one = room === 'session' ? work.get(piece) : undefined
    if (one !== undefined) applyToWork(one, fact)
  }
  return plan.pieces.map(({ id, title }) => {
    const { changed, outside, outcome } = work.get(id) ?? newWork()
    const own = owned.get(id) ?? []
    const touched = changed.filter((path) => ownerName(map.ownerOf(path)) === id)
    const isTouched = new Set(touched)
    return {
      piece: id,
      title,
      owned: own.length,
      touched,
      moved: changed
        .filter((path) => !isTouched.has(path))
        .map((path) => ({ path, owner: ownerName(map.ownerOf(path)) })),
      outside: [...outside].map(([path, owner]) => ({ path, owner })),
      requests: requests
        .filter(({ piece }) => piece === id)
        .map(({ paths, owner, state }) => ({ paths, owner, state })),
      untouched: own.filter((path) => !isTouched.has(path)).length,
      outcome,
    }
  })
}

interface Work {
  /** Of the newest evidence. */
  changed: readonly string[]
  readonly outside: Map<string, string | null>
  outcome: PieceReview['outcome']
}

function newWork(): Work {
  return { changed: [], outside: new Map(), outcome: 'open' }
}

function applyToWork(work: Work, fact: Fact): void {
  if (fact.type === 'evidence.gathered') {
    work.changed = fact.data.inScope
    for (const { path, owner } of fact.data.outOfScope) work.outside.set(path, owner)
  } else if (fact.type === 'session.landed') work.outcome = 'landed'
  else if (fact.type === 'session.abandoned') work.outcome = 'abandoned'
  else if (fact.type === 'session.failed') work.outcome = 'failed'
  else if (fact.type === 'session.continued') work.outcome = 'open'
}

interface Met {
  readonly pieces: readonly [string, string | null]
  readonly files: Set<string>
  readonly seen: Set<'work' | 'merge'>
}

function conflictsOf({ facts, forecast }: ReviewInput): readonly ConflictReview[] {
  const met = new Map<string, Met>()
  const note: Noting = (pieces, files, seen) => {
    const [a, b] = pieces
    const key = b === null ? a : [a, b].toSorted().join(' ')
    const one = met.get(key) ?? { pieces, files: new Set(), seen: new Set() }
    for (const file of files) one.files.add(file)
    one.seen.add(seen)
    met.set(key, one)
  }
  noteMeetings(facts, note)
  return [...met.values()].map(({ pieces, files, seen }) => ({
    pieces,
    files: [...files].toSorted(),
    seen: seen.size > 1 ? 'both' : seen.has('work') ? 'work' : 'merge',
    foreseen: foreseenOf(forecast, pieces),
  }))
}

type Noting = (pieces: Met['pieces'], files: readonly string[], seen: 'work' | 'merge') => void

/** Meetings that the log tells of, in its order. */
function noteMeetings(facts: ReviewInput['facts'], note: Noting): void {
  const landed: { readonly piece: string; readonly changed: readonly string[] }[] = []
  const changed = new Map<string, readonly string[]>()
  for (const { stream, fact } of facts) {
    if (fact.type === 'evidence.gathered') changed.set(stream.split('/')[2] ?? '', fact.data.inScope)
    else if (fact.type === 'integration.merged') {
      landed.push({ piece: fact.data.piece, changed: changed.get(fact.data.piece) ?? [] })
    } else if (fact.type === 'radar.conflict') {
      const [a, b] = fact.data.sessions
      note([pieceOf(a), b === null ? null : pieceOf(b)], fact.data.files, 'work')
    } else if (fact.type === 'integration.conflicted') {
      const { piece, files } = fact.data
      // The queue names the branch that came second; whose change it met is told by who had changed the file.
      const others = landed.filter(
        (one) => one.piece !== piece && files.some((file) => one.changed.includes(file)),
      )
      const sides = others.length === 0 ? [null] : [...new Set(others.map((one) => one.piece))]
      for (const other of sides) note([piece, other], files, 'merge')
    }
  }
}

/** Sessions are named `<run>/<piece>`. */
function pieceOf(session: string): string {
  return session.slice(session.lastIndexOf('/') + 1)
}

function foreseenOf({ pairs }: Forecast, [a, b]: readonly [string, string | null]): number | null {
  const pair = pairs.find(({ pieces }) => b !== null && pieces.includes(a) && pieces.includes(b))
  return pair?.conflicts ?? null
}
