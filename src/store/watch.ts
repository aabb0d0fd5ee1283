// Learning that the state has changed: at once for this process, by one cheap number for the others.
import type { Change } from './database.ts'
import type { Store } from './store.ts'

export interface StoreWatch extends Disposable {
  /** Whether the watch keeps the process alive; at first it does not. */
  keepAlive(alive: boolean): void
}

const POLL_MS = 200

/** Calls `listener` soon after every commit, of any process (`other`: what it touched is not known). */
export function watchStore(store: Store, listener: (change: Change | 'other') => void): StoreWatch {
  let version = store.dataVersion()
  const timer = setInterval(() => {
    const now = store.dataVersion()
    if (now === version) return
    version = now
    listener('other')
  }, POLL_MS)
  timer.unref()
  const subscription = store.onCommit(listener)
  return {
    keepAlive: (alive) => void (alive ? timer.ref() : timer.unref()),
    [Symbol.dispose]: () => {
      clearInterval(timer)
      subscription[Symbol.dispose]()
    },
  }
}
