// A lock between processes that dies with its holder: an exclusive transaction on an empty SQLite file, which is a lock of
// the operating system on every platform, without a native module. It is a lock and not a table, hence not in store/.
// The file is never deleted: two processes could then hold two files of one name.
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { QuintetError } from '../contract/errors.ts'

export interface LockOptions {
  /** Milliseconds to wait for the lock; default one minute. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 60_000
const SHORTEST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 15
const SQLITE_BUSY = 5

/** Who waits in this process, per lock file: the others poll one at a time. */
const queues = new Map<string, Promise<void>>()

/** Runs `work` while this process alone holds the lock at `path`; not re-entrant. The folder is made.
 *  Throws `E_LOCK_TIMEOUT`, `E_LOCK` when the file cannot be used, or the signal's reason. */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const file = resolve(path)
  const turn = Promise.withResolvers<void>()
  const before = queues.get(file) ?? Promise.resolve()
  const mine = before.then(() => turn.promise)
  queues.set(file, mine)
  try {
    await using _lock = await acquire(file, before, options)
    return await work()
  } finally {
    turn.resolve()
    if (queues.get(file) === mine) queues.delete(file)
  }
}

/** Takes the lock at `path` and keeps it until it is disposed of or this process dies; null when somebody holds it.
 *  Throws `E_LOCK` when the file cannot be used. */
export async function holdFileLock(path: string): Promise<AsyncDisposable | null> {
  const file = resolve(path)
  const attempt = await openAttempt(file)
  if (attempt.take()) return { [Symbol.asyncDispose]: () => Promise.resolve(attempt.close()) }
  attempt.close()
  return null
}

async function acquire(file: string, before: Promise<void>, options: LockOptions): Promise<AsyncDisposable> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
  try {
    await unlessAborted(before, signal)
    const attempt = await openAttempt(file)
    try {
      while (!attempt.take()) await pause(randomPause(), undefined, { signal })
    } catch (error) {
      attempt.close()
      throw error
    }
    return { [Symbol.asyncDispose]: () => Promise.resolve(attempt.close()) }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!limit.aborted || error instanceof QuintetError) throw error
    throw new QuintetError('E_LOCK_TIMEOUT', 'environment', `The lock ${file} is held by another process.`, {
      cause: error,
      hints: [{ text: 'See who holds it.', command: `fuser -v '${file}'` }],
    })
  }
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  work.then(resolve, reject)
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}

/** Waiters that poll in step would keep missing the same moment. */
function randomPause(): number {
  return SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS)
}

interface Attempt {
  /** One try; false when somebody else holds the lock. */
  take(): boolean
  close(): void
}

async function openAttempt(file: string): Promise<Attempt> {
  await mkdir(dirname(file), { recursive: true })
  const { DatabaseSync } = await import('node:sqlite')
  const unusable = (error: unknown): QuintetError =>
    new QuintetError('E_LOCK', 'environment', `The lock file ${file} cannot be used.`, { cause: error })
  try {
    const database = new DatabaseSync(file, { timeout: 0 })
    return {
      take() {
        try {
          // Without a journal file: there is nothing to roll back.
          database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
          return true
        } catch (error) {
          if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
          throw unusable(error)
        }
      },
      close: () => database.close(),
    }
  } catch (error) {
    throw unusable(error)
  }
}
