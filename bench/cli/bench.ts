// What every call costs before it does anything, and what the daemon costs while nothing happens.
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { interleaved, type Side } from '../interleave.ts'
import { answered, PROGRAM } from '../quintet.ts'
import { median, ratio, rounded, spread } from '../statistics.ts'
import { measureIdle } from './idle.ts'
import { finishing, makeFiveSessions } from './sessions.ts'

const FIRST_STEP = fileURLToPath(new URL('first-step.mjs', import.meta.url))

export const bench: Bench = {
  options: [
    { flags: '--rounds <n>', summary: 'starts of each program; default 25' },
    { flags: '--seconds <n>', summary: 'how long the idle daemon is measured; default 30' },
    { flags: '--no-idle', summary: 'only the starts' },
  ],
  goals: { version_ratio: 2, status_ratio: 4, first_step_ratio: 4, idle_cpu_percent: 0.5, idle_rss_mb: 90 },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const starts = await measureStarts(context)
  if (context.options.flag('no-idle')) return { ...starts, ok: true }
  const idle = await measureIdle(context, context.options.count('seconds', 30))
  return {
    figures: {
      ...starts.figures,
      idle_cpu_percent: rounded(idle.cpuPercent, 2),
      idle_rss_mb: rounded(idle.rssMb, 1),
    },
    details: starts.details,
    ok: true,
  }
}

interface Starts {
  readonly figures: Readonly<Record<string, Figure>>
  readonly details: readonly string[]
}

async function measureStarts(context: BenchContext): Promise<Starts> {
  const { options, scratch, note, signal } = context
  const repository = join(scratch.path, 'finished')
  await makeFiveSessions(repository, finishing)
  note('Playing a run of five sessions to its end.')
  await answered(repository, ['run', 'five'], { signal })
  await answered(repository, ['stop'], { signal })
  await mkdir(join(scratch.path, 'engines'))
  let engines = 0
  const state = (): string => join(scratch.path, 'engines', `${(engines += 1)}.db`)
  const times = await interleaved(
    [
      start('node', repository, () => ['-e', '0']),
      start('version', repository, () => [PROGRAM, '--version']),
      start('status', repository, () => [PROGRAM, 'status']),
      start('first_step', repository, () => [FIRST_STEP, state()]),
    ],
    // The first two starts fill Node's compile cache.
    { rounds: options.count('rounds', 25), warmUps: 2, signal },
  )
  const names = ['version', 'status', 'first_step'] as const
  return {
    figures: Object.fromEntries([
      ...names.map((name) => [`${name}_ratio`, ratio(times(name), times('node'))]),
      ...['node', ...names].map((name) => [`${name}_ms`, rounded(median(times(name)), 1)]),
    ]),
    details: ['node', ...names].map((name) => `${name}: ${spread(times(name))}`),
  }
}

/** A program of Node, started and waited for. */
function start(name: string, cwd: string, args: () => readonly string[]): Side {
  return {
    name,
    run: () => {
      const { status, stderr } = spawnSync(process.execPath, args(), {
        cwd,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      if (status !== 0) throw new Error(`${name} ended with ${String(status)}: ${stderr.toString().trim()}`)
      return Promise.resolve()
    },
  }
}
