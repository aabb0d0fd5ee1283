// Reads texts as traces.
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { emptyTally, readTrace, type Tally } from '../../../src/health/trace/read.ts'

export async function* bytesOf(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The events of lines, given as values, and what was counted. */
export async function read(
  lines: readonly unknown[] | string,
): Promise<{ events: TraceEvent[]; tally: Tally }> {
  const text = typeof lines === 'string' ? lines : lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const tally = emptyTally()
  const events: TraceEvent[] = []
  for await (const event of readTrace(bytesOf(text, 4096), tally)) events.push(event)
  return { events, tally }
}
