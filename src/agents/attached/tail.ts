// Follows a file that an agent writes, line by line: what is there is read once, in pieces, and of a line no more is held
// than is allowed. A last line without its end waits for it. A file that was replaced or cut is read anew.
import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { openRegular } from './regular-file.ts'

export interface TailOptions {
  /** Characters of a line; a longer one is left out. */
  readonly maxChars?: number
  /** Bytes read at a time; the rest comes with the next call. */
  readonly maxBytes?: number
}

export interface Tailed {
  readonly lines: readonly string[]
  /** The file is another one, or began anew: what was known from it is void. */
  readonly anew: boolean
  /** There is more to be read at once. */
  readonly more: boolean
}

const LINE_CHARS = 1024 * 1024
const READ_BYTES = 4 * 1024 * 1024
const PIECE = 64 * 1024
const NOTHING: Tailed = { lines: [], anew: false, more: false }

export class FileTail {
  readonly path: string
  readonly #maxChars: number
  readonly #maxBytes: number
  #inode = ''
  #offset = 0
  #decoder = new StringDecoder('utf8')
  #held = ''
  /** The line that is being read is longer than allowed. */
  #over = false

  constructor(path: string, { maxChars = LINE_CHARS, maxBytes = READ_BYTES }: TailOptions = {}) {
    this.path = path
    this.#maxChars = maxChars
    this.#maxBytes = maxBytes
  }

  /** Whether there has been such a file. */
  get begun(): boolean {
    return this.#inode !== ''
  }

  /** The lines that were completed since the last call; none while there is no such file. */
  async read(): Promise<Tailed> {
    const file = await openRegular(this.path)
    if (file === null) return NOTHING
    try {
      const found = await file.stat()
      const anew = this.#isAnother(found)
      if (anew) this.#begin(found)
      const lines = await this.#take(file, found.size)
      return { lines, anew, more: this.#offset < found.size }
    } finally {
      await file.close()
    }
  }

  #isAnother({ dev, ino, size }: Stats): boolean {
    return this.#inode !== `${dev}:${ino}` || size < this.#offset
  }

  #begin({ dev, ino }: Stats): void {
    this.#inode = `${dev}:${ino}`
    this.#offset = 0
    this.#decoder = new StringDecoder('utf8')
    this.#held = ''
    this.#over = false
  }

  async #take(file: FileHandle, size: number): Promise<string[]> {
    const end = Math.min(size, this.#offset + this.#maxBytes)
    const buffer = Buffer.alloc(Math.min(PIECE, Math.max(0, end - this.#offset)))
    const lines: string[] = []
    while (this.#offset < end) {
      const length = Math.min(buffer.length, end - this.#offset)
      const { bytesRead } = await file.read(buffer, 0, length, this.#offset)
      if (bytesRead === 0) break
      this.#offset += bytesRead
      this.#split(this.#decoder.write(buffer.subarray(0, bytesRead)), lines)
    }
    return lines
  }

  #split(text: string, lines: string[]): void {
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#hold(text.slice(from, at))
      if (!this.#over && this.#held !== '') lines.push(this.#held)
      this.#held = ''
      this.#over = false
      from = at + 1
    }
    this.#hold(text.slice(from))
  }

  #hold(part: string): void {
    if (this.#over || this.#held.length + part.length > this.#maxChars) {
      this.#over = true
      this.#held = ''
    } else this.#held += part
  }
}
