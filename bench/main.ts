// `npm run bench -- <name> [--json] [options]`: runs one benchmark and prints its figures; without a name, what there
// is. Narration goes to standard error, figures to standard output.
import { parseArgs } from 'node:util'
import type { Bench, BenchOptions } from './bench.ts'
import { jsonLine, listLines, tableLines } from './report.ts'
import { scratchFolder } from './scratch.ts'

interface Entry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ readonly bench: Bench }>
}

const BENCHES: readonly Entry[] = [
  {
    name: 'workspace',
    summary: 'set-up, claim and release of sessions, beside plain git, package managers and other programs',
    load: () => import('./workspace/bench.ts'),
  },
  {
    name: 'workspace-stress',
    summary: 'fifty sessions prepared and released at once by three processes, also under kill -9',
    load: () => import('./workspace/stress.ts'),
  },
  {
    name: 'cli',
    summary: 'start of the commands and of the engine, and the daemon with five idle sessions',
    load: () => import('./cli/bench.ts'),
  },
  {
    name: 'webpack',
    summary: '147 real pull requests replayed by five sessions, and what of them landed',
    load: () => import('./webpack/bench.ts'),
  },
  {
    name: 'scope',
    summary: 'what ownership costs: boxes, hooks and look-ups',
    load: () => import('./scope/bench.ts'),
  },
  {
    name: 'queue',
    summary: 'the merge queue on simulated branches and on 147 real ones',
    load: () => import('./queue/bench.ts'),
  },
  {
    name: 'radar',
    summary: 'the conflict radar: all pairs of 50 branches, one saved file, and what it costs to watch',
    load: () => import('./radar/bench.ts'),
  },
  {
    name: 'watch',
    summary: '20 worktrees of 27,000 files under watch: cost, handles, delay, and changes that are lost',
    load: () => import('./watch/bench.ts'),
  },
  {
    name: 'radar-accuracy',
    summary: 'the forecast of 3,596 historical merges against the verdict of git',
    load: () => import('./radar/accuracy.ts'),
  },
  {
    name: 'semantic',
    summary: 'which breaks between cleanly merging branches the semantic warning names',
    load: () => import('./semantic.ts'),
  },
  {
    name: 'health',
    summary:
      'symptoms of a degrading session: false alarms, injected loops, delay, cost, beside published rules',
    load: () => import('./health/bench.ts'),
  },
  {
    name: 'plan',
    summary: 'suggested plans against what really changed afterwards, beside three baselines',
    load: () => import('./plan/bench.ts'),
  },
  {
    name: 'plan-facts',
    summary: 'what it costs to know a repository: mirrors, and a generated one of 80,000 files',
    load: () => import('./plan/facts.ts'),
  },
  {
    name: 'plan-forecast',
    summary: 'which pairs of folders were foreseen to change a file in common, and which did',
    load: () => import('./plan/forecast.ts'),
  },
  {
    name: 'agents',
    summary: 'real agents supervised at once: the daemon beside them, and their starts beside starts by hand',
    load: () => import('./agents/bench.ts'),
  },
  {
    name: 'crash',
    summary: 'the demo under kill -9 at random points',
    load: () => import('./crash.ts'),
  },
]

const COMMON = { json: { type: 'boolean' }, keep: { type: 'boolean' } } as const

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...argv]: readonly string[]): Promise<number> {
  const entry = BENCHES.find((candidate) => candidate.name === name)
  if (entry !== undefined) return await play(entry, argv)
  if (name !== undefined && name !== '--help') {
    process.stderr.write(`There is no benchmark ${name}.\n`)
    await list(process.stderr)
    return 2
  }
  await list(process.stdout)
  return 0
}

async function list(stream: NodeJS.WriteStream): Promise<void> {
  const benches = BENCHES.map(async ({ load, ...entry }) => ({
    ...entry,
    options: (await load()).bench.options,
  }))
  stream.write(`${listLines(await Promise.all(benches)).join('\n')}\n`)
}

async function play({ name, load }: Entry, argv: readonly string[]): Promise<number> {
  const { bench } = await load()
  const { values } = parseArgs({ args: [...argv], options: { ...parseOptions(bench), ...COMMON } })
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Error(`Interrupted by ${name}.`)))
  }
  await using scratch = await scratchFolder(values['keep'] === true)
  if (values['keep'] === true) process.stderr.write(`Everything is left in ${scratch.path}.\n`)
  try {
    const outcome = await bench.run({
      options: optionsOf(values),
      scratch,
      note: (line) => process.stderr.write(`${line}\n`),
      signal: controller.signal,
    })
    const lines = values['json'] === true ? [jsonLine(name, outcome)] : tableLines(outcome, bench)
    process.stdout.write(`${lines.join('\n')}\n`)
    return outcome.ok ? 0 : 1
  } catch (error) {
    const debug = (process.env['QUINTET_DEBUG'] ?? '') !== ''
    const text = error instanceof Error ? (debug ? error.stack : error.message) : String(error)
    process.stderr.write(`${text ?? 'Unknown failure.'}\n`)
    return 1
  }
}

function parseOptions({ options }: Bench): Record<string, { type: 'string' | 'boolean' }> {
  return Object.fromEntries(
    options.map(({ flags }) => {
      const [option = '', value] = flags.split(' ')
      return [option.slice(2), { type: value === undefined ? ('boolean' as const) : ('string' as const) }]
    }),
  )
}

function optionsOf(values: Readonly<Record<string, unknown>>): BenchOptions {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    text,
    flag: (name) => values[name] === true,
    count: (name, fallback) => {
      const given = text(name) ?? String(fallback)
      if (!/^[1-9]\d*$/.test(given))
        throw new Error(`--${name} takes a whole number from 1 on, not ${given}.`)
      return Number(given)
    },
  }
}
