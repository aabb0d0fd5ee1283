// A division as a plan: scopes, briefs, reads, policies, checks. What render.ts adds is comments. Pure.
import type { PlanFile } from '../../contract/plan.ts'
import { depthOf, holds, Owners, type Division, type Given, type Place } from './division.ts'
import type { TestCommand } from '../detect.ts'
import type { FileKind } from '../facts/facts.ts'
import { withFragments } from './fragments.ts'
import { pieceNames, type PieceName } from './names.ts'
import { patternOf, patternsOf } from './patterns.ts'
import { policiesOf, type Policy } from './policies.ts'
import { buildsOn, waitsFor } from './score.ts'
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
  /** Pieces that have most of the tests of its code, or that have tests where it has none. */
  readonly testers: readonly string[]
  /** It has code or tests: whoever changes it, changes tests. */
  readonly tested: boolean
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
  const paths = ground.files.map((file) => ground.paths[file] ?? '')
  const patterns = patternsOf(withFragments(withoutOperators(division, policies), paths, ids))
  const owners = new Owners(division)
  const owner = Int32Array.from(ground.paths, (path) => owners.ownerOf(path) ?? -1)
  const reads = readsOf(suggestion, candidate, owner)
  const waits = waitsFor(ground, division, owner)
  const plan: PlanFile = {
    goal,
    base: 'HEAD',
    coordination: 'auto',
    pieces: pieces.map((piece, index) =>
      planPiece(piece, {
        goal,
        pieces: pieces.length,
        reads: reads[index] ?? [],
        dependsOn: (waits[index] ?? []).map((other) => ids[other] ?? ''),
        patterns: patterns[index] ?? { include: [], exclude: [] },
        agent: options.agent ?? null,
      }),
    ),
    shared: policies.map(({ file }) => file),
    integration: {
      checks: (options.tests ?? []).map(({ name, run }) => ({ name, run: [...run], timeout_seconds: 1800 })),
    },
    limits: { sessions: 5, reprompts: 3 },
  }
  return { candidate, plan, pieces, policies }
}

/** The division without single files that are the operator's: no piece writes them, so no scope has to name them. */
function withoutOperators({ given, ...division }: Division, policies: readonly Policy[]): Division {
  const theirs = new Set(
    policies.filter(({ file }) => file.policy === 'operator').map(({ file }) => file.path),
  )
  const isTheirs = ({ place }: Given): boolean => place.kind === 'file' && theirs.has(place.path)
  const left = new Set(given.filter((one) => !isTheirs(one)).map(({ piece }) => piece))
  return { ...division, given: given.filter((one) => !isTheirs(one) || !left.has(one.piece)) }
}

interface PieceContext extends BriefContext {
  readonly goal: string
  readonly dependsOn: readonly string[]
  readonly patterns: ReturnType<typeof patternsOf>[number]
  readonly agent: string | null
}

function planPiece(
  piece: DraftPiece,
  { goal, pieces, reads, dependsOn, patterns, agent }: PieceContext,
): PlanFile['pieces'][number] {
  return {
    id: piece.name.id,
    title: titleOf(goal, piece),
    brief: briefOf(goal, piece, { pieces, reads }),
    scope: { include: [...patterns.include], exclude: [...patterns.exclude] },
    reads: [...reads],
    depends_on: [...dependsOn],
    ...(agent === null ? {} : { agent }),
    checks: [],
  }
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
  const testers = testersOf(ground, { owners, owned, names })
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
      testers: testers[piece] ?? [],
      tested: files.some((file) => isOf(ground, file, 'code') || isOf(ground, file, 'test')),
    }
  })
}

interface Holding {
  readonly owners: Owners
  /** Files of each piece. */
  readonly owned: readonly (readonly number[])[]
  readonly names: readonly PieceName[]
}

/** For each piece the others that have the tests of its code, the one with the most first; none where it has most of them itself. */
function testersOf(
  ground: Suggestion['ground'],
  { owners, owned, names }: Holding,
): readonly (readonly string[])[] {
  const { facts, paths } = ground
  const found = names.map(() => new Map<number, number>())
  for (const [test, code] of facts.covers) {
    const [piece, tester] = [owners.ownerOf(paths[code] ?? ''), owners.ownerOf(paths[test] ?? '')]
    const own = piece === null ? undefined : found[piece]
    if (tester !== null) own?.set(tester, (own.get(tester) ?? 0) + 1)
  }
  const tests = owned.map((files) => files.filter((file) => isOf(ground, file, 'test')).length)
  const most = tests.indexOf(Math.max(...tests))
  return found.map((pieces, piece) => {
    const sorted = [...pieces].toSorted(
      ([a, one], [b, other]) => other - one || Number(b === piece) - Number(a === piece),
    )
    const [first] = sorted
    if (first !== undefined)
      return first[0] === piece
        ? []
        : sorted.filter(([tester]) => tester !== piece).map(([tester]) => names[tester]?.id ?? '')
    // Nothing says who tests it: whoever has tests is asked by a piece that has none.
    return tests[piece] === 0 && (tests[most] ?? 0) > 0 ? [names[most]?.id ?? ''] : []
  })
}

function isOf({ facts }: Suggestion['ground'], file: number, kind: FileKind): boolean {
  return facts.files[file]?.kind === kind
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
  else lines.push(`This piece does it in ${piece.name.where} (see its scope), and nowhere else.`)
  if (piece.busiest.length > 0)
    lines.push(`What was changed here most lately: ${piece.busiest.map((path) => `\`${path}\``).join(', ')}.`)
  if (reads.length > 0)
    lines.push(
      'What it builds on but does not own is in reads: use it as it is, and ask for a change instead of working around it.',
    )
  const [tester] = piece.testers
  const tests =
    tester === undefined
      ? ', with tests for what has changed'
      : `, and ${tester}, which has the tests of this code, was asked for those of what has changed`
  lines.push(
    '',
    `Done when it holds everywhere in the scope${piece.tested ? tests : ''}; behaviour outside of the goal stays as it is.`,
  )
  return `${lines.join('\n')}\n`
}

/** `one file`, `7 files`. */
export function countOf(files: number): string {
  return files === 1 ? 'one file' : `${files} files`
}

/** For each piece the heaviest places of those that it builds on. */
function readsOf(
  { ground }: Suggestion,
  { division }: Candidate,
  owner: Int32Array,
): readonly (readonly string[])[] {
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
  const holding = places.filter((place) => holds(place, path))
  return holding.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? null
}
