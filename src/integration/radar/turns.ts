// One read of a path at a time. Who says meanwhile that it was written waits for the next read, which all of them share, so
// that none ends on an older state than it was told of; and the next one is at a distance that fits what reading costs.
import { setTimeout as delay } from 'node:timers/promises'

/** Rest before the same path is read once more, as a multiple of what that took, and at most, milliseconds. */
const REST = 8
const LONGEST_REST_MS = 500

interface Turn<T> {
  /** Milliseconds to rest afterwards. */
  readonly done: Promise<number>
  next: Promise<T> | null
}

export class Turns<T> {
  readonly #running = new Map<string, Turn<T>>()

  /** Whether it is being read. */
  has(path: string): boolean {
    return this.#running.has(path)
  }

  /** What `read` finds, which begins after this call. */
  take(path: string, read: () => Promise<T>): Promise<T> {
    const running = this.#running.get(path)
    if (running === undefined) return this.#begin(path, read)
    running.next ??= running.done.then(async (restMs) => {
      await delay(restMs)
      return await this.#begin(path, read)
    })
    return running.next
  }

  #begin(path: string, read: () => Promise<T>): Promise<T> {
    const began = performance.now()
    const found = read()
    const done = Promise.allSettled([found]).then(() => {
      if (turn.next === null) this.#running.delete(path)
      return Math.min(LONGEST_REST_MS, (performance.now() - began) * REST)
    })
    const turn: Turn<T> = { done, next: null }
    this.#running.set(path, turn)
    return found
  }
}
