import { describe, expect, test } from 'vitest'
import { QuintetError } from '../../../src/contract/errors.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { diagnoseTrace } from '../../../src/health/detector.ts'
import { boundedLines, type Line } from '../../../src/health/trace/lines.ts'
import { TraceSurvey, type TraceReport } from '../../../src/health/trace/survey.ts'
import { renderSkipped } from '../../../src/tui/trace.ts'
import { bytesOf, read } from './reading.ts'

const HEADER = { t: 'session', v: 1, id: 's', agent: 'claude-code' }

async function lines(text: string, max: number, size: number): Promise<Line[]> {
  const found: Line[] = []
  for await (const line of boundedLines(bytesOf(text, size), max)) found.push(line)
  return found
}

const surveyed = (events: readonly TraceEvent[]): TraceReport => {
  const survey = new TraceSurvey()
  for (const event of events) survey.note(event)
  return survey.report
}

const refusal = async (text: string | readonly unknown[]): Promise<string> => {
  try {
    await read(text)
  } catch (error) {
    if (error instanceof QuintetError) return error.code
    throw error
  }
  return 'none'
}

test.each([1, 2, 3, 5, 64])('lines come whole whatever the pieces of %i bytes', async (size) => {
  expect(await lines('grün\n\n→b\nlast', 20, size)).toEqual([
    { kind: 'line', number: 1, text: 'grün', whole: true },
    { kind: 'line', number: 2, text: '', whole: true },
    { kind: 'line', number: 3, text: '→b', whole: true },
    { kind: 'line', number: 4, text: 'last', whole: false },
  ])
})

test('a line that is too long is left out, and the next is read', async () => {
  expect(await lines(`${'x'.repeat(50)}\nok\n`, 20, 8)).toEqual([
    { kind: 'long', number: 1 },
    { kind: 'line', number: 2, text: 'ok', whole: true },
  ])
})

test('no more is held of an endless line than is allowed', async () => {
  const piece = new Uint8Array(1024 * 1024).fill(120)
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < 300; sent += 1) yield piece
    yield new TextEncoder().encode('\nok\n')
  }
  const before = process.memoryUsage().heapUsed
  const found: Line[] = []
  for await (const line of boundedLines(endless(), 1000)) found.push(line)
  expect(found.map(({ kind }) => kind)).toEqual(['long', 'line'])
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024)
})

test('a trace is read, numbered, and kinds and fields of later versions are passed over', async () => {
  const { events, tally } = await read([
    { ...HEADER, later: true },
    { t: 'call', a: 0, id: '1', tool: 'Bash', kind: 'a later kind', cmd: 'ls' },
    { t: 'holiday', a: 0 },
    { t: 'result', a: 0, id: '1', text: 'x' },
  ])
  expect(events).toEqual([
    { ...HEADER, i: 0 },
    { t: 'call', a: 0, id: '1', tool: 'Bash', kind: 'other', cmd: 'ls', i: 1 },
    { t: 'result', a: 0, id: '1', ok: null, text: 'x', i: 2 },
  ])
  expect(tally).toMatchObject({ format: 'trace', lines: 4, unknown: 1, broken: 0 })
})

test('a file that was cut off, damaged or is hostile yields what can be read of it', async () => {
  const good = JSON.stringify({ t: 'say', text: 'on' })
  const { events, tally } = await read(
    [
      '\u0000\u0001 rubbish',
      JSON.stringify(HEADER),
      '['.repeat(200_000),
      '{"t":"call","a":1e999,"id":"1","tool":"x","kind":"exec"}',
      '{"__proto__":{"t":"say"},"t":"constructor"}',
      good,
      '{"t":"say","text":"cut o',
    ].join('\n'),
  )
  expect(events.map(({ t }) => t)).toEqual(['session', 'say'])
  expect(tally).toMatchObject({ broken: 3, unknown: 2, lines: 7 })
})

test('an index that none can be is left out, and takes no other call with it', async () => {
  const { events, tally } = await read([
    HEADER,
    { t: 'call', a: 1e300, id: '1', tool: 'Bash', kind: 'exec' },
    { t: 'result', a: 1e300, id: '1', text: '' },
    { t: 'call', a: -3, id: '2', tool: 'Bash', kind: 'exec' },
    { t: 'call', id: '3', tool: 'Bash', kind: 'exec' },
  ])
  expect(events.flatMap((event) => (event.t === 'call' ? [event.a] : []))).toEqual([0])
  expect(tally.unknown).toBe(3)
  expect(surveyed(events).actions).toBe(1)
})

test.each([1e308, -5, '7'])('%j tokens are an unknown count', async (ctx) => {
  const { events } = await read([
    HEADER,
    { t: 'usage', ctx: 50, out: 3, window: 100 },
    { t: 'usage', ctx, out: ctx, window: ctx },
    { t: 'compact', pre: ctx, post: ctx },
    { t: 'tests', a: 0, command: 'x', failing: null, failed: ctx, passed: ctx },
  ])
  expect(events.slice(2)).toEqual([
    { t: 'usage', ctx: null, out: null, window: null, i: 2 },
    { t: 'compact', pre: null, post: null, i: 3 },
    { t: 'tests', a: 0, command: 'x', failing: null, failed: null, passed: null, i: 4 },
  ])
  expect(surveyed(events).context).toMatchObject({ used: null, peak: 50, output: 3, peakPercent: 50 })
})

test('a survey takes no figure that cannot be one, whoever reads the file', () => {
  const { context } = surveyed([
    { t: 'usage', ctx: 1e308, out: 1e308, window: 1e-300 },
    { t: 'usage', ctx: 10, out: 1e308, window: 100 },
    { t: 'compact', pre: 1e308, post: 1e308 },
  ])
  expect(context).toMatchObject({ used: null, peak: 10, output: null, window: 100, peakPercent: 10 })
})

test.each([
  ['', 'E_TRACE_FORMAT'],
  ['\n\n\n', 'E_TRACE_FORMAT'],
  ['hello\nworld\n', 'E_TRACE_FORMAT'],
  ['{"a":1}\n[1]\nnull\n"x"\n', 'E_TRACE_FORMAT'],
])('%j is refused: %s', async (text, code) => {
  expect(await refusal(text)).toBe(code)
})

test('a file of another kind is refused after a bounded part of it', async () => {
  expect(await refusal(Array.from({ length: 20_000 }, (_, index) => ({ index })))).toBe('E_TRACE_FORMAT')
})

describe('a loop is found in it, however it was written', () => {
  const loop = Array.from({ length: 4 }, (_, a) => [
    { t: 'call', a, id: `c${a}`, tool: 'Bash', kind: 'exec', cmd: 'python run.py' },
    { t: 'result', a, id: `c${a}`, ok: false, exit: 1, text: 'KeyError: the name is not there' },
  ]).flat()
  const written = (change: (event: object) => object = (event) => event): string[] =>
    [HEADER, ...loop.map(change)].map((event) => JSON.stringify(event))
  const without = (...names: readonly string[]): ((event: object) => object) => {
    return (event) => Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)))
  }

  test.each([
    ['as it should be', written().join('\n')],
    ['CRLF', written().join('\r\n')],
    ['a byte order mark', `\uFEFF${written().join('\n')}`],
    ['a last line that was cut off', `${written().join('\n')}\n{"t":"call","a":9,"id":"c`],
    ['kinds that nobody knows', ['{"t":"holiday"}', '7', 'null', '[]', ...written()].join('\n')],
    ['no header', written().slice(1).join('\n')],
    ['a later version', written().join('\n').replace('"v":1', '"v":2')],
    ['no ids', written(without('id')).join('\n')],
    ['no indices', written(without('a')).join('\n')],
    ['ids that are numbers', written((event) => ('id' in event ? { ...event, id: 7 } : event)).join('\n')],
    [
      'null for what is absent, and an input that is no text',
      written((event) => ({
        ...event,
        path: null,
        batch: null,
        ts: null,
        edits: null,
        input: { x: 1 },
      })).join('\n'),
    ],
    [
      'a line that is far too long',
      [`{"t":"say","text":"${'x'.repeat(17_000_000)}"}`, ...written()].join('\n'),
    ],
  ])('%s', async (_name, text) => {
    const { events } = await read(text)
    const alarms = diagnoseTrace(events).alarms
    expect(alarms.map(({ a, rule }) => [a, rule])).toContainEqual([2, 'errorRecurs'])
  })

  test.each([
    ['3', 3],
    ['"99"', 99],
    ['1e300', Number.MAX_SAFE_INTEGER],
    ['1', null],
    ['"x"', null],
  ])('of the version %s it is said whether it is later', async (version, later) => {
    const { tally } = await read(written().join('\n').replace('"v":1', `"v":${version}`))
    expect(tally).toMatchObject({ later, format: 'trace', unknown: 0 })
    expect(renderSkipped(tally, { width: 200, colour: false })).toEqual(
      later === null
        ? []
        : [`The trace is of version ${later}, newer than what is known here: it is not fully understood.`],
    )
  })
})
