// The forecast of a plan against what became of it: the busiest folders of a repository as pieces, the commits before a point
// of its history as what is known, and the next three commits of each folder as the work. Two meet when they changed a file
// in common.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recentChanges } from '../../src/git/recent.ts'
import { forecast } from '../../src/plan/forecast/forecast.ts'
import { parsePlan } from '../../src/plan/load.ts'
import type { PlanFile } from '../../src/contract/plan.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { rounded } from '../statistics.ts'
import { mirrorOf } from './backtest.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const REPOSITORIES = [
  'webpack/webpack',
  'pallets/flask',
  'react-hook-form/react-hook-form',
  'prometheus/prometheus',
  'tokio-rs/tokio',
  'sphinx-doc/sphinx',
  'pytest-dev/pytest',
  'babel/babel',
  'tj/commander.js',
  'mockito/mockito',
  'cli/cli',
]
const READ = { commits: 4_000, paths: 30 }
const KNOWN = 1_000
const STEP = 200
const OLDEST = 3_000
const PIECES = 6
const COMMITS_OF_WORK = 3
/** Work further ahead is not of the time that was planned for. */
const AHEAD = 400
const BANDS = 5

export const bench: Bench = {
  options: [
    { flags: '--mirrors <folder>', summary: 'mirrors as <owner>+<name>/repo; default ../.mirror' },
    {
      flags: '--repositories <list>',
      summary: 'owner/name, separated by commas; default: those that there are of eleven',
    },
  ],
  // As sharp as saying of every pair what is so on the average.
  goals: { brier_to_average: 1 },
  floors: { pairs: 500 },
  run,
}

interface Seen {
  readonly foreseen: number
  readonly met: boolean
}

async function run({ options, note, signal }: BenchContext): Promise<Outcome> {
  const mirrors = resolve(options.text('mirrors') ?? join(ROOT, '.mirror'))
  const all: Seen[] = []
  const details: string[] = []
  for (const repository of options.text('repositories')?.split(',') ?? REPOSITORIES) {
    const mirror = mirrorOf(mirrors, repository)
    if (mirror === null) {
      details.push(`No mirror of ${repository}: left out.`)
      continue
    }
    note(`${repository}: reading its past.`)
    const seen = pairsIn(await recentChanges(mirror, 'HEAD', { ...READ, signal }))
    all.push(...seen)
    const { expected, real } = sums(seen)
    details.push(`${repository}: ${seen.length} pairs, ${expected} expected to meet, ${real} met.`)
  }
  if (all.length === 0) throw new Error(`There is no mirror in ${mirrors}: name their folder with --mirrors.`)
  return { figures: figuresOf(all), details: [...details, ...bandLines(all)], ok: true }
}

/** `changes`: the paths of each commit, the newest first. */
function pairsIn(changes: readonly (readonly string[])[]): readonly Seen[] {
  const seen: Seen[] = []
  for (let at = OLDEST; at >= STEP; at -= STEP) {
    const history = changes.slice(at, at + KNOWN)
    if (history.length < STEP) continue
    const folders = busiest(history)
    const { pairs } = forecast({
      plan: planOf(folders),
      files: [...new Set(history.flat())],
      history,
      facts: null,
    })
    const work = workOf(folders, changes.slice(Math.max(0, at - AHEAD), at).toReversed())
    for (const { pieces, meets } of pairs) {
      const [a, b] = pieces.map((id) => work[Number(id.slice(1))] ?? [])
      if (meets === null || a === undefined || b === undefined) continue
      if (a.length < COMMITS_OF_WORK || b.length < COMMITS_OF_WORK) continue
      const files = new Set(a.flat())
      seen.push({ foreseen: meets, met: b.flat().some((path) => files.has(path)) })
    }
  }
  return seen
}

/** Folders of the first two levels that most commits touched, none inside of another. */
function busiest(history: readonly (readonly string[])[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const paths of history) {
    const folders = new Set(paths.map((path) => path.split('/').slice(0, -1).slice(0, 2).join('/')))
    for (const folder of folders) if (folder !== '') counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const picked: string[] = []
  for (const [folder] of [...counts].toSorted(([, a], [, b]) => b - a)) {
    const meets = picked.some(
      (one) => `${one}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${one}/`),
    )
    if (!meets && picked.length < PIECES) picked.push(folder)
  }
  return picked
}

function planOf(folders: readonly string[]): PlanFile {
  const pieces = folders.map(
    (folder, index) =>
      `[[pieces]]\nid = "p${index}"\ntitle = "T"\nbrief = "B"\nscope = { include = [${JSON.stringify(`/${folder}/`)}] }\n`,
  )
  return parsePlan(`goal = "G"\n${pieces.join('')}`, 'forecast')
}

/** The next commits of each folder; a commit belongs to the folder of most of its files. */
function workOf(
  folders: readonly string[],
  coming: readonly (readonly string[])[],
): readonly (readonly (readonly string[])[])[] {
  const work: (readonly string[])[][] = folders.map(() => [])
  for (const paths of coming) {
    const counts = folders.map((folder) => paths.filter((path) => path.startsWith(`${folder}/`)).length)
    const most = Math.max(...counts)
    const own = work[counts.indexOf(most)]
    if (most > 0 && own !== undefined && own.length < COMMITS_OF_WORK) own.push(paths)
  }
  return work
}

function sums(seen: readonly Seen[]): { readonly expected: number; readonly real: number } {
  const expected = seen.reduce((sum, { foreseen }) => sum + foreseen, 0)
  return { expected: rounded(expected, 1), real: seen.filter(({ met }) => met).length }
}

function figuresOf(seen: readonly Seen[]): Readonly<Record<string, Figure>> {
  const { expected, real } = sums(seen)
  const share = real / seen.length
  const brier = seen.reduce((sum, { foreseen, met }) => sum + (foreseen - Number(met)) ** 2, 0) / seen.length
  return {
    pairs: seen.length,
    expected_share: rounded(expected / seen.length, 3),
    met_share: rounded(share, 3),
    brier: rounded(brier, 3),
    brier_to_average: rounded(brier / (share * (1 - share)), 3),
  }
}

function bandLines(seen: readonly Seen[]): readonly string[] {
  return Array.from({ length: BANDS }, (_, band) => {
    const inside = seen.filter(({ foreseen }) => Math.min(BANDS - 1, Math.floor(foreseen * BANDS)) === band)
    const { expected, real } = sums(inside)
    const from = (100 / BANDS) * band
    return `Put at ${from} to ${from + 100 / BANDS} %: ${inside.length} pairs, ${expected} expected, ${real} met.`
  })
}
