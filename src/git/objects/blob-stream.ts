// Contents of many blobs, one after the other, in one call that holds no more than one of them.
import { streamGit } from '../stream.ts'

const NEWLINE = 10

export interface BlobStreamOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Reads blobs in the order of `blobs` and hands each on with its position there; those that are not in the repository are
 *  left out. The bytes are valid until `each` returns. Throws `E_GIT`. */
export async function readBlobs(
  blobs: readonly string[],
  options: BlobStreamOptions,
  each: (position: number, content: Buffer) => void,
): Promise<void> {
  if (blobs.length === 0) return
  const reader = new BatchReader(each)
  await streamGit(
    ['cat-file', '--batch', '--buffer'],
    { ...options, op: 'read the files of a commit', input: blobs.map((blob) => `${blob}\n`).join('') },
    (chunk) => reader.add(chunk),
  )
}

/** Reads the answers of `cat-file --batch`: a line `<hash> blob <size>`, the content, a line end; or `<hash> missing`. */
class BatchReader {
  readonly #each: (position: number, content: Buffer) => void
  /** Pieces of an answer that has not wholly come. */
  #pending: Buffer[] = []
  #held = 0
  /** Bytes that the answer is known to need; 0: its first line has not come. */
  #needed = 0
  #position = 0

  constructor(each: (position: number, content: Buffer) => void) {
    this.#each = each
  }

  add(chunk: Buffer): void {
    this.#pending.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#needed) return
    const bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending)
    const end = this.#take(bytes)
    const rest = bytes.subarray(end)
    this.#pending = rest.length === 0 ? [] : [Buffer.from(rest)]
    this.#held = rest.length
  }

  /** Hands on every answer that is whole; the offset behind the last one. */
  #take(bytes: Buffer): number {
    this.#needed = 0
    let at = 0
    for (;;) {
      const line = bytes.indexOf(NEWLINE, at)
      if (line === -1) return at
      const words = bytes.toString('latin1', at, line).split(' ')
      const size = words[1] === 'missing' ? -1 : Number(words[2])
      const next = line + 1 + size + 1
      if (size >= 0 && next > bytes.length) {
        this.#needed = next - at
        return at
      }
      if (size >= 0) this.#each(this.#position, bytes.subarray(line + 1, line + 1 + size))
      this.#position += 1
      at = next
    }
  }
}
