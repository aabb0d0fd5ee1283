// The files that traces are read from and written to by hand.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { errnoOf, QuintetError } from '../../contract/errors.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { emptyTally, readTrace, type Tally } from './read.ts'

/** The events of the file at `path`, read as they are taken, and what is counted meanwhile. Throws `E_TRACE_FILE` when it
 *  is no file that can be read; taking the events throws what reading a trace throws. */
export async function openTrace(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly events: AsyncGenerator<TraceEvent>; readonly tally: Tally }> {
  if (!(await isOrdinary(path))) throw unreadable(path, 'it is no ordinary file')
  const tally = emptyTally()
  return { tally, events: guarded(path, readTrace(bytes(path, signal), tally)) }
}

async function isOrdinary(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    throw unreadable(path, code === 'ENOENT' ? 'there is no such file' : code)
  }
}

async function* guarded(path: string, events: AsyncGenerator<TraceEvent>): AsyncGenerator<TraceEvent> {
  try {
    yield* events
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined || !/^E[A-Z]+$/.test(code) || error instanceof QuintetError) throw error
    throw unreadable(path, code)
  }
}

async function* bytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, signal === undefined ? {} : { signal })) {
    if (chunk instanceof Uint8Array) yield chunk
  }
}

function unreadable(path: string, why: string): QuintetError {
  return new QuintetError('E_TRACE_FILE', 'usage', `${path} cannot be read: ${why}.`, {
    hints: [
      {
        text: 'What is wanted is the file of one session:',
        command: 'quintet health diagnose ~/.claude/projects/<project>/<session>.jsonl',
      },
    ],
  })
}
