// Workspaces under load, for many rounds: see test/support/stress.ts. First undisturbed, then under kill -9.
import { join } from 'node:path'
import { playStress, type StressResult } from '../../test/support/stress.ts'
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { median, rounded } from '../statistics.ts'

const SHOWN = 20

export const bench: Bench = {
  options: [
    { flags: '--rounds <n>', summary: 'of each kind; default 20' },
    { flags: '--sessions <n>', summary: 'prepared and released in a round; default 50' },
    { flags: '--processes <n>', summary: 'that do it at once; default 3' },
    {
      flags: '--kills <n>',
      summary: 'processes killed at a time in the rounds of the second kind; default 2',
    },
    { flags: '--seed <n>', summary: 'of the work and of the moments to kill at; default 1' },
    { flags: '--kind <name>', summary: 'only this kind of rounds: undisturbed or killed' },
  ],
  goals: {
    failures: 0,
    orphan_branches: 0,
    port_collisions: 0,
    entries_left: 0,
    lost: 0,
    killed_failures: 0,
    killed_orphan_branches: 0,
    killed_port_collisions: 0,
    killed_entries_left: 0,
    killed_lost: 0,
  },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const only = context.options.text('kind')
  const kinds = (['undisturbed', 'killed'] as const).filter((kind) => only === undefined || kind === only)
  if (kinds.length === 0) throw new Error(`There is undisturbed and killed, not ${String(only)}.`)
  const outcomes: Outcome[] = []
  for (const kind of kinds) outcomes.push(await playKind(context, kind))
  return {
    figures: Object.assign({}, ...outcomes.map(({ figures }) => figures)),
    details: outcomes.flatMap(({ details = [] }) => details),
    ok: outcomes.every(({ ok }) => ok),
  }
}

async function playKind(context: BenchContext, kind: 'undisturbed' | 'killed'): Promise<Outcome> {
  const { options, scratch, note, signal } = context
  const result = await playStress({
    folder: join(scratch.path, kind),
    seed: options.count('seed', 1),
    rounds: options.count('rounds', 20),
    sessions: options.count('sessions', 50),
    processes: options.count('processes', 3),
    kills: kind === 'killed' ? options.count('kills', 2) : 0,
    note: (line) => note(`${kind}: ${line}`),
    signal,
  })
  return outcomeOf(result, kind === 'killed' ? 'killed_' : '')
}

function outcomeOf(result: StressResult, prefix: string): Outcome {
  const { prepared, claimed, kills, failures, orphanBranches, portCollisions, left, lost, roundMs } = result
  const wrong = [...failures, ...orphanBranches, ...portCollisions, ...left, ...lost]
  return {
    figures: {
      [`${prefix}sessions`]: prepared,
      [`${prefix}claimed`]: claimed,
      [`${prefix}kills`]: kills,
      [`${prefix}failures`]: failures.length,
      [`${prefix}orphan_branches`]: orphanBranches.length,
      [`${prefix}port_collisions`]: portCollisions.length,
      [`${prefix}entries_left`]: left.length,
      [`${prefix}lost`]: lost.length,
      [`${prefix}round_ms`]: rounded(median(roundMs), 0),
    },
    details: wrong.slice(0, SHOWN),
    ok: wrong.length === 0,
  }
}
