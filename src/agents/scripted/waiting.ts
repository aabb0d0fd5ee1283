// Waiting for time to pass or for a path to appear, without a busy loop, until a signal aborts.
import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errnoOf, ignoring } from '../../contract/errors.ts'

const ABSENT = ['ENOENT', 'ENOTDIR']

/** Resolves after `ms` milliseconds. Rejects with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (ms <= 0) return
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** Resolves when something exists at `path`. Rejects with the signal's reason. */
export async function pathExists(path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const folder = await nearestFolder(path)
    using change = nextChange(folder, signal)
    // Looked at only now: what came before the watch was set up is seen here, what comes later by the watch.
    if (await exists(path)) return
    if ((await nearestFolder(path)) === folder) await change.happened
  }
}

interface Change extends Disposable {
  readonly happened: Promise<void>
}

/** The folder that is to hold `path`, or the nearest one above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  let folder = dirname(path)
  while (!(await exists(folder))) folder = dirname(folder)
  return folder
}

function nextChange(folder: string, signal: AbortSignal): Change {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => resolve()
  signal.addEventListener('abort', done, { once: true })
  const watcher = watchFolder(folder, done)
  return {
    happened: promise,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', done)
      watcher?.close()
    },
  }
}

/** A folder that went in between counts as a change. */
function watchFolder(folder: string, done: () => void): { close(): void } | null {
  try {
    const watcher = watch(folder, done)
    watcher.once('error', done)
    return watcher
  } catch (error) {
    if (!ABSENT.includes(errnoOf(error) ?? '')) throw error
    done()
    return null
  }
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(ABSENT, stat(path))) !== undefined
}
