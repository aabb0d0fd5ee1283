// The demo under kill -9, as often as asked for: the daemon, an agent or both, at random points, and now and then the
// command that was called as well. The same command must bring the same result, and leave nothing behind.
import { join } from 'node:path'
import { seeded } from '../test/scope/random.ts'
import {
  crashPoints,
  differences,
  playDemo,
  type CrashPoint,
  type DemoOptions,
  type DemoResult,
  type DemoRun,
} from '../test/support/crash.ts'
import type { Bench, BenchContext, Outcome } from './bench.ts'
import { PROGRAM } from './quintet.ts'
import { removeTree } from './scratch.ts'
import { median, rounded } from './statistics.ts'

export const bench: Bench = {
  options: [
    { flags: '--points <n>', summary: 'how often something is killed; default 20' },
    { flags: '--seed <n>', summary: 'of the random points; default 1' },
    { flags: '--point <n>', summary: 'only this one of the points, to look at it again' },
    { flags: '--pauses <percent>', summary: 'length of the pauses in the scripts; default 25' },
  ],
  goals: { failures: 0, orphans: 0 },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const { options, note, scratch } = context
  const reference = await playDemo({ ...demoOptions(context), folder: join(scratch.path, 'undisturbed') })
  const wrong = differences(reference.result, reference.result)
  if (wrong.length > 0)
    throw new Error(`The undisturbed demo fails: ${wrong.join('; ')}.\n${reference.stderr}`)
  note(`Undisturbed: ${seconds(reference)} s, ${reference.events} events.`)
  const points = crashPoints(seeded(options.count('seed', 1)), options.count('points', 20), reference.events)
  const only = options.text('point') === undefined ? null : options.count('point', 1)
  const plays: Play[] = []
  for (const [index, point] of points.entries()) {
    if (only !== null && only !== index + 1) continue
    const play = await playPoint(context, { n: index + 1, point, reference: reference.result })
    note(playLine(play))
    for (const problem of play.problems) note(`    ${problem}`)
    plays.push(play)
  }
  return outcome(plays, reference)
}

function demoOptions({ options, signal }: BenchContext): Omit<DemoOptions, 'folder'> {
  return { program: PROGRAM, speed: options.count('pauses', 25) / 100, signal }
}

interface Play {
  readonly n: number
  readonly point: CrashPoint
  readonly run: DemoRun
  readonly problems: readonly string[]
}

interface Asked {
  readonly n: number
  readonly point: CrashPoint
  readonly reference: DemoResult
}

/** Plays a point. One that finds nothing to kill any more is moved towards the beginning and played again. */
async function playPoint(context: BenchContext, { n, point, reference }: Asked): Promise<Play> {
  const folder = join(context.scratch.path, `point-${n}-event-${point.event}`)
  const run = await playDemo({ ...demoOptions(context), folder, point })
  const problems = differences(run.result, reference)
  if (problems.length === 0) await removeTree(folder)
  if (run.killed.length > 0 || problems.length > 0 || point.event < 2) return { n, point, run, problems }
  const earlier = { ...point, event: Math.floor(point.event * 0.8) }
  return await playPoint(context, { n, point: earlier, reference })
}

function playLine({ n, point, run, problems }: Play): string {
  const when = `at event ${point.event} + ${point.delayMs} ms`
  const calls = run.calls === 1 ? 'one call' : `${run.calls} calls`
  const what = problems.length === 0 ? 'the same result' : 'DIFFERENT'
  return `Point ${n}: killed ${run.killed.join(', ')} ${when}; ${calls}, ${seconds(run)} s, ${what}.`
}

function outcome(plays: readonly Play[], reference: DemoRun): Outcome {
  const failures = plays.filter(({ problems }) => problems.length > 0)
  const killed = (what: string): number => plays.filter(({ run }) => run.killed.includes(what)).length
  const orphans = plays.flatMap(({ run }) => run.result.left).filter((left) => left.startsWith('process '))
  return {
    figures: {
      points: plays.length,
      killed_daemon: killed('daemon'),
      killed_agent: killed('agent'),
      killed_command: killed('command'),
      failures: failures.length,
      orphans: orphans.length,
      undisturbed_s: seconds(reference),
      disturbed_s:
        plays.length === 0 ? null : rounded(median(plays.map(({ run }) => run.durationMs / 1_000)), 1),
    },
    details: plays.flatMap((play) => [playLine(play), ...play.problems.map((problem) => `    ${problem}`)]),
    ok: failures.length === 0 && plays.length > 0,
  }
}

function seconds({ durationMs }: DemoRun): number {
  return rounded(durationMs / 1_000, 1)
}
