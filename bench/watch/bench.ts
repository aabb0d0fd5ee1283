// What it costs to watch 20 worktrees of a repository of very many folders, how soon a change of any kind is noticed, and
// whether one is lost: once with the watches that a machine spares, once with too few of them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openStore } from '../../src/store/store.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { childrenMs, sample } from '../cli/sample.ts'
import { radarLabel, writeRadarLog, type LoggedRun } from '../radar/log.ts'
import { median, rounded } from '../statistics.ts'
import { measureChanges, type Stage } from './changes.ts'
import { kernelWatches, WatchedRadar } from './radar.ts'
import { folderedRepository, makeWorktrees, type FolderedRepository } from './repository.ts'
import { flood, saveMany } from './saves.ts'

const FILES = 27_000
const FOLDERS = 13_000
const WORKTREES = 20
const SAVES = 10_000
const FEW_WATCHES = 1_000
const SETTLE_MS = 5_000

export const bench: Bench = {
  options: [
    { flags: '--files <n>', summary: `files of the repository; default ${FILES}` },
    { flags: '--folders <n>', summary: `folders that they are in; default ${FOLDERS}` },
    { flags: '--worktrees <n>', summary: `worktrees under watch; default ${WORKTREES}` },
    { flags: '--seconds <n>', summary: 'how long the quiet radar is watched; default 60' },
    { flags: '--saves <n>', summary: `files saved in bursts; default ${SAVES}` },
    { flags: '--rounds <n>', summary: 'changes of each kind that are timed; default 20' },
    { flags: '--budget <n>', summary: `watches of the second run; default ${FEW_WATCHES}` },
    { flags: '--only <name>', summary: 'one run alone: boxed, open or few' },
  ],
  goals: {
    watch_cpu_percent: 1,
    watch_handles_share: 0.25,
    watch_instances: 1,
    noticed_p95_ms: 1_000,
    noticed_beyond_budget_p95_ms: 1_000,
    lost_of_10000: 0,
    known_after_s: 10,
    flood_lost: 0,
    rss_mb: 150,
    few_watch_cpu_percent: 1,
    few_lost_of_10000: 0,
    open_watch_cpu_percent: 1,
    open_watch_handles_share: 0.25,
    open_lost_of_10000: 0,
  },
  run,
}

/** `boxed`: sessions that a box holds in their scope. `open`: none does. `few`: as boxed, with too few watches. */
const RUNS = ['boxed', 'open', 'few'] as const
type Kind = (typeof RUNS)[number]

async function run(context: BenchContext): Promise<Outcome> {
  const { options, scratch, note, signal } = context
  const count = options.count('worktrees', WORKTREES)
  note('Making the repository and its worktrees.')
  const shape = {
    files: options.count('files', FILES),
    folders: options.count('folders', FOLDERS),
    areas: WORKTREES,
  }
  const repository = await folderedRepository(join(scratch.path, 'repo'), shape)
  const sessions = await makeWorktrees(repository, { count, within: join(scratch.path, 'trees'), signal })
  const parts: Outcome[] = []
  for (const kind of RUNS.filter((one) => (options.text('only') ?? one) === one)) {
    note(`Watching ${count} worktrees (${kind}).`)
    parts.push(await measured(context, { kind, repository, sessions }))
  }
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    details: parts.flatMap(({ details }) => details ?? []),
    ok: parts.every(({ ok }) => ok),
  }
}

interface Watched {
  readonly kind: Kind
  readonly repository: FolderedRepository
  readonly sessions: LoggedRun['sessions']
}

async function measured(context: BenchContext, { kind, repository, sessions }: Watched): Promise<Outcome> {
  const { options, scratch, note, signal } = context
  const database = join(scratch.path, `${kind}.db`)
  using store = openStore(database)
  writeRadarLog(store, { base: repository.base, sessions, level: kind === 'open' ? 'guarded' : 'enforced' })
  const budget = kind === 'few' ? options.count('budget', FEW_WATCHES) : null
  const began = performance.now()
  const labels = sessions.map((_session, index) => radarLabel(index))
  await using radar = await WatchedRadar.start(repository.path, database, { labels, budget })
  const startS = (performance.now() - began) / 1_000
  await delay(SETTLE_MS, undefined, { signal })
  const { instances, watches } = await kernelWatches(radar.pid)
  note(`Ready after ${startS.toFixed(1)} s with ${watches} watches; measuring the quiet radar.`)
  const { rssMb } = await sample(radar.pid)
  const quiet = await quietCpu(radar.pid, options.count('seconds', 60), signal)
  note('Timing changes of every kind.')
  const stage: Stage = { radar, repository, sessions, signal }
  const times = await measureChanges(stage, options.count('rounds', 20), kind)
  note('Saving in bursts.')
  radar.withoutRounds()
  const saved = await saveMany(stage, options.count('saves', SAVES))
  const flooded = await flood(stage)
  const after = await sample(radar.pid)
  const limit = await machineLimit()
  const name = (figure: string): string => (kind === 'boxed' ? figure : `${kind}_${figure}`)
  const figures: Record<string, Figure> = {
    [name('watch_cpu_percent')]: rounded(quiet, 2),
    [name('watch_handles')]: watches,
    [name('watch_handles_share')]: rounded(watches / limit, 3),
    [name('watch_instances')]: instances,
    [name(`lost_of_${saved.saves}`)]: saved.lost,
    [name('known_after_s')]: rounded(saved.knownAfterS, 1),
    [name('flood_saves')]: flooded.saves,
    [name('flood_lost')]: flooded.lost,
    [name('flood_known_after_s')]: rounded(flooded.knownAfterS, 1),
    [name('overflows')]: flooded.overflows,
    [name('rss_mb')]: rounded(rssMb, 0),
    [name('rss_after_saves_mb')]: rounded(after.rssMb, 0),
    [name('start_s')]: rounded(startS, 1),
  }
  const all = [...times.values()].flat()
  const prefix = kind === 'boxed' ? 'noticed' : kind === 'few' ? 'noticed_beyond_budget' : 'open_noticed'
  figures[`${prefix}_p95_ms`] = rounded(p95(all), 0)
  figures[`${prefix}_max_ms`] = rounded(Math.max(...all), 0)
  const details = [...times].map(
    ([what, one]) =>
      `${kind}: ${what}: median ${median(one).toFixed(0)} ms, p95 ${p95(one).toFixed(0)} ms of ${one.length}`,
  )
  return { figures, details, ok: saved.lost + flooded.lost === 0 && all.every((ms) => Number.isFinite(ms)) }
}

async function quietCpu(pid: number, seconds: number, signal: AbortSignal): Promise<number> {
  const used = async (): Promise<number> => (await sample(pid)).cpuMs + (await childrenMs(pid))
  const [before, from] = [await used(), performance.now()]
  await delay(seconds * 1_000, undefined, { signal })
  return (((await used()) - before) / (performance.now() - from)) * 100
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN
}

async function machineLimit(): Promise<number> {
  if (process.platform !== 'linux') return Number.NaN
  return Number(await readFile('/proc/sys/fs/inotify/max_user_watches', 'utf8'))
}
