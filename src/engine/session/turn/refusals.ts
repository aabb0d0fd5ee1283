// Permission requests that were refused in a turn: they are filed as scope requests, and remembered, because no agent is
// told by its protocol why it was refused.
import type { AgentEvent, AgentQuestion } from '../../../contract/agent.ts'
import type { Services } from '../../services.ts'
import { fileOrAnnounce } from '../../scope/file.ts'
import { isAboutWriting, type RefusedPath, type Refusals } from '../next.ts'
import type { SessionSpec } from '../spec.ts'
import { isBoxed } from '../stored.ts'

/** Keeps what was refused in one turn. */
export class RefusalBook {
  readonly #services: Services
  readonly #session: SessionSpec
  readonly #refused = new Map<string, RefusedPath>()
  #wentOn = false

  constructor(services: Services, session: SessionSpec) {
    this.#services = services
    this.#session = session
  }

  /** Files the paths of a question that are not the session's; afterwards the map may say otherwise. True when the answer
   *  may follow the map: inside of a box that cannot grow, a grant opens nothing before the next turn. */
  async consider(question: AgentQuestion): Promise<boolean> {
    const foreign = this.#foreign(question)
    if (foreign.length === 0) return true
    const paths = foreign.map(({ path }) => path).filter((path) => this.#mayBeAskedFor(path))
    if (paths.length > 0) {
      const reason = `The agent tried: ${question.text}`
      // A request that cannot be filed must not keep the agent from its answer.
      await fileOrAnnounce(this.#services, this.#session, { paths, reason, via: 'permission' })
    }
    if (this.#foreign(question).length === 0 && !isBoxed(this.#services.store, this.#session.stream))
      return true
    for (const { path, owner } of foreign) this.#refused.set(path, { path, owner })
    this.#wentOn = false
    return false
  }

  /** Takes in any event of the agent: a tool that is used after a refusal shows that the turn was not cut by it. */
  note(event: AgentEvent): void {
    if (event.kind === 'tool' && event.status !== 'failed') this.#wentOn = true
  }

  /** What was refused, and whether the turn ended over it. */
  refusals(reason: string): Refusals {
    const refused = [...this.#refused.values()]
    return { refused, cut: refused.length > 0 && (reason === 'cancelled' || !this.#wentOn) }
  }

  #foreign(question: AgentQuestion): readonly RefusedPath[] {
    if (!isAboutWriting(question)) return []
    return this.#session.ownership.judge(this.#session.piece.id, question.paths).outOfScope
  }

  #mayBeAskedFor(path: string): boolean {
    return this.#session.ownership.ownerOf(path).kind !== 'forbidden'
  }
}
