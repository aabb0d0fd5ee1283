// What a session's workspace costs: its set-up beside plain git, its claim from the pool of slots, its release, and the
// whole way without a slot beside the package manager's own best and beside published programs.
import { join } from 'node:path'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { measureCold } from './cold.ts'
import { parsePeers } from './peers.ts'
import { measurePool, poolFigures } from './pool.ts'
import { startRegistry, type Registry } from './registry.ts'
import { measureSetup } from './setup.ts'

const PARTS = ['setup', 'pool', 'cold'] as const
/** 35,000 files of dependencies. */
const PACKAGES = { count: 350, filesEach: 100 }
const FILES = 2_800
const LARGE_FILES = 27_000

export const bench: Bench = {
  options: [
    { flags: '--part <name>', summary: 'only this part: setup, pool or cold' },
    { flags: '--files <n>', summary: 'set-up: only the repository of this size, 2000 or 20000' },
    { flags: '--sessions <n>', summary: 'set-up: only this many sessions, 5 or 20' },
    { flags: '--rounds <n>', summary: 'set-up: runs of each side; default 7, and 3 for 20,000 files' },
    {
      flags: '--width <n>',
      summary: 'set-up: sessions that are set up at the same time; default: as many as cores',
    },
    { flags: '--claims <n>', summary: 'pool: claims to measure; of each size; default 20' },
    { flags: '--packages <n>', summary: 'pool, cold: packages of 100 files to depend on; default 350' },
    { flags: '--cold-rounds <n>', summary: 'cold: runs of each side; default 3' },
    { flags: '--peer <name=program,…>', summary: 'cold: other programs to measure beside' },
  ],
  goals: {
    setup5_ratio: 1.3,
    setup20_ratio: 1.3,
    setup5_20k_ratio: 1.3,
    setup20_20k_ratio: 1.3,
    claim_p95_ms: 50,
    claim_27k_p95_ms: 50,
    release_p95_ms: 15,
    release_27k_p95_ms: 15,
    cold_ratio: 1.1,
    cold_ratio_pnpm: 1.1,
  },
  run,
}

interface Measured {
  readonly figures: Readonly<Record<string, Figure>>
  readonly lines: readonly string[]
}

async function run(context: BenchContext): Promise<Outcome> {
  const only = context.options.text('part')
  const parts = PARTS.filter((part) => only === undefined || part === only)
  if (parts.length === 0) throw new Error(`There is ${PARTS.join(', ')}, not ${String(only)}.`)
  const outcomes: Measured[] = []
  if (parts.includes('setup')) {
    for (const { figures, line } of await measureSetup(context)) outcomes.push({ figures, lines: [line] })
  }
  if (parts.includes('pool') || parts.includes('cold')) {
    const count = context.options.count('packages', PACKAGES.count)
    context.note(`Making ${count} packages.`)
    const made = { count, filesEach: PACKAGES.filesEach }
    await using registry = await startRegistry(join(context.scratch.path, 'registry'), made)
    withoutNpm()
    if (parts.includes('pool')) outcomes.push(...(await pools(context, registry)))
    if (parts.includes('cold')) outcomes.push(...(await colds(context, registry)))
  }
  return {
    figures: Object.assign({}, ...outcomes.map(({ figures }) => figures)),
    details: outcomes.flatMap(({ lines }) => lines),
    ok: true,
  }
}

/** What the package manager that has started the bench would tell the ones that are measured. */
function withoutNpm(): void {
  for (const name of Object.keys(process.env)) if (/^npm_/i.test(name)) delete process.env[name]
}

async function pools(context: BenchContext, registry: Registry): Promise<Measured[]> {
  const claims = context.options.count('claims', 20)
  const sizes = [
    { files: FILES, suffix: '', claims },
    { files: LARGE_FILES, suffix: '_27k', claims },
  ]
  const measured: Measured[] = []
  for (const { files, suffix, claims: wanted } of sizes) {
    const times = await measurePool(context, { files, registry, claims: wanted })
    measured.push({ figures: poolFigures(times, suffix), lines: [] })
  }
  return measured
}

async function colds(context: BenchContext, registry: Registry): Promise<Measured[]> {
  const { options } = context
  const rounds = options.count('cold-rounds', 3)
  const peers = parsePeers(options.text('peer'))
  const measured: Measured[] = []
  for (const manager of ['npm', 'pnpm'] as const) {
    const request = { files: FILES, registry, manager, rounds, peers: manager === 'npm' ? peers : [] }
    const { figures, details } = await measureCold(context, request)
    measured.push({ figures, lines: details })
  }
  return measured
}
