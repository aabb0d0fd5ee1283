// What the runs of a repository have shown about its files, for the plans to come: which files more than one piece wanted,
// and which belong together because whoever worked on one needed the other. Pure; memory.ts keeps it.
import * as v from 'valibot'
import type { Review } from './review.ts'

const Wanted = v.object({
  path: v.string(),
  /** Piece that asked for it, wrote it, or was given it. */
  piece: v.string(),
  /** Who owned it by the plan; null: nobody. */
  owner: v.nullable(v.string()),
})

const LearnedRun = v.object({
  run: v.string(),
  plan: v.string(),
  /** Files of its own that each piece changed, by its id; at most 300. */
  touched: v.record(v.string(), v.array(v.string())),
  wanted: v.array(Wanted),
  conflicts: v.array(
    v.object({ pieces: v.tuple([v.string(), v.nullable(v.string())]), files: v.array(v.string()) }),
  ),
})
export type LearnedRun = v.InferOutput<typeof LearnedRun>

/** The file under the state folder. A reader of an older version is kept when there is a newer one. */
export const LearnedFile = v.object({ version: v.literal(1), runs: v.array(LearnedRun) })
export type LearnedFile = v.InferOutput<typeof LearnedFile>

/** A file that pieces met in, or would have. */
export interface ContestedFile {
  readonly path: string
  /** Runs in which more than its owner wanted it. */
  readonly runs: number
  /** Runs in which it was in conflict. */
  readonly conflicts: number
}

/** Two files that one piece needed both of although the plan had parted them, `a` before `b`. */
export interface TiedFiles {
  readonly a: string
  readonly b: string
  /** Runs in which that was so, each as much as it was about few files: 1 for a file tied to a single other one. */
  readonly weight: number
}

/** What is known, for a suggestion to weigh. Empty where nothing was run yet. */
export interface Learned {
  /** Runs that it rests on. */
  readonly runs: number
  /** The most contested first. */
  readonly contested: readonly ContestedFile[]
  /** The strongest first. */
  readonly ties: readonly TiedFiles[]
}

export const NOTHING_LEARNED: LearnedFile = { version: 1, runs: [] }

const MOST_RUNS = 40
const MOST_TOUCHED = 300
const MOST_LISTED = 200
/** What a wanted file is tied to: so many files of the piece that wanted it. */
const MOST_TIED = 30
const MOST_TIES = 2_000

/** What a review says, as it is kept. */
export function learnedFrom({ run, plan, pieces, conflicts }: Review): LearnedRun {
  const wanted = pieces.flatMap(({ piece, moved, outside, requests }) => {
    const asked = requests.flatMap(({ paths, owner }) => paths.map((path) => ({ path, owner })))
    const all = new Map([...asked, ...outside, ...moved].map(({ path, owner }) => [path, owner]))
    return [...all].map(([path, owner]) => ({ path, piece, owner }))
  })
  return {
    run,
    plan,
    touched: Object.fromEntries(pieces.map(({ piece, touched }) => [piece, touched.slice(0, MOST_TOUCHED)])),
    wanted: wanted.slice(0, MOST_LISTED),
    conflicts: conflicts
      .slice(0, MOST_LISTED)
      .map(({ pieces: [a, b], files }) => ({ pieces: [a, b], files: files.slice(0, MOST_LISTED) })),
  }
}

/** The file with one more run, or with a run anew; the oldest go when there are too many. */
export function withRun({ runs }: LearnedFile, run: LearnedRun): LearnedFile {
  return { version: 1, runs: [...runs.filter((one) => one.run !== run.run), run].slice(-MOST_RUNS) }
}

/** What all runs say together. */
export function summarised({ runs }: LearnedFile): Learned {
  const contested = new Map<string, { runs: number; conflicts: number }>()
  const ties = new Map<string, number>()
  for (const run of runs) {
    for (const [path, isConflict] of contestedIn(run)) {
      const one = contested.get(path) ?? { runs: 0, conflicts: 0 }
      contested.set(path, { runs: one.runs + 1, conflicts: one.conflicts + (isConflict ? 1 : 0) })
    }
    for (const { path, piece } of run.wanted) {
      const own = (run.touched[piece] ?? []).slice(0, MOST_TIED)
      for (const other of own) {
        const key = [path, other].toSorted().join('\0')
        if (other !== path) ties.set(key, (ties.get(key) ?? 0) + 1 / own.length)
      }
    }
  }
  return {
    runs: runs.length,
    contested: [...contested]
      .map(([path, counts]) => ({ path, ...counts }))
      .toSorted((a, b) => b.conflicts - a.conflicts || b.runs - a.runs || (a.path < b.path ? -1 : 1)),
    ties: [...ties]
      .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, MOST_TIES)
      .map(([key, weight]) => ({ a: key.split('\0')[0] ?? '', b: key.split('\0')[1] ?? '', weight })),
  }
}

/** Files that more than one wanted in a run, and whether they were in conflict. */
function contestedIn({ wanted, touched, conflicts }: LearnedRun): ReadonlyMap<string, boolean> {
  const by = new Map<string, Set<string>>()
  for (const { path, piece, owner } of wanted) {
    const who = by.get(path) ?? new Set()
    who.add(piece)
    if (owner !== null && touched[owner]?.includes(path) === true) who.add(owner)
    by.set(path, who)
  }
  const several = [...by].flatMap(([path, who]): [string, boolean][] => (who.size > 1 ? [[path, false]] : []))
  const fought = conflicts.flatMap(({ files }) => files.map((path): [string, boolean] => [path, true]))
  return new Map([...several, ...fought])
}
