// How long ago the constraints were last stated, in tokens: that of them counts which was stated longest ago. A text that
// holds a constraint word for word states it, whoever wrote it. Pure.
import { statedIn, type Ledger } from './ledger.ts'

export class Statements {
  /** Tokens that had come in when a constraint was last stated; the start of the attempt where there is none. */
  readonly #at = new Map<string, number>()
  #grown = 0
  #used = 0

  /** Tokens in the context now. */
  used(tokens: number): void {
    this.#grown += Math.max(0, tokens - this.#used)
    this.#used = tokens
  }

  /** Something was said to the agent, or put in place of its context. True when a constraint was stated. */
  said(ledger: Ledger, text: string): boolean {
    return this.stated(statedIn(ledger, text))
  }

  /** These constraints stand in the context now. */
  stated(ids: readonly string[]): boolean {
    for (const id of ids) this.#at.set(id, this.#grown)
    return ids.length > 0
  }

  /** Tokens since the one that was stated longest ago. What the scope says is held by the box: it counts only where there is
   *  nothing else. */
  since(ledger: Ledger): number {
    const spoken = ledger.filter(({ source }) => source !== 'scope')
    const oldest = (spoken.length === 0 ? ledger : spoken).map(({ id }) => this.#at.get(id) ?? 0)
    return this.#grown - Math.min(this.#grown, ...oldest)
  }
}
