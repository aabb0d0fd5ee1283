// What it costs to know a repository: nothing known before, everything known, and ten files newer than what is known. On
// mirrors, and on a generated repository that is larger than most. Every look is a process of its own.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { git, removeTree } from '../scratch.ts'
import { median, rounded } from '../statistics.ts'
import { largeRepository } from './large.ts'
import { compareWithParser } from './parser.ts'

const exec = promisify(execFile)
const LOOK = fileURLToPath(new URL('./look.ts', import.meta.url))
const FILES = 80_000
const ROUNDS = 3
/** For a repository of about 20,000 files. */
const COLD_GOAL_S = 5
const WARM_GOAL_S = 0.5

export const bench: Bench = {
  options: [
    { flags: '--mirror <dir>', summary: 'a repository to look at; several separated by commas' },
    { flags: '--files <n>', summary: `files of the generated repository; default ${FILES}` },
    { flags: '--parser', summary: 'compare the scanner of imports with a parser on the mirrors' },
    { flags: '--rounds <n>', summary: `looks of each kind; default ${ROUNDS}` },
  ],
  goals: { cold_s: COLD_GOAL_S, warm_s: WARM_GOAL_S },
  run,
}

interface Look {
  readonly seconds: number
  readonly rssMb: number
  readonly files: number
  readonly imports: number
  readonly together: number
}

interface Costs {
  readonly cold: number
  readonly warm: number
  readonly incremental: number
  readonly rss: number
  readonly look: Look
}

async function run({ options, scratch, note, signal }: BenchContext): Promise<Outcome> {
  const rounds = options.count('rounds', ROUNDS)
  const figures: Record<string, Figure> = {}
  const details: string[] = []
  for (const mirror of (options.text('mirror') ?? '').split(',').filter((one) => one !== '')) {
    note(`Looking at ${mirror}.`)
    const name = nameOf(mirror)
    const prefix = options.text('mirror')?.includes(',') === true ? `${name}_` : ''
    const older = await git(mirror, 'rev-parse', 'HEAD~10')
    const costs = await costsOf(mirror, { older, cache: join(scratch.path, `cache-${name}`), rounds, signal })
    details.push(lineOf(name, costs))
    Object.assign(figures, figuresOf(costs, prefix))
    if (!options.flag('parser')) continue
    const { differing, ...compared } = await compareWithParser(mirror)
    details.push(...differing.map((line) => `  ${line}`))
    for (const [figure, value] of Object.entries({ ...compared, differing: differing.length }))
      figures[`${prefix}parser_${figure}`] = value
  }
  const files = options.count('files', FILES)
  note(`Making a repository of ${files} files.`)
  const large = await largeRepository(join(scratch.path, 'large'), files)
  const costs = await costsOf(large, {
    older: 'HEAD~1',
    cache: join(scratch.path, 'cache-large'),
    rounds,
    signal,
  })
  details.push(lineOf('generated', costs))
  Object.assign(figures, figuresOf(costs, 'generated_'))
  return { figures, details, ok: costs.look.files >= files }
}

interface Play {
  /** A commit about ten files older. */
  readonly older: string
  readonly cache: string
  readonly rounds: number
  readonly signal: AbortSignal
}

async function costsOf(root: string, { older, cache, rounds, signal }: Play): Promise<Costs> {
  const looks: { cold: Look[]; warm: Look[]; incremental: Look[] } = { cold: [], warm: [], incremental: [] }
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted()
    await removeTree(cache)
    looks.cold.push(await look(root, 'HEAD', cache))
    looks.warm.push(await look(root, 'HEAD', cache))
    await removeTree(cache)
    await look(root, older, cache)
    looks.incremental.push(await look(root, 'HEAD', cache))
  }
  const [first] = looks.cold
  if (first === undefined) throw new Error('At least one round is needed.')
  const seconds = (of: readonly Look[]): number => rounded(median(of.map((one) => one.seconds)), 2)
  return {
    cold: seconds(looks.cold),
    warm: seconds(looks.warm),
    incremental: seconds(looks.incremental),
    rss: Math.max(...Object.values(looks).flatMap((some) => some.map(({ rssMb }) => rssMb))),
    look: first,
  }
}

async function look(root: string, commit: string, cache: string): Promise<Look> {
  const { stdout } = await exec(process.execPath, [LOOK, root, commit, cache])
  return JSON.parse(stdout)
}

function figuresOf({ cold, warm, incremental, rss }: Costs, prefix: string): Record<string, Figure> {
  return {
    [`${prefix}cold_s`]: cold,
    [`${prefix}warm_s`]: warm,
    [`${prefix}incremental_s`]: incremental,
    [`${prefix}rss_mb`]: rss,
  }
}

function lineOf(name: string, { cold, warm, incremental, rss, look }: Costs): string {
  const { files, imports, together } = look
  return `${name}: ${files} files, ${imports} imports, ${together} pairs; cold ${cold} s, warm ${warm} s, ten files newer ${incremental} s, ${rss} MB`
}

function nameOf(mirror: string): string {
  const parts = mirror.split('/').filter((part) => part !== '' && part !== 'repo' && part !== '.git')
  return (parts.at(-1) ?? 'mirror').replaceAll(/\W+/g, '-')
}
