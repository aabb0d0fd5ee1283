// 147 real pull requests by 35 people, replayed by five scripted sessions in live worktrees: what the gate finds, what
// lands, and what does not and why.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'smol-toml'
import { ignoring } from '../../src/contract/errors.ts'
import { type FactData, parseFact } from '../../src/contract/facts.ts'
import { readLog } from '../../src/daemon/projection/read.ts'
import { openRepository } from '../../src/git/repository.ts'
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { answered, quintet, type CallOptions } from '../quintet.ts'
import { git } from '../scratch.ts'
import { commandWords, loadCase, type Case, type CaseBranch } from './case.ts'
import { areaScript, branchesOf, pieceOf, webpackPlan } from './plan.ts'
import {
  branchCommits,
  commitsBetween,
  prepareRepository,
  requireMaterial,
  standInForYarn,
  unionTree,
} from './repository.ts'
import { flagged, gateScore, historyOf, type Flagged, type OutOfScope } from './verdict.ts'

const PLAN = 'webpack'
/** Tests of 2017 that depend on the load of the machine: now and then they fail on the base as well. */
const UNSTEADY = ['-g', 'Compiler \\(caching\\)', '-i']
const SYNTAX = fileURLToPath(new URL('syntax.mjs', import.meta.url))
/** Exit code of a run that only the operator can move. */
const NEEDS_OPERATOR = 6
const STOP_MS = 60_000

export const bench: Bench = {
  options: [
    { flags: '--mirror <git dir>', summary: 'mirror clone of webpack/webpack; needed' },
    {
      flags: '--cases <folder>',
      summary: 'folder of prepare.mjs; default: ../shared/tools/cases beside the checkout',
    },
    {
      flags: '--case <file>',
      summary: 'the case; default: ../../data/cases/webpack-es6-2017/case.json from there',
    },
    { flags: '--sessions <n>', summary: 'sessions at the same time; default 5' },
    { flags: '--full', summary: 'install the dependencies and run the whole test suite on the union' },
    { flags: '--node <program>', summary: 'Node for the test suite; it was measured with 20.20.2' },
    { flags: '--minutes <n>', summary: 'after this time the run is given up; default 60' },
  ],
  goals: { flagged_wrongly: 0, not_flagged: 0 },
  run,
}

interface Stage {
  readonly spec: Case
  readonly path: string
  readonly base: string
  readonly commitOf: (branch: string) => string
  /** Branches that the operator has handed back after a red union. */
  readonly culprits: readonly string[]
  readonly call: CallOptions
}

async function run(context: BenchContext): Promise<Outcome> {
  const stage = await prepareStage(context)
  const started = performance.now()
  try {
    const exitCode = await play(stage, context)
    const seconds = Math.round((performance.now() - started) / 1_000)
    return await report(stage, { exitCode, seconds })
  } finally {
    await answered(stage.path, ['stop'], { ...stage.call, signal: AbortSignal.timeout(STOP_MS) })
  }
}

async function prepareStage({ options, scratch, note, signal }: BenchContext): Promise<Stage> {
  const material = requireMaterial(options)
  const spec = await loadCase(material.caseFile)
  const path = join(scratch.path, 'webpack')
  note('Building the repository of the case.')
  await prepareRepository(path, material)
  const full = options.flag('full')
  const commitOf = await branchCommits(path)
  const culprits = full ? (spec.truth.largestGreenSets.find(({ reinstall }) => reinstall)?.without ?? []) : []
  const base = await git(path, 'rev-parse', 'main')
  const syntax = { name: 'syntax', run: [process.execPath, SYNTAX, base], timeout_seconds: 120 }
  const [, ...testWords] = commandWords(spec.tests.command)
  const tests = {
    name: 'tests',
    run: [options.text('node') ?? 'node', ...testWords, ...UNSTEADY],
    timeout_seconds: 1_800,
  }
  const script = (piece: string): string => `.quintet/scripts/${piece}.json`
  const plan = webpackPlan({
    spec,
    sessions: options.count('sessions', 5),
    script,
    checks: [syntax],
    integrationChecks: full ? [syntax, tests] : [syntax],
  })
  await write(join(path, `.quintet/plans/${PLAN}.toml`), stringify(plan))
  for (const area of Object.keys(spec.areas)) {
    const steps = areaScript({ spec, area, commitOf, culprits })
    await write(join(path, script(pieceOf(area))), JSON.stringify(steps, null, 2))
  }
  const env = await standInForYarn(join(scratch.path, 'bin'), { install: full, spec })
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.count('minutes', 60) * 60_000)])
  return { spec, path, base, commitOf, culprits, call: { env, onLine: note, signal: limit } }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** Plays the run to its end. A red union is answered as an operator would: the culprits go back to their sessions. */
async function play({ spec, path, culprits, call }: Stage, { note }: BenchContext): Promise<number | null> {
  const first = await quintet(path, ['run', PLAN, '--no-wait'], call)
  if (first.exitCode !== NEEDS_OPERATOR || culprits.length === 0) return first.exitCode
  for (const area of Object.keys(spec.areas)) {
    const back = branchesOf(spec, area).filter(({ branch }) => culprits.includes(branch))
    if (back.length === 0) continue
    const names = back.map(({ branch, title }) => `${branch} (${title})`).join(', ')
    note(`The union is red: ${pieceOf(area)} is told to take back ${names}.`)
    await answered(path, ['session', 'retry', pieceOf(area), `The union is red: take back ${names}.`], call)
  }
  return (await quintet(path, ['run', PLAN, '--no-wait'], call)).exitCode
}

interface Played {
  readonly exitCode: number | null
  readonly seconds: number
}

async function report(stage: Stage, { exitCode, seconds }: Played): Promise<Outcome> {
  const { spec, path, base, commitOf } = stage
  const log = await readFacts(path)
  const found = flagged(spec, log.outOfScope)
  const score = gateScore(spec, found)
  const tips = await git(path, 'for-each-ref', '--format=%(refname)', 'refs/heads/quintet')
  const tried = await commitsOf(stage, [...tips.split('\n').filter((ref) => ref !== ''), 'main'])
  const { replayed } = historyOf(spec, tried)
  const { kept: landed } = historyOf(spec, await commitsBetween(path, base, 'main'))
  const expected = await unionTree(path, base, { branches: landed, commitOf })
  const sameTree = expected === (await git(path, 'rev-parse', 'main^{tree}'))
  const ok =
    exitCode === 0 &&
    sameTree &&
    score.wrong.length + score.missed.length === 0 &&
    replayed.length === spec.branches.length
  return {
    figures: {
      pull_requests: spec.branches.length,
      replayed: replayed.length,
      flagged: found.length,
      flagged_wrongly: score.wrong.length,
      not_flagged: score.missed.length,
      landed: landed.length,
      target_as_expected: sameTree,
      integrations: log.ended,
      exit_code: exitCode,
      seconds,
    },
    details: [
      ...areaLines(spec, { found, landed: new Set(landed.map(({ branch }) => branch)) }),
      '',
      'Left out:',
      ...leftOutLines(stage, { found, replayed: names(replayed), landed: names(landed) }),
      ...log.integrations.map((line) => `Integration: ${line}`),
    ],
    ok,
  }
}

async function commitsOf({ path, base }: Stage, refs: readonly string[]): ReturnType<typeof commitsBetween> {
  return (await Promise.all(refs.map((ref) => commitsBetween(path, base, ref)))).flat()
}

const names = (branches: readonly CaseBranch[]): ReadonlySet<string> =>
  new Set(branches.map(({ branch }) => branch))

interface RunLog {
  readonly outOfScope: OutOfScope
  /** How many integrations came to an end. */
  readonly ended: number
  /** One line for each of them, and for every red check. */
  readonly integrations: readonly string[]
}

async function readFacts(path: string): Promise<RunLog> {
  const outOfScope: Record<string, string[]> = {}
  const integrations: string[] = []
  let ended = 0
  for (const event of readLog(await openRepository(path), {})) {
    const fact = parseFact(event.type, event.data)
    if (fact?.type === 'integration.landed' || fact?.type === 'integration.stopped') ended += 1
    const piece = /\/session\/(.+)$/.exec(event.stream)?.[1] ?? ''
    if (fact?.type === 'evidence.gathered') (outOfScope[piece] ??= []).push(...paths(fact.data))
    else if (fact?.type === 'integration.landed') integrations.push(`landed ${fact.data.pieces.join(', ')}`)
    else if (fact?.type === 'integration.stopped') integrations.push(fact.data.reason)
    else if (fact?.type === 'integration.checked' && !fact.data.green)
      integrations.push(await redLine(fact.data))
  }
  return { outOfScope, ended, integrations }
}

const paths = ({ outOfScope }: FactData<'evidence.gathered'>): string[] => outOfScope.map(({ path }) => path)

/** Mocha numbers the failing tests at the end of its output. */
async function redLine({ name, log }: FactData<'integration.checked'>): Promise<string> {
  const output = (await ignoring(['ENOENT'], readFile(log, 'utf8'))) ?? ''
  const failing = [...output.matchAll(/^ {2}\d+\) (.+?):?$/gm)].map(([, test]) => test)
  return `red: ${name}${failing.length === 0 ? '' : `: ${[...new Set(failing)].join('; ')}`}`
}

function areaLines(
  spec: Case,
  { found, landed }: { readonly found: readonly Flagged[]; readonly landed: ReadonlySet<string> },
): string[] {
  return Object.entries(spec.areas).map(([area, { label }]) => {
    const branches = branchesOf(spec, area)
    const flags = found.filter(({ branch }) => branch.area === area).length
    const inTarget = branches.filter(({ branch }) => landed.has(branch)).length
    return `${area}  ${label}: ${branches.length} pull requests, ${flags} outside the scope, ${inTarget} landed`
  })
}

interface Fates {
  readonly found: readonly Flagged[]
  readonly replayed: ReadonlySet<string>
  readonly landed: ReadonlySet<string>
}

function leftOutLines({ spec, culprits }: Stage, { found, replayed, landed }: Fates): string[] {
  const reason = (branch: string): string => {
    const files = found.find((flag) => flag.branch.branch === branch)?.files
    if (!replayed.has(branch)) return 'its diff could not be applied'
    if (files !== undefined)
      return `reaches into another area: ${files.slice(0, 3).join(', ')}${more(files.length - 3)}`
    return culprits.includes(branch) ? 'handed back after a red union' : 'its session has not landed'
  }
  return spec.branches
    .filter(({ branch }) => !landed.has(branch))
    .map(({ branch, area, title }) => `  ${branch} (${area}) ${title}: ${reason(branch)}`)
}

const more = (count: number): string => (count > 0 ? ` and ${count} more` : '')
