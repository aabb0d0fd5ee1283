// `npm run test:escape`: tries every way out of a box and every legitimate action, and tells what stopped what. With
// `--json` the last line is the sum as JSON. Exit code 0: nothing leaked and everything legitimate worked; 1: it did not;
// 2: there is no box here, so nothing could be tried. With `--without-control` it is not shown that the attempts succeed
// where nothing holds them.
import { join } from 'node:path'
import { startVitest, type TestCase, type TestModule } from 'vitest/node'
import { probeBox } from '../../src/process/box.ts'
import { ATTEMPTS } from './attempts.ts'
import { LEGITIMATE } from './legitimate.ts'
import type { Judged } from './verdict.ts'

const ROOT = join(import.meta.dirname, '../..')
const NO_BOX = 2

interface Sum {
  readonly escapes: {
    tried: number
    stopped_at_once: number
    stopped_at_gate: number
    leaked: number
  }
  readonly legitimate: { tried: number; worked: number }
}

interface Row {
  readonly judged: Judged
  readonly test: TestCase
}

const json = process.argv.includes('--json')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function sumOf(rows: readonly Row[]): Sum {
  const escapes = rows.flatMap(({ judged }) => (judged.kind === 'escape' ? [judged.verdict] : []))
  const legitimate = rows.flatMap(({ judged }) => (judged.kind === 'legitimate' ? [judged.worked] : []))
  const count = (verdict: string): number => escapes.filter((one) => one === verdict).length
  return {
    escapes: {
      tried: escapes.length,
      stopped_at_once: count('at once'),
      stopped_at_gate: count('at the gate'),
      leaked: count('leaked'),
    },
    legitimate: { tried: legitimate.length, worked: legitimate.filter(Boolean).length },
  }
}

/** In one line. */
const asJson = (sum: Sum): string => JSON.stringify(sum).replaceAll(/[:,]/g, '$& ')

/** One line a group, and one for each that is not as it should be. */
function table(rows: readonly Row[], failed: readonly TestCase[]): readonly string[] {
  const groups = Map.groupBy(rows, ({ judged }) => judged.group)
  const lines = [...groups].map(([group, members]) => {
    const judged = members.map((row) => row.judged)
    const good = judged.filter((one) => (one.kind === 'escape' ? one.verdict !== 'leaked' : one.worked))
    const layers = new Set(judged.flatMap((one) => (one.kind === 'escape' ? [one.layer] : ['works'])))
    return `${[...layers].join(', ').padEnd(14)} ${String(good.length).padStart(3)} of ${String(judged.length).padStart(3)}  ${group}`
  })
  return [...lines, ...failed.map((one) => `NOT AS IT SHOULD BE: ${one.fullName}\n${reasons(one)}`)]
}

function reasons(one: TestCase): string {
  const errors = one.result().errors ?? []
  return errors.map(({ message }) => `  ${message}`).join('\n')
}

const support = await probeBox()
const reason = support.available
  ? process.platform === 'linux'
    ? null
    : 'The attempts are made for the boxes of Linux.'
  : support.reason
if (reason !== null) {
  say(`Nothing can be tried here: ${reason}`)
  if (json) say(asJson(sumOf([])))
  process.exit(NO_BOX)
}
const tests: TestCase[] = []
const broken: string[] = []
const reporter = {
  onTestCaseResult: (test: TestCase): void => {
    tests.push(test)
  },
  onTestRunEnd: (modules: readonly TestModule[], errors: readonly { readonly message: string }[]): void => {
    broken.push(...errors.map(({ message }) => message))
    for (const module of modules) broken.push(...module.errors().map(({ message }) => message))
  },
}
// Nothing may be written into the checkout, which can be somebody else's.
const vitest = await startVitest('test', [], {
  root: ROOT,
  project: ['escape'],
  exclude: process.argv.includes('--without-control') ? ['**/control.test.ts'] : [],
  watch: false,
  maxWorkers: 2,
  reporters: [reporter],
  cache: false,
  configLoader: 'native',
})
await vitest.close()
const rows = tests.flatMap((test): Row[] => {
  const { judged } = test.meta()
  return judged === undefined ? [] : [{ judged, test }]
})
const failed = tests.filter((test) => test.result().state !== 'passed')
for (const line of [...table(rows, failed), ...broken]) say(line)
const sum = sumOf(rows)
const complete = sum.escapes.tried === ATTEMPTS.length && sum.legitimate.tried === LEGITIMATE.length
if (!complete) say(`Only ${rows.length} of ${ATTEMPTS.length + LEGITIMATE.length} came to a verdict.`)
const good = failed.length === 0 && broken.length === 0 && complete
say(json ? asJson(sum) : `${tests.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = good ? 0 : 1
