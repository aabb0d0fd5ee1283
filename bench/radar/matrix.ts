// The matrix of 50 branches: the radar, with git's verdict on its suspects, against one merge process a pair. Both must
// name the same conflicts.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { forecastConflicts } from '../../src/integration/radar/forecast.ts'
import type { BenchContext, Outcome } from '../bench.ts'
import { interleaved } from '../interleave.ts'
import { median, rounded, spread } from '../statistics.ts'
import { branchedRepository, type BranchedRepository } from './repository.ts'

const exec = promisify(execFile)
const ORDINARY_FILES = 2_000
const WIDE_FILES = 700
const CONFLICT_EXIT = 1
/** A run of the radar is so short that one alone measures what else the machine does; the other side is a sum of 1,225. */
const RUNS_A_TURN = 10

/** Measures a repository with a wide branch, and one without. */
export async function benchMatrix(
  { options, scratch, note, signal }: BenchContext,
  { files, branches }: { readonly files: number; readonly branches: number },
): Promise<Outcome> {
  const rounds = options.count('rounds', 3)
  const shapes = [
    { name: 'matrix50_ratio_wide', files, branches, wide: WIDE_FILES },
    { name: 'matrix50_ratio', files: ORDINARY_FILES, branches, wide: 0 },
  ]
  const figures: Record<string, number> = {}
  const details: string[] = []
  let ok = true
  for (const { name, ...shape } of shapes) {
    note(`Making a repository of ${shape.files} files with ${branches} branches.`)
    const repository = await branchedRepository(join(scratch.path, name), shape)
    const sides = await comparison(repository)
    const times = await interleaved(sides.sides, { rounds, signal })
    // Other load falls on both: the fastest run of each is what it can do.
    const turns = times('radar').length
    const runs = sides.runs().slice(-turns * RUNS_A_TURN)
    const [radar, serial] = [Math.min(...runs), Math.min(...times('serial'))]
    figures[name] = rounded(serial / radar, 1)
    figures[name.replace('ratio', 'median_ratio')] = rounded(median(times('serial')) / median(runs), 1)
    figures[`${name.replace('_ratio', '')}_ms`] = rounded(radar, 1)
    const same = sides.sameResult()
    ok &&= same
    details.push(
      `${shape.files} files: radar ${spread(runs)}, one process a pair ${spread(times('serial'))}; ${sides.conflicts()} of ${(branches * (branches - 1)) / 2} pairs conflict, ${same ? 'both say so' : 'AND THEY DIFFER'}`,
    )
  }
  return { figures, details, ok }
}

async function comparison({ path, base, branches }: BranchedRepository): Promise<{
  readonly sides: Parameters<typeof interleaved>[0]
  /** Milliseconds of every run of the radar. */
  readonly runs: () => readonly number[]
  readonly sameResult: () => boolean
  readonly conflicts: () => number
}> {
  let [radar, serial]: [string[], string[]] = [[], []]
  const runs: number[] = []
  const forecast = async (): Promise<void> => {
    await using scratch = await openScratchObjects({ commonDir: join(path, '.git') })
    const verdicts = await forecastConflicts({ cwd: path, base, branches, scratch })
    radar = verdicts.flatMap(({ pair, conflict }) => (conflict === null ? [] : [pair.join(' ')]))
  }
  const sides = [
    {
      name: 'radar',
      run: async () => {
        for (let run = 0; run < RUNS_A_TURN; run += 1) {
          const started = performance.now()
          await forecast()
          runs.push(performance.now() - started)
        }
      },
    },
    {
      name: 'serial',
      run: async () => {
        serial = await mergeEveryPair(path, branches)
      },
    },
  ]
  return {
    sides,
    runs: () => runs,
    sameResult: () => radar.toSorted().join() === serial.toSorted().join(),
    conflicts: () => serial.length,
  }
}

async function mergeEveryPair(path: string, branches: BranchedRepository['branches']): Promise<string[]> {
  const found: string[] = []
  for (const [index, left] of branches.entries()) {
    for (const right of branches.slice(index + 1)) {
      if (await conflicts(path, left.commit, right.commit)) found.push(`${left.name} ${right.name}`)
    }
  }
  return found
}

async function conflicts(cwd: string, left: string, right: string): Promise<boolean> {
  try {
    await exec('git', ['merge-tree', '--write-tree', '--name-only', left, right], { cwd })
    return false
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === CONFLICT_EXIT) return true
    throw error
  }
}
