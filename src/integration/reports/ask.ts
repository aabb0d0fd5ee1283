// The words that make a runner write a report, and those that make it run some tests only. Pure. Neither changes what a
// test does; a selection may run more than was asked for, never less.
import type { RunnerCall, Runner } from './runner.ts'
import type { TestCase } from './tests.ts'

/** How a runner's report arrives: in a file of its own, or in what it prints. */
export const REPORTS_IN: Readonly<Record<Runner, 'file' | 'output' | 'file-or-output'>> = {
  vitest: 'file',
  jest: 'file',
  mocha: 'file-or-output',
  node: 'file',
  pytest: 'file',
  go: 'output',
}

/** Options with which a command says for itself where its report goes. */
const OWN_REPORT: Readonly<Record<Runner, RegExp>> = {
  vitest: /^--outputFile\b/,
  jest: /^--(?:outputFile|json)\b/,
  mocha: /^(?:-O|--reporter-options?)\b/,
  node: /^--test-reporter/,
  pytest: /^--junit-?xml\b/,
  go: /^--?json\b/,
}

/** The words that make the runner write its report to `file`; null when the command has a report of its own already. */
export function reportWords({ runner, words, prints }: RunnerCall, file: string): readonly string[] | null {
  const own = words.some((word) => OWN_REPORT[runner].test(word))
  if (runner === 'go') return own ? [] : ['-json']
  if (own) return null
  switch (runner) {
    case 'vitest':
      return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    case 'jest':
      return ['--json', `--outputFile=${file}`]
    case 'mocha':
      return prints === true ? ['--reporter', 'json-stream'] : ['--reporter', 'json', '-O', `output=${file}`]
    case 'node':
      return [
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        '--test-reporter=tap',
        `--test-reporter-destination=${file}`,
      ]
    case 'pytest':
      return [`--junitxml=${file}`, '-o', 'junit_family=xunit1', '--continue-on-collection-errors']
  }
}

/** Options with which a command selects tests by name itself: a second one would replace the first. */
const OWN_SELECTION: Readonly<Record<Runner, RegExp>> = {
  vitest: /^(?:-t|--testNamePattern)\b/,
  jest: /^(?:-t|--testNamePattern|--runTestsByPath)\b/,
  mocha: /^(?:-[gfi]|--grep|--fgrep|--invert)\b/,
  node: /^--test-(?:name-pattern|only)\b/,
  pytest: /^-k/,
  go: /^--?(?:test\.)?run\b/,
}
/** One word of a command may not be longer (128 KiB on Linux). */
const WORD_LIMIT = 100_000

/** The words that cut a run down to `tests`, or a few more; null when the command selects for itself. */
export function selectionWords(call: RunnerCall, tests: readonly TestCase[]): readonly string[] | null {
  if (tests.length === 0 || call.words.some((word) => OWN_SELECTION[call.runner].test(word))) return null
  const words = SELECT[call.runner](tests)
  return words === null || words.some((word) => word.length > WORD_LIMIT) ? null : words
}

const SELECT: Readonly<Record<Runner, (tests: readonly TestCase[]) => readonly string[] | null>> = {
  vitest: (tests) => [...files(tests), '--passWithNoTests', ...byName(tests, vitestName)],
  jest: (tests) => [
    ...files(tests).map((file) => `${escaped(file)}$`),
    '--passWithNoTests',
    ...byName(tests, ({ name }) => escaped(name)),
  ],
  mocha: (tests) => (hasWholeFile(tests) ? null : ['--grep', alternatives(tests.map(mochaName))]),
  node: (tests) =>
    hasWholeFile(tests) ? null : tests.map(({ name }) => `--test-name-pattern=${nodePattern(name)}`),
  pytest: pytestWords,
  go: goWords,
}

function hasWholeFile(tests: readonly TestCase[]): boolean {
  return tests.some(({ name }) => name === '')
}

/** A file without a test name means all of its tests: then names must not cut anything away. */
function byName(tests: readonly TestCase[], pattern: (test: TestCase) => string): readonly string[] {
  return hasWholeFile(tests) ? [] : ['-t', alternatives(tests.map(pattern))]
}

function alternatives(patterns: readonly string[]): string {
  return `^(?:${[...new Set(patterns)].join('|')})$`
}

function files(tests: readonly TestCase[]): readonly string[] {
  return everyHasFile(tests) ? [...new Set(tests.flatMap(({ file }) => file ?? []))] : []
}

function everyHasFile(tests: readonly TestCase[]): boolean {
  return tests.every(({ file }) => file !== null)
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}

/** Groups are joined by a space in reports; the name that is matched has ` > ` there in newer versions. */
function vitestName({ name }: TestCase): string {
  return name.split(' ').map(escaped).join('(?: > | )')
}

/** A hook is reported with its group's name before its own; what brings it about is any test of the group. */
function mochaName({ name }: TestCase): string {
  const hook = / ?"(?:before|after)(?: each| all)" hook\b/.exec(name)
  return hook === null ? escaped(name) : `${escaped(name.slice(0, hook.index))}.*`
}

/** Node matches the full name since version 22, and the name alone before: any end of the full name is taken. */
function nodePattern(name: string): string {
  const words = name.split(' ').map(escaped)
  const optional = words.slice(0, -1).map((word) => `(?:${word} )?`)
  return `^${optional.join('')}${words.at(-1) ?? ''}$`
}

/** Names of functions alone: an id that is not there ends a run of pytest, a name that is not there does not. */
function pytestWords(tests: readonly TestCase[]): readonly string[] | null {
  const names = tests.map(({ name }) => name.replace(/\[.*$/s, '').split('::').at(-1) ?? '')
  return names.every((name) => /^\w+$/.test(name)) ? ['-k', [...new Set(names)].join(' or ')] : null
}

function goWords(tests: readonly TestCase[]): readonly string[] | null {
  const names = tests.map(({ name }) => name.split(' ').slice(1).join(' ').split('/')[0] ?? '')
  return names.includes('') ? null : ['-count=1', '-run', alternatives(names)]
}
