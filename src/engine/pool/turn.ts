// Whose turn it is to make workspaces ahead: daemons of one user fill one after the other, since each takes half of the
// cores. No session waits for it.
import { join } from 'node:path'
import { holdFileLock } from '../../process/lock.ts'
import { inUserState, userStateFolder } from '../../workspace/user-state.ts'

export class FillTurn implements AsyncDisposable {
  #held: AsyncDisposable | null = null

  /** True when it is ours from now on, or was; false while another daemon has it. Throws `E_USER_STATE`. */
  async take(): Promise<boolean> {
    this.#held ??= await inUserState(() => holdFileLock(join(userStateFolder(), 'pool.lock')))
    return this.#held !== null
  }

  /** Lets others have it. */
  async give(): Promise<void> {
    const held = this.#held
    this.#held = null
    await held?.[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.give()
  }
}
