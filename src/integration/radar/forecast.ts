// The forecast for branches that are committed: one process reads what all of them change, a second the lines of the files
// that several of them change, a third merges the pairs that look like conflicts. Nothing is written to the repository.
import { mergePairs } from '../../git/merge/batch.ts'
import { mergeSettings } from '../../git/merge/merge.ts'
import type { ScratchObjects } from '../../git/objects/scratch.ts'
import { ConflictMatrix, type PairForecast } from './matrix.ts'
import { readOverlays } from './overlays.ts'

export interface ForecastInput {
  readonly cwd: string
  /** Commit that all branches are compared with. */
  readonly base: string
  readonly branches: readonly { readonly name: string; readonly commit: string }[]
  readonly scratch: ScratchObjects
  readonly signal?: AbortSignal
}

export interface Verdict extends PairForecast {
  /** Files in which git's own merge of the two conflicts; null when it merges. */
  readonly conflict: readonly string[] | null
}

/** As many paths as one command line holds with ease; beyond, every file is read. */
const MOST_PATHS = 2_000
const MOST_CHARACTERS = 100_000

/** Every pair that changes a path in common, with git's verdict on those that look like conflicts. */
export async function forecastConflicts(input: ForecastInput): Promise<readonly Verdict[]> {
  const { cwd, scratch, signal } = input
  const settings = mergeSettings(cwd)
  const [matrix, pinned] = await Promise.all([forecastMatrix(input), settings])
  const forecasts = matrix.forecasts()
  const suspects = forecasts.filter(({ state }) => state === 'predicted')
  const commits = new Map(input.branches.map(({ name, commit }) => [name, commit]))
  const commitOf = (name: string): string => commits.get(name) ?? name
  const merges = await mergePairs(
    suspects.map(({ pair }) => [commitOf(pair[0]), commitOf(pair[1])]),
    { cwd, env: scratch.env, settings: pinned, ...(signal === undefined ? {} : { signal }) },
  )
  const conflicts = new Map(
    suspects.map((forecast, index) => {
      const merge = merges[index]
      return [forecast, merge?.kind === 'conflict' ? merge.files : null]
    }),
  )
  return forecasts.map((forecast) => ({ ...forecast, conflict: conflicts.get(forecast) ?? null }))
}

/** The matrix of the branches by their lines, without any merge. */
async function forecastMatrix(input: Omit<ForecastInput, 'scratch'>): Promise<ConflictMatrix> {
  const { cwd, base, branches, signal } = input
  const common = { cwd, ...(signal === undefined ? {} : { signal }) }
  const pairs = branches.map(({ commit }) => ({ base, tip: commit }))
  const matrix = new ConflictMatrix()
  const overlays = await readOverlays(pairs, { ...common, hunks: false })
  for (const [index, { name }] of branches.entries()) matrix.set(name, overlays[index] ?? new Map())
  const paths = matrix.contested()
  if (paths.length === 0) return matrix
  const few = paths.length <= MOST_PATHS && paths.join('').length <= MOST_CHARACTERS
  const concerned = branches
    .map(({ name, commit }, index) => ({ name, commit, overlay: overlays[index] ?? new Map() }))
    .filter(({ overlay }) => paths.some((path) => overlay.has(path)))
  const read = await readOverlays(
    concerned.map(({ commit }) => ({ base, tip: commit })),
    { ...common, hunks: true, ...(few ? { paths } : {}) },
  )
  for (const [index, { name, overlay }] of concerned.entries()) {
    for (const [path, change] of read[index] ?? []) {
      // Renames are told apart only where all paths are looked at: what was said of the path stands.
      if (overlay.get(path)?.class === 'content') matrix.update(name, path, change)
    }
  }
  return matrix
}
