// The injected-loop matrix: five loops that must be alarmed and three shapes of healthy work that must not, each put into
// the middle of a healthy session. Ten repetitions each.
import type { TraceEvent } from '../../src/contract/trace.ts'
import type { Step } from './trace.ts'
import { TraceWriter } from './trace.ts'

const REPETITIONS = 10

export interface Shape {
  readonly name: string
  readonly loop: boolean
  readonly steps: readonly Step[]
}

const times = (count: number, step: (at: number) => readonly Step[]): readonly Step[] =>
  Array.from({ length: count }, (_, at) => step(at)).flat()

const edit = (path: string, from: string, to: string): Step => ({
  tool: 'Edit',
  kind: 'edit',
  path,
  edit: { old: from, new: to },
  text: `The file ${path} has been updated.`,
})

const RED = `FAIL test/auth.test.ts
  ● login › rejects an expired token

    expect(received).toBe(expected)

    Expected: 401
    Received: 200

Tests: 3 failed, 41 passed, 44 total`

const assertion = (at: number): Step => ({
  cmd: `npm test -- auth --seed=${at * 7919} 2>&1 | tail -${20 + at}`,
  exit: 1,
  text: `Exit code 1\n  1) login rejects an expired token (${13 + at} ms)\n     AssertionError: expected status 401 but got 200\n      at Context.<anonymous> (test/auth.spec.ts:${40 + at}:12)\n  ran in 0.${at}3s`,
})

const compiler = (at: number): Step => ({
  cmd: 'npx tsc -p .',
  exit: 2,
  text:
    at % 2 === 0
      ? "src/cache.ts(14,3): error TS2322: Type 'string' is not assignable to type 'number'."
      : "src/cache.ts(18,9): error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'.",
})

const read = (path: string, text: string): Step => ({
  tool: 'Read',
  kind: 'read',
  path,
  input: JSON.stringify({ file_path: path }),
  text,
})

/** The eight shapes, in the order of the published matrix. */
export const SHAPES: readonly Shape[] = [
  {
    name: 'exact',
    loop: true,
    steps: times(REPETITIONS, () => [{ cmd: 'npm test -- auth', exit: 1, text: RED }]),
  },
  { name: 'same error, other arguments', loop: true, steps: times(REPETITIONS, (at) => [assertion(at)]) },
  {
    name: 'edit and test, red unchanged',
    loop: true,
    steps: times(REPETITIONS, (at) => [
      edit('src/auth/token.ts', `const slack = ${at}`, `const slack = ${at + 1} // try ${at}`),
      { cmd: 'npm test -- auth', exit: 1, text: RED },
    ]),
  },
  {
    name: 'A-B-A edits, two errors',
    loop: true,
    steps: times(REPETITIONS, (at) => [
      at % 2 === 0
        ? edit('src/cache.ts', 'let size: number', 'let size: string')
        : edit('src/cache.ts', 'let size: string', 'let size: number'),
      compiler(at),
    ]),
  },
  {
    name: 'A, B, A, B reads',
    loop: true,
    steps: times(REPETITIONS, (at) => [
      at % 2 === 0
        ? read('src/made/a.ts', 'export const a = 1\n'.repeat(20))
        : read('src/made/b.ts', 'export const b = 2\n'.repeat(20)),
    ]),
  },
  {
    name: 'polling a job',
    loop: false,
    steps: times(REPETITIONS, (at) => [
      {
        tool: 'BashOutput',
        kind: 'poll',
        input: '{"bash_id":"job-1"}',
        text: at < REPETITIONS - 1 ? 'running…' : 'done',
      },
    ]),
  },
  {
    name: 'a batch of ten files',
    loop: false,
    steps: times(REPETITIONS, (at) => [
      edit(`src/made/part${at}.ts`, 'import { old } from "./old"', 'import { fresh } from "./fresh"'),
      { cmd: `npx tsc --noEmit src/made/part${at}.ts`, exit: 0, text: '' },
    ]),
  },
  {
    name: 'failures shrinking',
    loop: false,
    steps: times(REPETITIONS, (at) => [
      edit('src/parse.ts', `case ${at}:`, `case ${at}: return ${at * 3}`),
      {
        cmd: 'npm test',
        exit: 1,
        text: `FAIL test/parse.test.ts\n  ● parse › case ${at}\n    AssertionError: expected token to be parsed\n\nTests: ${20 - at * 2} failed, ${80 + at * 2} passed, 100 total`,
      },
    ]),
  },
]

/** A session with a shape's steps put in before the action in its middle; actions and calls are numbered anew. */
export function injected(
  session: readonly TraceEvent[],
  shape: Shape,
): { readonly events: TraceEvent[]; readonly from: number; readonly to: number } {
  const calls = session.filter((event) => event.t === 'call').length
  const from = Math.floor(calls / 2)
  const at = session.findIndex((event) => event.t === 'call' && event.a >= from)
  const cut = at < 0 ? session.length : at
  const writer = new TraceWriter(from)
  writer.steps(shape.steps)
  const shift = writer.next - from
  const after = session
    .slice(cut)
    .map((event) => ('a' in event && event.a >= from ? { ...event, a: event.a + shift } : event))
  return { events: [...session.slice(0, cut), ...writer.events, ...after], from, to: writer.next - 1 }
}
