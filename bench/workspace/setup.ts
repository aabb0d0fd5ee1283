// Setting sessions up against the least that git needs for the same: the ordinary `git worktree add -b`, one after the
// other, for as many worktrees of the same commit. Sessions are set up as a run does it, several at a time, without
// dependencies and without a setup command, so that the worktree part alone is compared.
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openRepository } from '../../src/git/repository.ts'
import { sweepGuards } from '../../src/workspace/guard/install.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { interleaved, type Side } from '../interleave.ts'
import { git, removeTree, settleDisk } from '../scratch.ts'
import { median, ratio, rounded, spread } from '../statistics.ts'
import { makeRepository } from './repository.ts'
import { workspaceSpec, type Place } from './spec.ts'

const SIZES = [
  { files: 2_000, suffix: '', rounds: 7 },
  { files: 20_000, suffix: '_20k', rounds: 3 },
] as const
const COUNTS = [5, 20] as const

/** The comparisons that `--files` and `--sessions` leave. */
export async function measureSetup(context: BenchContext): Promise<readonly Measured[]> {
  const { options } = context
  const sizes = chosen(SIZES, ({ files }) => files, options.text('files'))
  const counts = chosen(COUNTS, (count) => count, options.text('sessions'))
  const outcomes: Measured[] = []
  for (const size of sizes) outcomes.push(...(await measureSize(context, size, counts)))
  return outcomes
}

function chosen<T>(all: readonly T[], key: (item: T) => number, wanted: string | undefined): readonly T[] {
  const found = wanted === undefined ? all : all.filter((item) => String(key(item)) === wanted)
  if (found.length === 0) throw new Error(`There is ${all.map(key).join(' and ')}, not ${String(wanted)}.`)
  return found
}

export interface Measured {
  readonly figures: Readonly<Record<string, Figure>>
  readonly line: string
}

async function measureSize(
  context: BenchContext,
  size: (typeof SIZES)[number],
  counts: readonly number[],
): Promise<readonly Measured[]> {
  const { scratch, note } = context
  const root = join(scratch.path, `repo-${size.files}`)
  note(`Generating a repository of ${size.files} files.`)
  const commit = await makeRepository(root, size.files)
  const place: Place = { repo: await openRepository(root), commit, worktrees: `${root}.worktrees` }
  const outcomes: Measured[] = []
  for (const [index, count] of counts.entries()) {
    // What the first comparison has read once is warm for the next one.
    outcomes.push(await measure(context, { ...size, count, place, warmUps: index === 0 ? 1 : 0 }))
  }
  await removeTree(root)
  return outcomes
}

interface Comparison {
  readonly files: number
  readonly suffix: string
  readonly rounds: number
  readonly warmUps: number
  readonly count: number
  readonly place: Place
}

async function measure(context: BenchContext, comparison: Comparison): Promise<Measured> {
  const { options, note, signal } = context
  const { place, count, files, suffix } = comparison
  const width = options.count('width', availableParallelism())
  const times = await interleaved(
    [
      side('git', place, () => addPlainly(place, count)),
      side('quintet', place, () => setUp(place, { count, width, signal })),
    ],
    {
      rounds: options.count('rounds', comparison.rounds),
      warmUps: comparison.warmUps,
      signal,
      onRun: (name, round, ms) =>
        note(`${files} files, ${count} sessions, round ${round}: ${name} ${ms.toFixed(0)} ms`),
    },
  )
  const [plain, ours] = [times('git'), times('quintet')]
  return {
    figures: {
      [`setup${count}${suffix}_ratio`]: ratio(ours, plain),
      [`setup${count}${suffix}_ms`]: rounded(median(ours), 0),
      [`plain${count}${suffix}_ms`]: rounded(median(plain), 0),
    },
    line: `${files} files, ${count} sessions, ${width} at a time: ${spread(ours)}; git worktree add: ${spread(plain)}`,
  }
}

function side(name: string, place: Place, run: () => Promise<void>): Side {
  return {
    name,
    before: async () => {
      await mkdir(place.worktrees, { recursive: true })
      await settleDisk()
    },
    run,
    after: () => startOver(place),
  }
}

async function addPlainly({ repo, commit, worktrees }: Place, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    await git(
      repo.root,
      'worktree',
      'add',
      '--quiet',
      '-b',
      `plain/${n}`,
      join(worktrees, `plain-${n}`),
      commit,
    )
  }
}

async function setUp(
  place: Place,
  { count, width, signal }: { readonly count: number; readonly width: number; readonly signal: AbortSignal },
): Promise<void> {
  const waiting = Array.from({ length: count }, (_, index) => `piece-${index + 1}`)
  const worker = async (): Promise<void> => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      await prepareWorkspace(workspaceSpec(place, piece), signal)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** Forgets every worktree and branch that a run has made. The repository is ours, and nothing in it has been packed. */
async function startOver({ repo, worktrees }: Place): Promise<void> {
  const made = [
    'worktrees',
    'quintet',
    'refs/heads/plain',
    'refs/heads/quintet',
    'logs/refs/heads/plain',
    'logs/refs/heads/quintet',
  ]
  const ports = join(process.env['XDG_STATE_HOME'] ?? worktrees, 'quintet')
  await removeTree(worktrees, ports, ...made.map((path) => join(repo.commonDir, path)))
  await sweepGuards(repo)
}
