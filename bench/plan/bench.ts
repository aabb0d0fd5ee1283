// Suggested plans against what really happened: the back-test on mirrors, and 147 pull requests of webpack that were given five
// areas by hand. `inside_share` is of commits that stay inside one piece; all else stands beside it.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { median, rounded } from '../statistics.ts'
import { backtest, medians, METHODS, mirrorOf, REPOSITORIES, type Standing, type Tested } from './backtest.ts'
import { webpackCrossings } from './areas.ts'
import { ABOUT } from './even.ts'
import { pairFigures } from './pairs.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BACK = 500
const MOST = 1_000
const PIECES = '5,3'
const ALL: readonly string[] = Object.values(REPOSITORIES).flat()
/** Areas that were drawn by hand let so many through. */
const BY_HAND = 21

export const bench: Bench = {
  options: [
    { flags: '--mirrors <folder>', summary: 'mirrors as <owner>+<name>/repo; default ../.mirror' },
    {
      flags: '--repositories <list>',
      summary: 'owner/name, separated by commas; default: those of seventeen that there are',
    },
    { flags: '--pieces <list>', summary: `numbers of pieces; default ${PIECES}` },
    {
      flags: '--back <n>',
      summary: `commits before the tip; default ${BACK}, and at most a sixth of the history`,
    },
    { flags: '--cases <folder>', summary: 'evaluation cases; default ../shared/data/cases' },
  ],
  goals: { webpack_es6_crossing: BY_HAND, worst_of_methods: 0 },
  floors: {},
  run,
}

async function run({ options, scratch, note, signal }: BenchContext): Promise<Outcome> {
  const mirrors = resolve(options.text('mirrors') ?? join(ROOT, '.mirror'))
  const wanted = options.text('repositories')?.split(',') ?? ALL
  const pieces = (options.text('pieces') ?? PIECES).split(',').map(Number)
  const tested: Tested[] = []
  const absent: string[] = []
  for (const repository of wanted) {
    const mirror = mirrorOf(mirrors, repository)
    if (mirror === null) {
      absent.push(repository)
      continue
    }
    note(`${repository}: reading its past.`)
    const input = {
      mirrors,
      back: options.count('back', BACK),
      most: MOST,
      cache: join(scratch.path, 'facts'),
      signal,
    }
    tested.push(...(await backtest(repository, mirror, { ...input, pieces })))
  }
  if (tested.length === 0)
    throw new Error(`There is no mirror in ${mirrors}: name their folder with --mirrors.`)
  const areas = await areaFigures(options.text('cases'), mirrors, signal)
  const details = [
    ...absent.map((repository) => `No mirror of ${repository}: left out.`),
    ...pieces.flatMap((count) =>
      table(
        tested.filter((one) => one.pieces === count),
        count,
      ),
    ),
    ...areas.details,
  ]
  return { figures: { ...figures(tested, pieces), ...areas.figures }, details, ok: true }
}

async function areaFigures(
  given: string | undefined,
  mirrors: string,
  signal: AbortSignal,
): Promise<{ readonly figures: Readonly<Record<string, Figure>>; readonly details: readonly string[] }> {
  const file = join(resolve(given ?? join(ROOT, 'shared/data/cases')), 'webpack-es6-2017', 'case.json')
  const mirror = mirrorOf(mirrors, 'webpack/webpack')
  if (!existsSync(file) || mirror === null) {
    return {
      figures: {},
      details: ['webpack-es6-2017: left out, the case or the mirror of webpack is not there.'],
    }
  }
  const { total, best, byBoundary } = await webpackCrossings(file, mirror, signal)
  const each = byBoundary.map(
    ({ boundary, count, largest }) =>
      `by ${boundary} ${count} (largest piece ${Math.round(largest * 100)} %)`,
  )
  return {
    figures: { webpack_es6_crossing: best.count, webpack_es6_largest: rounded(best.largest, 3) },
    details: [
      `webpack-es6-2017: ${best.count} of ${total} pull requests cross five suggested pieces (by ${best.boundary}, the best of those without a piece that has more than two fifths), ${BY_HAND} the five areas drawn by hand; ${each.join(', ')}.`,
    ],
  }
}

function figures(tested: readonly Tested[], pieces: readonly number[]): Readonly<Record<string, Figure>> {
  const found: Record<string, Figure> = {}
  for (const count of pieces) {
    const all = tested.filter((one) => one.pieces === count)
    const add = (name: string, of: (standing: Standing) => number): void => {
      for (const [method, value] of Object.entries(medians(all, of)))
        found[`${name}_${count}_${method}`] = value
    }
    add('inside_share', ({ inside }) => inside)
    add('inside_share_strict', ({ strict }) => strict)
    add('largest_piece', ({ largest }) => largest)
    add('pairs_meeting', ({ meeting }) => meeting)
    Object.assign(found, evenFigures(all, count), pairsOf(all, count))
    found[`best_of_methods_${count}`] = all.filter((one) => rankOf(one) === 0).length
    found[`repositories_${count}`] = all.length
  }
  const held = tested.filter(({ repository }) => REPOSITORIES['held out'].some((name) => name === repository))
  if (held.length > 0) {
    const most = Math.max(...pieces)
    const values = medians(
      held.filter((one) => one.pieces === most),
      ({ inside }) => inside,
    )
    for (const [method, value] of Object.entries(values))
      found[`held_out_inside_share_${most}_${method}`] = value
  }
  return { ...found, worst_of_methods: tested.filter((one) => rankOf(one) === METHODS.length - 1).length }
}

/** Ours and the top-level directories where the largest piece may be the same. */
function evenFigures(all: readonly Tested[], count: number): Readonly<Record<string, Figure>> {
  const of = (values: readonly number[]): number => rounded(median(values), 3)
  const reached = all.filter(({ even, standings }) => even.largest <= standings.top_level.largest + ABOUT)
  return {
    [`even_reached_${count}`]: reached.length,
    [`even_better_${count}`]: reached.filter(
      ({ even, standings }) => even.inside >= standings.top_level.inside,
    ).length,
    [`even_inside_share_${count}_ours`]: of(all.map(({ even }) => even.inside)),
    [`even_inside_share_${count}_top_level`]: of(all.map(({ standings }) => standings.top_level.inside)),
    [`even_largest_piece_${count}_ours`]: of(all.map(({ even }) => even.largest)),
    [`even_largest_piece_${count}_top_level`]: of(all.map(({ standings }) => standings.top_level.largest)),
  }
}

function pairsOf(all: readonly Tested[], count: number): Readonly<Record<string, Figure>> {
  return Object.fromEntries(
    METHODS.flatMap((method) =>
      Object.entries(pairFigures(all.flatMap(({ pairs }) => pairs[method]))).flatMap(([name, value]) =>
        value === null ? [] : [[`pair_${name}_${count}_${method}`, rounded(value, 3)] as const],
      ),
    ),
  )
}

/** How many baselines are better. */
function rankOf({ standings }: Tested): number {
  return METHODS.filter((method) => standings[method].inside > standings.ours.inside).length
}

function table(tested: readonly Tested[], pieces: number): readonly string[] {
  const cell = (value: number): string => value.toFixed(3).padStart(7)
  const rows = tested.map(({ repository, moment, by, commits, standings, pairs }) => {
    const set =
      Object.entries(REPOSITORIES).find(([, names]) => names.some((name) => name === repository))?.[0] ??
      'other'
    const inside = METHODS.map((method) => cell(standings[method].inside)).join(' ')
    const strict = METHODS.map((method) => cell(standings[method].strict)).join(' ')
    const largest = METHODS.map((method) => standings[method].largest.toFixed(2)).join('/')
    const planned = METHODS.map((method) => standings[method].planned.toFixed(2)).join('/')
    const met = pairs.ours
      .map(({ both, predicted, real }) => `${both} of ${predicted} said, ${real} real`)
      .join()
    return `${repository.padEnd(32)} ${moment.day} ${String(commits).padStart(5)} ${inside}  |${strict}  | ${largest}  ${planned}  ${met}, by ${by}, ${set}`
  })
  return [
    `${pieces} pieces: share of commits inside one piece, and strictly, as ${METHODS.join(', ')}; then the largest piece of what came / of what was expected, and pairs that met`,
    ...rows,
    '',
  ]
}
