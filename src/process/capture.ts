// The first or the last bytes of a stream, bounded: what a child may write is not for us to decide, what is kept is.
export class Capture {
  readonly #max: number
  readonly #keep: 'head' | 'tail'
  readonly #chunks: Buffer[] = []
  #size = 0
  truncated = false

  constructor(maxBytes: number, keep: 'head' | 'tail') {
    this.#max = maxBytes
    this.#keep = keep
  }

  add(chunk: Buffer): void {
    if (this.#keep === 'head') this.#addHead(chunk)
    else this.#addTail(chunk)
  }

  #addHead(chunk: Buffer): void {
    const room = this.#max - this.#size
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#size += Math.min(room, chunk.length)
  }

  #addTail(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#max) {
      this.#size -= this.#chunks.shift()?.length ?? 0
      this.truncated = true
    }
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#chunks)
    if (this.#keep === 'head' || all.length <= this.#max) return all
    this.truncated = true
    return all.subarray(all.length - this.#max)
  }
}

/** Text without the half of a character that a cut may have left at the front. */
export function tailText(bytes: Buffer): string {
  let at = 0
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1
  return bytes.subarray(at).toString('utf8')
}
