// The size of a session's change while it is at work: counted after the agent's own tool events, at most every two
// seconds, more rarely where a count takes long, and never through the agent's index lock.
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentEvent } from '../../../contract/agent.ts'
import { errorData } from '../../../contract/errors.ts'
import type { Workspace } from '../../../contract/session.ts'
import { tidyGit } from '../../../workspace/box/tidy.ts'
import { branchRef } from '../../names.ts'
import { isControl } from '../../breakdown.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import type { Services } from '../../services.ts'
import { importWork } from '../box.ts'
import type { SessionSpec } from '../spec.ts'
import { ChangeCounts, countOnceReadable, type Counts } from './change-counts.ts'

const PAUSE_MS = 2_000
/** Pause after a count, as a multiple of what it took. */
const REST = 20

export class ChangeObserver implements AsyncDisposable {
  readonly #effect: EffectContext
  readonly #count: () => Promise<Counts>
  readonly #stamp: () => Promise<string | null>
  readonly #tell: (text: string) => void
  readonly #over = new AbortController()
  #running: Promise<void> | null = null
  #again = false
  #last = ''
  /** Of what was counted last; null where that is not known. */
  #counted: string | null = null

  constructor(
    services: Services,
    effect: EffectContext,
    { session, workspace }: { session: SessionSpec; workspace: Workspace },
  ) {
    const counts = new ChangeCounts({
      path: workspace.path,
      base: workspace.base,
      ref: branchRef(session.name),
      judge: (paths) => session.ownership.judge(session.piece.id, paths),
    })
    this.#effect = effect
    this.#count = async () => {
      // A pipe among the session's references would hold up the count.
      await tidyGit(services.repo, services.state, session.name)
      return await countOnceReadable(counts, () => importWork(services, session))
    }
    this.#stamp = async () => (await services.stampOf?.(workspace.path)) ?? null
    this.#tell = (text) => services.announce(session.label, text)
  }

  /** Takes in any event of the agent; edits and commands lead to a count. */
  note(event: AgentEvent): void {
    if (event.kind !== 'tool' || event.status !== 'completed') return
    if (event.tool === 'read' || event.tool === 'think' || event.tool === 'search') return
    this.#again = true
    this.#running ??= this.#loop()
  }

  async #loop(): Promise<void> {
    while (this.#again && !this.#over.signal.aborted) {
      this.#again = false
      const began = performance.now()
      const stamp = await this.#stamp()
      // The same paths on the same commit: the figures are the same, whatever was written.
      if ((stamp === null || stamp !== this.#counted) && (await this.#write())) this.#counted = stamp
      await pause(Math.max(PAUSE_MS, (performance.now() - began) * REST), this.#over.signal)
    }
    this.#running = null
  }

  /** False when they could not be taken. The figures are for the eye only: what keeps them from being taken or written is told, and costs the turn nothing. */
  async #write(): Promise<boolean> {
    try {
      if (!this.#effect.signal.aborted) this.#record(await this.#count())
      return true
    } catch (error) {
      if (isControl(error)) return false
      this.#tell(`the changes cannot be counted: ${errorData(error).message}`)
      return false
    }
  }

  #record(counts: Counts): void {
    const text = JSON.stringify(counts)
    if (text === this.#last || this.#effect.signal.aborted) return
    this.#last = text
    record(this.#effect, 'changes.observed', String(Date.now()), counts)
  }

  /** A last count when the turn is over, so that what is shown is what is there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    await this.#running
    await this.#write()
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
