import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { MAX_JUNK_LINES, MAX_LINE_BYTES, openWire } from '../../../src/agents/acp/wire.ts'

function wire(): {
  stdin: PassThrough
  stdout: PassThrough
  updates: unknown[]
  junk: string[]
  stream: ReturnType<typeof openWire>
} {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const updates: unknown[] = []
  const junk: string[] = []
  const stream = openWire({
    stdin,
    stdout,
    onUpdate: (params) => updates.push(params),
    onJunk: (sample) => junk.push(sample),
  })
  return { stdin, stdout, updates, junk, stream }
}

const line = (message: object): string => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`

async function all(stream: ReadableStream<unknown>): Promise<unknown[]> {
  const messages: unknown[] = []
  for await (const message of stream) messages.push(message)
  return messages
}

describe('reading', () => {
  test('puts messages together across chunks and takes updates out in order', async () => {
    const { stdout, updates, junk, stream } = wire()
    const update = line({ method: 'session/update', params: { text: 'ä' } })
    const bytes = Buffer.from(`${update}${line({ id: 1, result: {} })}\n${line({ method: 'x' }).trim()}`)
    for (const byte of bytes) stdout.write(Buffer.from([byte]))
    stdout.end()
    expect(await all(stream.readable)).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', method: 'x' },
    ])
    expect(updates).toEqual([{ text: 'ä' }])
    expect(junk).toEqual([])
  })

  test('an update is handed over before the message after it', async () => {
    const { stdout, updates, stream } = wire()
    stdout.write(line({ method: 'session/update', params: 1 }) + line({ id: 1, result: {} }))
    const reader = stream.readable.getReader()
    await reader.read()
    expect(updates).toEqual([1])
    await reader.cancel()
  })

  test('tolerates what is no message, up to a bound in a row', async () => {
    const { stdout, junk, stream } = wire()
    const some = 'Loading…\n[1]\n"x"\n{"id": 1}\n{"jsonrpc": "2.0"}\n{broken\n'
    stdout.end(some + line({ id: 1, result: {} }) + 'x'.repeat(1_000))
    expect(await all(stream.readable)).toHaveLength(1)
    expect(junk.slice(0, 6)).toEqual(some.trim().split('\n'))
    expect(junk[6]).toHaveLength(301)

    const mad = wire()
    mad.stdout.end('noise\n'.repeat(MAX_JUNK_LINES + 1))
    await expect(all(mad.stream.readable)).rejects.toMatchObject({
      code: 'E_AGENT_PROTOCOL',
      details: { said: 'noise' },
    })
  })

  test('gives up on a line without an end', async () => {
    const { stdout, stream } = wire()
    const reading = all(stream.readable)
    const block = Buffer.alloc(1024 * 1024, 'x')
    for (let sent = 0; sent <= MAX_LINE_BYTES; sent += block.length) stdout.write(block)
    await expect(reading).rejects.toMatchObject({
      code: 'E_AGENT_PROTOCOL',
      message: expect.stringContaining('line'),
    })
  })

  test('a reader that does not read holds the writer back', async () => {
    const { stdout, stream } = wire()
    const reader = stream.readable.getReader()
    const message = line({ method: 'x', params: 'y'.repeat(10_000) })
    let sent = 0
    while (stdout.write(message) && sent < 1_000) {
      sent += 1
      await turn()
    }
    expect(stdout.writableNeedDrain).toBe(true)
    for (let wait = 0; wait < 10; wait += 1) await turn()
    expect(stdout.writableNeedDrain).toBe(true)
    stdout.end()
    let read = 0
    while (!(await reader.read()).done) read += 1
    expect(read).toBe(sent + 1)
  })
})

describe('writing', () => {
  test('sends a message a line and waits for a slow reader', async () => {
    const { stdin, stream } = wire()
    const writer = stream.writable.getWriter()
    await writer.write({ jsonrpc: '2.0', method: 'x', params: { text: 'a\nb' } })
    expect(stdin.read()?.toString()).toBe('{"jsonrpc":"2.0","method":"x","params":{"text":"a\\nb"}}\n')
  })

  test('does not fail when nobody reads any more', async () => {
    const { stdin, stream } = wire()
    stdin.on('error', () => undefined)
    stdin.destroy()
    await stream.writable.getWriter().write({ jsonrpc: '2.0', method: 'x' })
    expect(stdin.destroyed).toBe(true)
  })
})
