// A division as a plan: scopes, briefs, reads, policies, checks. What render.ts adds is comments. Pure.
import type { PlanFile } from '../../contract/plan.ts'
import { Owners, type Place } from './division.ts'
import type { TestCommand } from '../detect.ts'
import { withFragments } from './fragments.ts'
import { pieceNames, type PieceName } from './names.ts'
import { patternOf, patternsOf } from './patterns.ts'
import { policiesOf, type Policy } from './policies.ts'
import { buildsOn } from './score.ts'
import type { Candidate, Suggestion } from './suggest.ts'

export interface DraftOptions {
  /** Commands that test the repository, for the merged tree. */
  readonly tests?: readonly TestCommand[]
  /** For pieces, where the configuration names none. */
  readonly agent?: string | null
}

export interface DraftPiece {
  readonly name: PieceName
  readonly share: number
  readonly files: number
  /** What crosses to others, the most first. */
  readonly meets: readonly { readonly id: string; readonly share: number }[]
  readonly busiest: readonly string[]
}

/** A plan with what was measured of it. */
export interface Draft {
  readonly candidate: Candidate
  readonly plan: PlanFile
  readonly pieces: readonly DraftPiece[]
  readonly policies: readonly Policy[]
}

const BUSIEST = 4
const READS = 6
const LONGEST_TITLE = 60

/** The plan of a candidate. */
export function draftOf(suggestion: Suggestion, candidate: Candidate, options: DraftOptions = {}): Draft {
  const { goal, ground, contended } = suggestion
  const { division } = candidate
  const names = pieceNames(ground, division)
  const ids = names.map(({ id }) => id)
  const policies = policiesOf(ground, division, { contended, ids })
  const pieces = describedPieces(suggestion, candidate, { names, policies })
  const patterns = patternsOf(
    withFragments(
      division,
      ground.files.map((file) => ground.paths[file] ?? ''),
      ids,
    ),
  )
  const reads = readsOf(suggestion, candidate)
  const plan: PlanFile = {
    goal,
    base: 'HEAD',
    coordination: 'auto',
    pieces: pieces.map((piece, index) => ({
      id: piece.name.id,
      title: titleOf(goal, piece),
      brief: briefOf(goal, piece, { pieces: pieces.length, reads: reads[index] ?? [] }),
      scope: {
        include: [...(patterns[index]?.include ?? [])],
        exclude: [...(patterns[index]?.exclude ?? [])],
      },
      reads: [...(reads[index] ?? [])],
      depends_on: [],
      ...(options.agent === undefined || options.agent === null ? {} : { agent: options.agent }),
      checks: [],
    })),
    shared: policies.map(({ file }) => file),
    integration: {
      checks: (options.tests ?? []).map(({ name, run }) => ({ name, run: [...run], timeout_seconds: 1800 })),
    },
    limits: { sessions: 5, reprompts: 3 },
  }
  return { candidate, plan, pieces, policies }
}

function describedPieces(
  { ground }: Suggestion,
  { division, score }: Candidate,
  { names, policies }: { readonly names: readonly PieceName[]; readonly policies: readonly Policy[] },
): readonly DraftPiece[] {
  const owners = new Owners(division)
  const shared = new Set(policies.map(({ file }) => file.path))
  const owned: number[][] = names.map(() => [])
  for (const file of ground.files) {
    const path = ground.paths[file] ?? ''
    const piece = owners.ownerOf(path)
    if (piece !== null && !shared.has(path)) owned[piece]?.push(file)
  }
  return names.map((name, piece) => {
    const files = owned[piece] ?? []
    const busiest = files
      .filter(
        (file) => ground.facts.files[file]?.kind === 'code' && (ground.facts.files[file]?.churn ?? 0) > 0,
      )
      .toSorted((a, b) => (ground.facts.files[b]?.churn ?? 0) - (ground.facts.files[a]?.churn ?? 0) || a - b)
    const meets = score.pairs
      .filter(({ a, b }) => a === piece || b === piece)
      .map(({ a, b, share }) => ({ id: names[a === piece ? b : a]?.id ?? '', share }))
    return {
      name,
      share: score.shares[piece] ?? 0,
      files: files.length,
      meets,
      busiest: busiest.slice(0, BUSIEST).map((file) => ground.paths[file] ?? ''),
    }
  })
}

function titleOf(goal: string, { name }: DraftPiece): string {
  const [line = ''] = goal.trim().split(/[\n.;:](?:\s|$)/)
  const words = line.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  const short =
    words.length > LONGEST_TITLE ? `${words.slice(0, LONGEST_TITLE).replace(/\s+\S*$/, '')} …` : words
  return `${short}: ${name.where.replaceAll(/\p{Cc}/gu, ' ')}`
}

interface BriefContext {
  readonly pieces: number
  readonly reads: readonly string[]
}

/** Paths stand in backticks only where they are safe to name: the check looks for their owners. */
function briefOf(goal: string, piece: DraftPiece, { pieces, reads }: BriefContext): string {
  const lines = [goal.trim().replaceAll('`', "'"), '']
  if (pieces === 1) lines.push('All of it is in this piece.')
  else
    lines.push(
      `This piece does it in ${piece.name.where} (${countOf(piece.files)}, see its scope), and nowhere else.`,
    )
  if (piece.busiest.length > 0)
    lines.push(`What was changed here most lately: ${piece.busiest.map((path) => `\`${path}\``).join(', ')}.`)
  if (reads.length > 0)
    lines.push(
      'What it builds on but does not own is in reads: use it as it is, and ask for a change instead of working around it.',
    )
  lines.push(
    '',
    'Done when it holds everywhere in the scope, with tests for what has changed; behaviour outside of the goal stays as it is.',
  )
  return `${lines.join('\n')}\n`
}

/** `one file`, `7 files`. */
export function countOf(files: number): string {
  return files === 1 ? 'one file' : `${files} files`
}

/** For each piece the heaviest places of those that it builds on. */
function readsOf({ ground }: Suggestion, { division }: Candidate): readonly (readonly string[])[] {
  const owners = new Owners(division)
  const owner = Int32Array.from(ground.paths, (path) => owners.ownerOf(path) ?? -1)
  return buildsOn(ground.imports, owner, division.pieces).map((below, piece) => {
    const weights = new Map<string, number>()
    for (const { a, b, weight } of ground.imports) {
      const to = owner[b] ?? -1
      if (owner[a] !== piece || !below.includes(to)) continue
      const path = ground.paths[b] ?? ''
      const place = heldBy(
        division.given.filter((given) => given.piece === to).map(({ place }) => place),
        path,
      )
      if (place !== null && place.path !== '')
        weights.set(patternOf(place), (weights.get(patternOf(place)) ?? 0) + weight)
    }
    return [...weights]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, READS)
      .map(([pattern]) => pattern)
  })
}

function heldBy(places: readonly Place[], path: string): Place | null {
  const holding = places.filter((place) =>
    place.kind === 'file' ? place.path === path : place.path === '' || path.startsWith(`${place.path}/`),
  )
  return holding.toSorted((a, b) => b.path.length - a.path.length)[0] ?? null
}
