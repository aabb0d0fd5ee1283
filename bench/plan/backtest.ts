// The back-test of suggestions: each repository at a commit of the past, divided by what was known then, and the commits that
// followed replayed as if each belonged to the piece that owns most of it. Beside it three baselines with the same cap and
// the same files left out.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RepositoryFacts } from '../../src/plan/facts/facts.ts'
import { gatherFacts } from '../../src/plan/facts/gather.ts'
import { kindOf } from '../../src/plan/facts/kinds.ts'
import { capOf } from '../../src/plan/suggest/coupling.ts'
import { Owners } from '../../src/plan/suggest/division.ts'
import { isFragment } from '../../src/plan/suggest/fragments.ts'
import type { Ground } from '../../src/plan/suggest/ground.ts'
import { suggest, type Boundary } from '../../src/plan/suggest/suggest.ts'
import { median, rounded } from '../statistics.ts'
import { byChance, byCommunity, byTopLevel, type BaselineInput } from './baselines.ts'
import { dividedAsEvenly } from './even.ts'
import { momentOf, type Moment } from './history.ts'
import { pairVerdict, type PairVerdict } from './pairs.ts'
import { replay, type OwnerOf, type Replayed } from './replay.ts'

/** Repositories by what they were for: on the first the weights were chosen, the second were looked at meanwhile, the third for
 *  the first time when the weights stood. */
export const REPOSITORIES = {
  tuned: [
    'webpack/webpack',
    'babel/babel',
    'pallets/flask',
    'tj/commander.js',
    'react-hook-form/react-hook-form',
    'cli/cli',
  ],
  seen: [
    'reactjs/react.dev',
    'pytest-dev/pytest',
    'tokio-rs/tokio',
    'mockito/mockito',
    'sphinx-doc/sphinx',
    'prometheus/prometheus',
  ],
  'held out': ['vuejs/core', 'psf/black', 'helm/helm', 'clap-rs/clap', 'apache/commons-lang'],
} as const

export const METHODS = ['ours', 'top_level', 'random', 'communities'] as const
export type Method = (typeof METHODS)[number]

export interface Standing {
  /** Share of the commits that stay inside one piece. */
  readonly inside: number
  /** The same with nothing left out but lock files and generated files. */
  readonly strict: number
  /** Share of the replayed commits that went to the piece with the most of them. */
  readonly largest: number
  /** The same of the work that was expected. */
  readonly planned: number
  /** Share of pairs of pieces that changed one file, per window of commits. */
  readonly meeting: number
}

export interface Tested {
  readonly repository: string
  readonly pieces: number
  readonly moment: Moment
  readonly by: Boundary
  readonly commits: number
  readonly contended: readonly string[]
  readonly standings: Readonly<Record<Method, Standing>>
  /** Ours, divided so that its largest piece was given no more of what came than that of `top_level`, or as little as can be. */
  readonly even: Standing
  readonly pairs: Readonly<Record<Method, readonly PairVerdict[]>>
}

export interface BacktestInput {
  readonly mirrors: string
  readonly back: number
  readonly most: number
  readonly cache: string | null
  readonly signal: AbortSignal
}

const SEEDS = [1, 2, 3, 4, 5]
const GOAL = 'Whatever comes next.'

/** The mirror of a repository, null where there is none. */
export function mirrorOf(mirrors: string, repository: string): string | null {
  const path = join(mirrors, repository.replace('/', '+'), 'repo')
  return existsSync(path) ? path : null
}

/** Tests one repository with each number of pieces. */
export async function backtest(
  repository: string,
  mirror: string,
  { pieces, ...input }: BacktestInput & { readonly pieces: readonly number[] },
): Promise<readonly Tested[]> {
  const moment = await momentOf(mirror, input)
  const facts = await gatherFacts({
    root: mirror,
    commit: moment.commit,
    cache: input.cache,
    signal: input.signal,
  })
  return pieces.map((count) => ({ repository, ...tested(facts, moment, count) }))
}

function tested(facts: RepositoryFacts, moment: Moment, pieces: number): Omit<Tested, 'repository'> {
  const { ground, contended, candidates } = suggest({ facts, goal: GOAL, sessions: pieces })
  const [best] = candidates
  if (best === undefined) throw new Error('Nothing was suggested.')
  const owners = new Owners(best.division)
  const names = new Set(contended.map(({ file }) => ground.paths[file] ?? ''))
  const input: BaselineInput = { ground, pieces, cap: capOf(pieces) }
  const judge = (ownerOf: OwnerOf): Judged => judged(ownerOf, { moment, ground, pieces, names })
  const ours = judge((path) => owners.ownerOf(path))
  const topLevel = judge(byTopLevel(input))
  const communities = judge(byCommunity(input))
  const chances = SEEDS.map((seed) => judge(byChance(input, seed)))
  return {
    pieces,
    moment,
    by: best.boundary,
    commits: ours.replayed.commits,
    contended: [...names],
    standings: {
      ours: ours.standing,
      top_level: topLevel.standing,
      random: meanOf(chances.map(({ standing }) => standing)),
      communities: communities.standing,
    },
    even: dividedAsEvenly(
      ground,
      { pieces, cap: topLevel.standing.planned, largest: topLevel.standing.largest },
      (ownerOf) => {
        const { standing } = judge(ownerOf)
        return { largest: standing.largest, value: standing }
      },
    ),
    pairs: {
      ours: [ours.pairs],
      top_level: [topLevel.pairs],
      random: chances.map(({ pairs }) => pairs),
      communities: [communities.pairs],
    },
  }
}

interface Judged {
  readonly standing: Standing
  readonly replayed: Replayed
  readonly pairs: PairVerdict
}

interface JudgeInput {
  readonly moment: Moment
  readonly ground: Ground
  readonly pieces: number
  readonly names: ReadonlySet<string>
}

function judged(ownerOf: OwnerOf, { moment, ground, pieces, names }: JudgeInput): Judged {
  const commits = moment.followed
  const quiet = (path: string): boolean => isFragment(path) || ['lock', 'generated'].includes(kindOf(path))
  const replayed = replay({ commits, pieces, ownerOf, left: (path) => quiet(path) || names.has(path) })
  const strict = replay({ commits, pieces, ownerOf, left: quiet })
  const planned = Array.from({ length: pieces }, () => 0)
  for (const file of ground.files) {
    const piece = ownerOf(ground.paths[file] ?? '')
    if (piece !== null) planned[piece] = (planned[piece] ?? 0) + (ground.weights[file] ?? 0)
  }
  const couples = (pieces * (pieces - 1)) / 2
  const standing = {
    inside: replayed.inside / Math.max(1, replayed.commits),
    strict: strict.inside / Math.max(1, strict.commits),
    largest: Math.max(...replayed.given) / Math.max(1, replayed.commits),
    planned: Math.max(...planned),
    meeting: replayed.met.reduce((sum, count) => sum + count, 0) / Math.max(1, replayed.windows * couples),
  }
  return { standing, replayed, pairs: pairVerdict(ground, ownerOf, { replayed, pieces }) }
}

function meanOf(all: readonly Standing[]): Standing {
  const mean = (of: (standing: Standing) => number): number =>
    all.reduce((sum, one) => sum + of(one), 0) / all.length
  return {
    inside: mean(({ inside }) => inside),
    strict: mean(({ strict }) => strict),
    largest: mean(({ largest }) => largest),
    planned: mean(({ planned }) => planned),
    meeting: mean(({ meeting }) => meeting),
  }
}

/** Medians over repositories, rounded. */
export function medians(
  all: readonly Tested[],
  of: (standing: Standing) => number,
): Readonly<Record<Method, number>> {
  const one = (method: Method): number =>
    rounded(median(all.map(({ standings }) => of(standings[method]))), 3)
  return {
    ours: one('ours'),
    top_level: one('top_level'),
    random: one('random'),
    communities: one('communities'),
  }
}
