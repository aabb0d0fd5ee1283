// `npm run check`: every rule of this repository that a program can hold. Each step prints one line; what is wrong
// follows it. Ends with the counts, and with exit code 1 when something is wrong.
import { spawnSync } from 'node:child_process'
import { staleReference } from './generated.ts'
import { layerProblems } from './layers.ts'
import { lengthProblems } from './lengths.ts'
import { purityProblems } from './purity.ts'
import { sourceFiles } from './sources.ts'

interface Step {
  readonly name: string
  /** What is wrong, one line each. */
  readonly run: () => readonly string[]
}

const sources = sourceFiles('src')

function tool(program: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return status === 0 ? [] : `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
}

const CODE = ['src', 'test', 'scripts', 'bench', 'bin', 'vitest.config.ts']

const STEPS: readonly Step[] = [
  { name: 'format', run: () => tool('oxfmt', '--check', ...CODE) },
  { name: 'lint', run: () => tool('oxlint', '--type-aware', '--deny-warnings', ...CODE) },
  { name: 'types', run: () => tool('tsc', '-p', '.') },
  { name: 'layers and cycles', run: () => layerProblems(sources) },
  { name: 'pure files', run: () => purityProblems(sources) },
  { name: 'file and function length', run: () => lengthProblems(sources) },
  { name: 'unused exports and dependencies', run: () => tool('knip', '--no-progress') },
  { name: 'generated reference is fresh', run: staleReference },
]

let failed = 0
for (const step of STEPS) {
  const problems = step.run()
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${step.name}`)
  for (const problem of problems) console.log(`      ${problem}`)
  if (problems.length > 0) failed++
}
console.log(`${STEPS.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
