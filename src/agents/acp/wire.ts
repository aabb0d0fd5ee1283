// Lines on an agent's standard streams as protocol messages. Reading is pulled: a slow reader slows the agent down
// instead of filling our memory. What is no message is tolerated up to a bound (agents and their wrappers do print
// things), noted, and beyond the bound it ends the connection with E_AGENT_PROTOCOL.
import type { Readable, Writable } from 'node:stream'
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk'
import { QuintetError } from '../../contract/errors.ts'

export interface WireOptions {
  readonly stdin: Writable
  readonly stdout: Readable
  /**
   * Receives `session/update` in the order of arrival, before the message after it is read. The SDK starts handlers in
   * order but lets an answer overtake them, so that a turn could seem to end before its last words.
   */
  onUpdate(params: unknown): void
  /** A line that is no message, cut to a sample. */
  onJunk(sample: string): void
}

/** Bytes of one line. Beyond it the agent is given up: its memory is its own, ours is bounded. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
/** Lines in a row that are no messages. */
export const MAX_JUNK_LINES = 200
const SAMPLE = 300

/** A stream for the SDK over the two ends of an agent process. */
export function openWire(options: WireOptions): Stream {
  const messages = incoming(options)
  return {
    readable: new ReadableStream<AnyMessage>(
      {
        async pull(controller) {
          const next = await messages.next()
          if (next.done === true) controller.close()
          else controller.enqueue(next.value)
        },
        async cancel() {
          await messages.return()
        },
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<AnyMessage>({
      write: (message) => writeLine(options.stdin, `${JSON.stringify(message)}\n`),
    }),
  }
}

async function* incoming(options: WireOptions): AsyncGenerator<AnyMessage, void, undefined> {
  let junk = 0
  for await (const line of lines(options.stdout)) {
    const text = line.toString('utf8').trim()
    if (text === '') continue
    const message = parseMessage(text)
    if (message === null) {
      junk += 1
      options.onJunk(sampleOf(text))
      if (junk > MAX_JUNK_LINES) throw protocolError('The agent prints what is no protocol message.', text)
      continue
    }
    junk = 0
    if ('method' in message && message.method === 'session/update') options.onUpdate(message.params)
    else yield message
  }
}

async function* lines(stdout: Readable): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = []
  let size = 0
  for await (const chunk of stdout) {
    let rest: Buffer = Buffer.from(chunk)
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield Buffer.concat([...held, rest.subarray(0, end)])
      held = []
      size = 0
      rest = rest.subarray(end + 1)
    }
    held.push(rest)
    size += rest.length
    if (size > MAX_LINE_BYTES) {
      const start = Buffer.concat(held).toString('utf8', 0, SAMPLE)
      throw protocolError('The agent printed a line that is longer than any message may be.', start)
    }
  }
  if (size > 0) yield Buffer.concat(held)
}

function parseMessage(text: string): AnyMessage | null {
  if (!text.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    return isMessage(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isMessage(value: unknown): value is AnyMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'jsonrpc' in value &&
    value.jsonrpc === '2.0' &&
    ('id' in value || ('method' in value && typeof value.method === 'string'))
  )
}

/** A pipe that its reader closed is no failure here: that the process is gone is noticed by its exit. */
function writeLine(stdin: Writable, line: string): Promise<void> {
  return new Promise((resolve) => {
    if (!stdin.writable) resolve()
    else stdin.write(line, () => resolve())
  })
}

function protocolError(message: string, said: string): QuintetError {
  return new QuintetError('E_AGENT_PROTOCOL', 'agent', message, { details: { said: sampleOf(said) } })
}

function sampleOf(text: string): string {
  return text.length > SAMPLE ? `${text.slice(0, SAMPLE)}…` : text
}
