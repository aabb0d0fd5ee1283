// Calls under way, by their id, until their results come. Bounded: agents make a dozen at most, and a call whose result
// never comes is forgotten when enough others have begun.
const MOST = 64

export class OpenCalls<T> {
  readonly #calls = new Map<string, T>()

  get size(): number {
    return this.#calls.size
  }

  begin(id: string, call: T): void {
    this.#calls.set(id, call)
    const oldest = this.#calls.keys().next()
    if (this.#calls.size > MOST && !oldest.done) this.#calls.delete(oldest.value)
  }

  /** The call that has ended; undefined when it is not known. */
  end(id: string): T | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }

  clear(): void {
    this.#calls.clear()
  }
}
