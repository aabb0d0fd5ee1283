// How many breaks that git cannot see the semantic warning names: pairs of real branches that merge cleanly and whose sum
// is wrong (agentconflictbench), and, for silence, all pairs of 147 pull requests that go together but for one.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import type { SemanticSide } from '../src/integration/semantic/facts.ts'
import { semanticSide } from '../src/integration/semantic/sides.ts'
import { semanticWarnings, type SemanticWarning } from '../src/integration/semantic/warnings.ts'
import type { Bench, BenchContext, BenchOptions, Outcome } from './bench.ts'
import { rounded } from './statistics.ts'

const exec = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const bench: Bench = {
  options: [
    { flags: '--mirrors <folder>', summary: 'mirrors as <owner>+<name>/repo; default ../.mirror' },
    { flags: '--cases <folder>', summary: 'evaluation cases; default ../shared/data/cases' },
    { flags: '--tools <folder>', summary: 'folder of prepare.mjs; default ../shared/tools/cases' },
  ],
  goals: { control_warnings: 0, unrelated_pairs_broken_share: 0.003 },
  run,
}

const CaseFile = v.object({
  repository: v.string(),
  patches: v.optional(v.object({ repository: v.string() })),
  instances: v.optional(v.array(v.object({ id: v.string(), compositionExpected: v.string() })), []),
})

async function run({ options, scratch, note }: BenchContext): Promise<Outcome> {
  const details: string[] = []
  const pairs = await prepared('agentconflictbench-commander', options, scratch.path)
  const named = { broken: 0, behaviour: 0 }
  const breaks = pairs.instances.filter(({ compositionExpected }) => compositionExpected === 'fail')
  let control = 0
  for (const { id, compositionExpected } of pairs.instances) {
    const [a, b] = await sidesOf(pairs.path, [`${id}/a`, `${id}/b`])
    const warnings = a === undefined || b === undefined ? [] : semanticWarnings(a, b)
    if (compositionExpected === 'pass') control += warnings.length
    else if (warnings.some(isBroken)) named.broken += 1
    else if (warnings.length > 0) named.behaviour += 1
    details.push(`${id}: ${warnings.map(({ kind, symbol }) => `${kind} ${symbol}`).join(', ') || 'nothing'}`)
  }
  note('147 pull requests: every pair of them.')
  const many = await prepared('webpack-es6-2017', options, scratch.path)
  const silence = await everyPair(many.path)
  return {
    figures: {
      breaks: breaks.length,
      named_broken: named.broken,
      named_behaviour: named.behaviour,
      control_warnings: control,
      ...silence,
    },
    details,
    ok: true,
  }
}

async function everyPair(path: string): Promise<Readonly<Record<string, number>>> {
  const branches = Array.from({ length: 147 }, (_, index) => `pr/${String(index).padStart(3, '0')}`)
  const started = performance.now()
  const sides = await sidesOf(path, branches)
  const read = performance.now()
  const count = { pairs: 0, broken: 0, behaviour: 0 }
  for (const [index, a] of sides.entries()) {
    for (const b of sides.slice(index + 1)) {
      const warnings = semanticWarnings(a, b)
      count.pairs += 1
      if (warnings.some(isBroken)) count.broken += 1
      else if (warnings.length > 0) count.behaviour += 1
    }
  }
  return {
    unrelated_pairs: count.pairs,
    unrelated_pairs_broken: count.broken,
    unrelated_pairs_broken_share: rounded(count.broken / count.pairs, 5),
    unrelated_pairs_behaviour_share: rounded(count.behaviour / count.pairs, 5),
    read_ms_per_branch: rounded((read - started) / branches.length, 1),
    compare_ms_per_pair: rounded((performance.now() - read) / count.pairs, 3),
  }
}

function isBroken({ kind }: SemanticWarning): boolean {
  return kind !== 'behaviour'
}

async function sidesOf(path: string, branches: readonly string[]): Promise<readonly SemanticSide[]> {
  const [base = '', ...tips] = await commits(path, ['main', ...branches])
  const sides: SemanticSide[] = []
  for (const [index, tip] of tips.entries())
    sides.push(await semanticSide(path, { session: branches[index] ?? '', base, tip }))
  return sides
}

async function commits(cwd: string, names: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await exec('git', ['rev-parse', ...names.map((name) => `${name}^{commit}`)], { cwd })
  return stdout.trim().split('\n')
}

/** The repository of a case, made anew. */
async function prepared(
  name: string,
  options: BenchOptions,
  scratch: string,
): Promise<{ readonly path: string; readonly instances: v.InferOutput<typeof CaseFile>['instances'] }> {
  const file = join(resolve(options.text('cases') ?? join(ROOT, 'shared/data/cases')), name, 'case.json')
  const tool = join(resolve(options.text('tools') ?? join(ROOT, 'shared/tools/cases')), 'prepare.mjs')
  const mirrors = resolve(options.text('mirrors') ?? join(ROOT, '.mirror'))
  const mirror = (repository: string): string => join(mirrors, repository.replace('/', '+'), 'repo')
  if (!existsSync(file)) throw new Error(`There is no ${file}: name the evaluation cases with --cases.`)
  const spec = v.parse(v.pipe(v.string(), v.parseJson(), CaseFile), await readFile(file, 'utf8'))
  const path = join(scratch, name)
  const patches = spec.patches === undefined ? [] : ['--patches', mirror(spec.patches.repository)]
  const place = ['--mirror', mirror(spec.repository), ...patches, '--case', file, '--out', path]
  await exec(process.execPath, [tool, ...place])
  return { path, instances: spec.instances }
}
