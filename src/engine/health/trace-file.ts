// The file of a trace as it grows: lines appended in order, with a bounded part waiting. A file whose writer was killed in
// the middle of a line is gone on with: that line is closed and lost, nothing else.
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parsedJson, parseTraceEvent } from '../../health/trace/format.ts'

/** How far a trace had come. */
export interface TracePlace {
  /** Index of the next event, and of the next action. */
  readonly event: number
  readonly action: number
}

const FIRST_WINDOW = 64 * 1024
/** Characters that may wait to be written. */
const MAX_WAITING = 8 * 1024 * 1024

/** What became of a line that was handed in. */
export type Taken = 'taken' | 'full' | 'behind'

export class TraceFile {
  readonly place: TracePlace
  readonly #file: FileHandle
  readonly #maxBytes: number
  readonly #failed: (error: unknown) => void
  #bytes: number
  #waiting: string[] = []
  #chars = 0
  #writing: Promise<void> | null = null
  #broken = false

  /** Opens the file at `path` to go on with it, and makes it and its folder when they are not there. `failed` hears once
   *  of what keeps lines from being written. Throws what the file system throws. */
  static async open(
    path: string,
    options: { readonly maxBytes: number; readonly failed: (error: unknown) => void },
  ): Promise<TraceFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      const place = await placeOf(file, size)
      const mended = size > 0 && !(await endsLine(file, size))
      if (mended) await file.appendFile('\n')
      return new TraceFile(file, { ...options, bytes: size + (mended ? 1 : 0), place })
    } catch (error) {
      await file.close()
      throw error
    }
  }

  private constructor(
    file: FileHandle,
    options: {
      readonly maxBytes: number
      readonly failed: (error: unknown) => void
      readonly bytes: number
      readonly place: TracePlace
    },
  ) {
    this.#file = file
    this.#maxBytes = options.maxBytes
    this.#failed = options.failed
    this.#bytes = options.bytes
    this.place = options.place
  }

  /** Hands in a line with its end. It is on its way when this returns; nothing is thrown. */
  append(line: string): Taken {
    if (this.#broken) return 'taken'
    const bytes = Buffer.byteLength(line)
    if (this.#bytes + bytes > this.#maxBytes) return 'full'
    if (this.#chars + line.length > MAX_WAITING) return 'behind'
    this.#bytes += bytes
    this.#chars += line.length
    this.#waiting.push(line)
    this.#writing ??= this.#write()
    return 'taken'
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting.join('')
        this.#waiting = []
        await this.#file.appendFile(lines)
        this.#chars -= lines.length
      }
    } catch (error) {
      this.#broken = true
      this.#waiting = []
      this.#failed(error)
    } finally {
      this.#writing = null
    }
  }

  /** Resolves when all that was handed in is written, or cannot be. */
  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    try {
      await this.#file.close()
    } catch (error) {
      if (!this.#broken) this.#failed(error)
    }
  }
}

async function endsLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer[0] === 0x0a
}

/** Reads from the end, further and further back, until an action is found. */
async function placeOf(file: FileHandle, size: number): Promise<TracePlace> {
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const length = Math.min(window, size)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n')
    const place = placeIn(length === size ? lines : lines.slice(1))
    if (length === size || place.action > 0) return place
  }
}

function placeIn(lines: readonly string[]): TracePlace {
  let event = 0
  let action = 0
  for (const line of lines) {
    const found = line === '' ? null : parseTraceEvent(parsedJson(line))
    if (found === null) continue
    if (found.i !== undefined) event = Math.max(event, found.i + 1)
    if (found.t === 'call') action = Math.max(action, found.a + 1)
  }
  return { event, action }
}
