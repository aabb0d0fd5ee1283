// The size of a session's change while it is at work: counted after the agent's own tool events, at most every two
// seconds, and never through the agent's index lock.
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentEvent } from '../../../contract/agent.ts'
import { errorData } from '../../../contract/errors.ts'
import type { FactData } from '../../../contract/facts.ts'
import type { Workspace } from '../../../contract/session.ts'
import { changes, commitCount, lineCounts } from '../../../git/diff.ts'
import { isGitFailure } from '../../../git/repository.ts'
import { status } from '../../../git/status.ts'
import { branchRef } from '../../names.ts'
import { isControl } from '../../breakdown.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import type { Services } from '../../services.ts'
import { importWork } from '../box.ts'
import type { SessionSpec } from '../spec.ts'

const PAUSE_MS = 2_000
const COUNT_ATTEMPTS = 4

type Counts = FactData<'changes.observed'>

export class ChangeObserver implements AsyncDisposable {
  readonly #effect: EffectContext
  readonly #count: () => Promise<Counts>
  readonly #tell: (text: string) => void
  readonly #over = new AbortController()
  #running: Promise<void> | null = null
  #again = false
  #last = ''

  constructor(
    services: Services,
    effect: EffectContext,
    target: { session: SessionSpec; workspace: Workspace },
  ) {
    this.#effect = effect
    this.#count = () => countAll(services, target)
    this.#tell = (text) => services.announce(target.session.label, text)
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
      await this.#write()
      await pause(this.#over.signal)
    }
    this.#running = null
  }

  /** The figures are for the eye only: what keeps them from being taken or written is told, and costs the turn nothing. */
  async #write(): Promise<void> {
    try {
      if (!this.#effect.signal.aborted) this.#record(await this.#count())
    } catch (error) {
      if (isControl(error)) return
      this.#tell(`the changes cannot be counted: ${errorData(error).message}`)
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

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await delay(PAUSE_MS, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What was committed in a box can be read once it is imported; a commit that comes in between is waited for. */
async function countAll(
  services: Services,
  target: { session: SessionSpec; workspace: Workspace },
): Promise<Counts> {
  for (let attempt = 1; ; attempt += 1) {
    await importWork(services, target.session)
    try {
      return await countChanges(services, target)
    } catch (error) {
      if (attempt === COUNT_ATTEMPTS || !isGitFailure(error)) throw error
    }
  }
}

async function countChanges(
  services: Services,
  { session, workspace }: { session: SessionSpec; workspace: Workspace },
): Promise<Counts> {
  const tip = branchRef(session.name)
  const [committed, commits, lines, now] = await Promise.all([
    changes(workspace.path, workspace.base, tip),
    commitCount(workspace.path, workspace.base, tip),
    lineCounts(workspace.path, workspace.base, tip),
    status(workspace.path),
  ])
  const paths = new Set([...committed.map(({ path }) => path), ...now.entries.map(({ path }) => path)])
  const judged = session.ownership.judge(session.piece.id, [...paths])
  return { commits, ...lines, inScope: judged.inScope.length, outOfScope: judged.outOfScope.length }
}
