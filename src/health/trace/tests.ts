// What a test runner said, read from the summary lines of its output. Only figures that a runner prints in a form of its
// own are taken; the names of failing tests only when as many are found as are said to have failed. Pure.

export interface TestOutcome {
  /** Sorted; null when only the count is known. */
  readonly failing: readonly string[] | null
  readonly failed: number
  readonly passed: number | null
}

interface Counts {
  readonly failed: number
  readonly passed: number | null
}

interface Runner {
  readonly counts: (text: string) => Counts | null
  /** Finds the name of a failing test in its first group that matched. */
  readonly name?: RegExp
}

const MAX_TEXT = 400_000
const MAX_NAME = 300
// oxlint-disable-next-line no-control-regex
const COLOURS = /\u001B\[[0-9;]*[A-Za-z]/g
/** Programs that show what was printed before; what they print is no run. */
const READERS = new Set(
  'cat bat less more head tail grep rg ag sed awk find ls echo printf git gh diff jq wc'.split(' '),
)

const RUNNERS: readonly Runner[] = [
  // vitest
  {
    counts: (text) => listed(/^[ \t]*Tests {2,}(.{1,200}\(\d+\))[ \t]*$/m.exec(text)?.[1], '|'),
    name: /^[ \t]*FAIL {1,4}(.{1,300}? > .{1,300}?)[ \t]*$/,
  },
  // jest
  {
    counts: (text) => listed(/^Tests:[ \t]+(.{1,200} total)/m.exec(text)?.[1], ','),
    name: /^ {2}● (.{1,300}? › .{1,300}?)[ \t]*$/,
  },
  // phpunit
  { counts: phpunit },
  // pytest
  {
    counts: (text) => listed(lastOf(text, /^=* ?((?:\d+ [a-z]+,? ?){1,8})in \d[\d.]*s.{0,60}$/gm), ','),
    name: /^(?:FAILED|ERROR) (\S{1,300}?::\S.{0,300}?)(?: - .*)?$/,
  },
  // cargo
  { counts: cargo, name: /^test (\S{1,300}) \.\.\. FAILED$/ },
  // go
  { counts: golang, name: /^[ \t]*--- FAIL: (\S{1,300}) \(/ },
  // rspec
  {
    counts: (text) => {
      const found = /^(\d+) examples?, (\d+) failures?/m.exec(text)
      return found === null ? null : { failed: Number(found[2]), passed: Number(found[1]) - Number(found[2]) }
    },
    name: /^rspec (\S{1,300})/,
  },
  // unittest
  { counts: unittest, name: /^(?:FAIL|ERROR): (\S{1,200} \(\S{1,300}\))/ },
  // maven, gradle, dotnet
  { counts: maven },
  {
    counts: (text) => {
      const found = /^(\d+) tests? completed, (\d+) failed/m.exec(text)
      return found === null ? null : { failed: Number(found[2]), passed: Number(found[1]) - Number(found[2]) }
    },
  },
  {
    counts: (text) => {
      const found = /\bFailed: {1,8}(\d+), Passed: {1,8}(\d+), Skipped:/.exec(text)
      return found === null ? null : { failed: Number(found[1]), passed: Number(found[2]) }
    },
  },
  // deno
  {
    counts: (text) => {
      const found = /^(?:ok|FAILED) \| (\d+) passed.{0,40}? \| (\d+) failed/m.exec(text)
      return found === null ? null : { failed: Number(found[2]), passed: Number(found[1]) }
    },
  },
  // node --test and other TAP
  {
    counts: (text) => pair(text, /^(?:#|ℹ) pass (\d+)$/m, /^(?:#|ℹ) fail (\d+)$/m),
    name: /^[ \t]*(?:not ok \d+ - (.{1,300}?)(?: # .*)?|✖ (.{1,300}?) \([\d.]+ms\))$/,
  },
  // mocha, cypress
  { counts: (text) => pair(text, /^[ \t]*(\d+) passing\b/m, /^[ \t]*(\d+) failing\b/m) },
  // bun
  {
    counts: (text) => pair(text, /^[ \t]*(\d+) pass$/m, /^[ \t]*(\d+) fail$/m),
    name: /^\(fail\) (.{1,300}?)(?: \[[\d.]+ms\])?$/,
  },
]

/** What the tests said that `command` ran; null when it tells of none. */
export function testOutcome(command: string, output: string): TestOutcome | null {
  if (!runsSomething(command)) return null
  const text = (output.length > MAX_TEXT ? output.slice(-MAX_TEXT) : output).replace(COLOURS, '')
  for (const { counts, name } of RUNNERS) {
    const found = counts(text)
    if (found === null) continue
    const names = name === undefined ? [] : failingNames(text, name)
    const failing = found.failed === 0 ? [] : names.length === found.failed ? names : null
    return { failing, ...found }
  }
  return null
}

function runsSomething(command: string): boolean {
  return command.split(/&&|\|\||;|\n/).some((part) => {
    const word = part.trim().split(/\s/, 1)[0] ?? ''
    return word !== '' && word !== 'cd' && !READERS.has(word)
  })
}

function failingNames(text: string, pattern: RegExp): string[] {
  const names = new Set<string>()
  for (const line of text.split('\n')) {
    if (line.length > 2 * MAX_NAME + 20) continue
    const name = pattern
      .exec(line.trimEnd())
      ?.slice(1)
      .find((group) => group !== undefined)
    if (name !== undefined) names.add(name.slice(0, MAX_NAME))
  }
  return [...names].sort()
}

/** `2 failed | 3 passed (5)`, `1 failed, 2 passed, 1 error`; null when neither figure is there. */
function listed(text: string | undefined, separator: string): Counts | null {
  if (text === undefined) return null
  let failed = 0
  let passed: number | null = null
  for (const part of text.split(separator)) {
    const found = /(\d+) (failed|passed|errors?)\b/.exec(part)
    if (found === null) continue
    if (found[2] === 'passed') passed = Number(found[1])
    else failed += Number(found[1])
  }
  return failed === 0 && passed === null ? null : { failed, passed }
}

function lastOf(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1]
}

/** Runners that leave out the figure that is zero. */
function pair(text: string, passing: RegExp, failing: RegExp): Counts | null {
  const passed = passing.exec(text)?.[1]
  const failed = failing.exec(text)?.[1]
  if (passed === undefined && failed === undefined) return null
  return { failed: Number(failed ?? 0), passed: passed === undefined ? null : Number(passed) }
}

function phpunit(text: string): Counts | null {
  const all = /^OK \((\d+) tests?, /m.exec(text)
  if (all !== null) return { failed: 0, passed: Number(all[1]) }
  const found = /^Tests: (\d+), Assertions: \d+(.{0,200})$/m.exec(text)
  if (found === null) return null
  const failed = sum(found[2] ?? '', /(?:Errors|Failures): (\d+)/g)
  return { failed, passed: Math.max(0, Number(found[1]) - failed) }
}

/** One line a crate; they are added up. */
function cargo(text: string): Counts | null {
  const found = [...text.matchAll(/^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed;/gm)]
  if (found.length === 0) return null
  return {
    passed: found.reduce((total, match) => total + Number(match[1]), 0),
    failed: found.reduce((total, match) => total + Number(match[2]), 0),
  }
}

function golang(text: string): Counts | null {
  const packages = /^(?:ok|FAIL|---|\?) {0,3}\t\S|^FAIL$|^PASS$/m.test(text)
  const failed = text.match(/^[ \t]*--- FAIL: \S/gm)?.length ?? 0
  const passed = text.match(/^[ \t]*--- PASS: \S/gm)?.length ?? null
  if (failed > 0) return { failed, passed }
  const green = /^ok {0,3}\t\S/m.test(text) || /^PASS$/m.test(text)
  const red = /^FAIL(?:\t|$)/m.test(text)
  return packages && green && !red ? { failed: 0, passed } : null
}

function unittest(text: string): Counts | null {
  const ran = /^Ran (\d+) tests? in /m.exec(text)
  if (ran === null) return null
  const end = /^(?:FAILED \(([^)]{1,200})\)|OK(?: \(.{1,200}\))?)$/m.exec(text)
  if (end === null) return null
  const failed = sum(end[1] ?? '', /(?:failures|errors)=(\d+)/g)
  return { failed, passed: Math.max(0, Number(ran[1]) - failed) }
}

/** The total comes last. */
function maven(text: string): Counts | null {
  const found = [...text.matchAll(/Tests run: (\d+), Failures: (\d+), Errors: (\d+)/g)].at(-1)
  if (found === undefined) return null
  const failed = Number(found[2]) + Number(found[3])
  return { failed, passed: Math.max(0, Number(found[1]) - failed) }
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0)
}
