// A log file that is written while a child runs. A broken log never stops the work it tells of: the sink turns itself
// off and says why.
import { constants, createWriteStream, openSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { errnoOf } from '../contract/errors.ts'

export interface LogSink {
  /** Takes a chunk that was read from `source`; holds the source back while the disk is behind. */
  write(chunk: Buffer, source: Readable): void
  /** Resolves when everything is written, or when it is clear that it cannot be. Never rejects. */
  close(): Promise<void>
  /** Whether a source is being held back. */
  isBehind(): boolean
  /** Why the log is incomplete (an errno, `ENOSPC`); null while all is well. */
  error(): string | null
}

/** Non-blocking, so that a pipe nobody reads is an error (ENXIO) and not a wait. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/** Opens `path` for appending. Failures to open or write show in `error()` alone. */
export function openLog(path: string): LogSink {
  let fd: number
  try {
    fd = openSync(path, FLAGS)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return {
      write: () => undefined,
      close: () => Promise.resolve(),
      isBehind: () => false,
      error: () => code,
    }
  }
  return streamLog(fd)
}

function streamLog(fd: number): LogSink {
  const stream = createWriteStream('', { fd })
  const held = new Set<Readable>()
  let broken: string | null = null
  const release = (): void => {
    for (const source of held) source.resume()
    held.clear()
  }
  const fail = (error: unknown): void => {
    broken ??= errnoOf(error) ?? 'EIO'
    release()
  }
  stream.on('error', fail)
  stream.on('drain', release)
  return {
    write(chunk, source) {
      if (broken !== null || stream.write(chunk)) return
      held.add(source)
      source.pause()
    },
    async close() {
      stream.end()
      await finished(stream).catch(fail)
    },
    isBehind: () => held.size > 0,
    error: () => broken,
  }
}
