// Git's answers that are too large to be held: read piece by piece while git goes on.
import { QuintetError } from '../contract/errors.ts'
import { startChild } from '../process/child.ts'
import { safeGit } from './run.ts'

export interface StreamOptions {
  readonly cwd: string
  /** What is being done, for messages: "read the files". */
  readonly op: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Of a partial clone, what is not here is not fetched. Git before 2.45 does not know the first and is kept from every
 *  remote by the second. */
export const NO_FETCH: Readonly<Record<string, string>> = { GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '' }

/** Runs git and hands on what it writes, in order; each chunk is valid until `each` returns. Throws `E_GIT` when git fails,
 *  after all it wrote was handed on, and the signal's reason on abort. */
export async function streamGit(
  args: readonly string[],
  options: StreamOptions,
  each: (chunk: Buffer) => void,
): Promise<void> {
  const { cwd, op, signal } = options
  const command = safeGit(args, options.env)
  await using child = await startChild('git', command.args, {
    cwd,
    env: command.env,
    ...(signal === undefined ? {} : { signal }),
  })
  child.stdin.end(options.input)
  for await (const chunk of child.stdout) if (chunk instanceof Buffer) each(chunk)
  const { exitCode } = await child.exited
  signal?.throwIfAborted()
  if (exitCode === 0) return
  const stderr = child.stderrTail().trim()
  const last = stderr.split('\n').findLast((line) => line !== '') ?? ''
  const message = `Git could not ${op}: git ${args[0] ?? ''} ended with ${exitCode ?? 'a signal'}. ${last}`
  throw new QuintetError('E_GIT', 'git', message.trim(), { details: { args, cwd, exitCode, stderr } })
}

/** Cuts chunks into records that end with a NUL; what a chunk ends in the middle of is kept for the next one. */
export class NulRecords {
  readonly #each: (record: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(each: (record: Buffer) => void) {
    this.#each = each
  }

  /** Hands on every record that ends in this chunk. */
  add(chunk: Buffer): void {
    let bytes = chunk
    if (this.#rest.length > 0) {
      if (!chunk.includes(0)) {
        this.#rest = Buffer.concat([this.#rest, chunk])
        return
      }
      bytes = Buffer.concat([this.#rest, chunk])
    }
    let at = 0
    for (let end = bytes.indexOf(0, at); end !== -1; end = bytes.indexOf(0, at)) {
      this.#each(bytes.subarray(at, end))
      at = end + 1
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }
}
