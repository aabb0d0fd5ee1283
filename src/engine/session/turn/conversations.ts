// The live agents of this process: at most one conversation a session. A conversation outlives its turns, so that the
// next prompt finds it warm; it is stopped when the session finishes, resets, is abandoned or when this process ends.
import type { AgentAnswer, AgentEvent, AgentQuestion } from '../../../contract/agent.ts'
import type { Conversation } from '../../../agents/driver.ts'
import type { Followed } from '../../health/followed.ts'
import type { SessionBox } from '../held.ts'

/** Who listens to a conversation at the moment: the turn in flight, or nobody. */
export interface Listener {
  onEvent(event: AgentEvent): void
  onQuestion(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer>
}

const NOBODY: Listener = {
  onEvent: () => undefined,
  onQuestion: () => Promise.resolve({ kind: 'declined' }),
}

export interface Live {
  readonly attempt: number
  /** Of the scope that its box and the rules of its agent were made for; null without such. */
  readonly fingerprint: string | null
  /** What its agent was started in. While it is alive a new box cannot be made ready safely, but this one be entered. */
  readonly boxed: SessionBox
  readonly conversation: Conversation
  readonly line: Line
  /** The health of the attempt; null until its first turn. */
  followed: Followed | null
}

/** Routes what the agent says to the turn in flight. */
export class Line implements Listener {
  #listener: Listener = NOBODY

  onEvent(event: AgentEvent): void {
    this.#listener.onEvent(event)
  }

  onQuestion(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> {
    return this.#listener.onQuestion(question, signal)
  }

  /** Hands the line to a listener until the result is disposed. */
  connect(listener: Listener): Disposable {
    this.#listener = listener
    return {
      [Symbol.dispose]: () => {
        if (this.#listener === listener) this.#listener = NOBODY
      },
    }
  }
}

export class Conversations implements AsyncDisposable {
  readonly #live = new Map<string, Live>()

  /** The session's conversation, of this attempt where one is named, if it is alive in this process. */
  current(session: string, attempt?: number): Live | null {
    const live = this.#live.get(session)
    if (live === undefined || !live.conversation.alive) return null
    return attempt === undefined || live.attempt === attempt ? live : null
  }

  /** Stops whatever the session had and opens anew. */
  async open(
    session: string,
    made: Pick<Live, 'attempt' | 'fingerprint' | 'boxed'>,
    open: (line: Line) => Promise<Conversation>,
  ): Promise<Live> {
    await this.stop(session)
    const line = new Line()
    const live: Live = { ...made, conversation: await open(line), line, followed: null }
    this.#live.set(session, live)
    return live
  }

  /** Puts a question as if the session's agent had asked it; declined when no turn is in flight. Rejects with the signal's
   *  reason when nobody waits for the answer any longer. */
  async ask(session: string, question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> {
    const live = this.#live.get(session)
    return live === undefined ? { kind: 'declined' } : await live.line.onQuestion(question, signal)
  }

  /** Ends the session's agent and its whole process tree; does nothing when there is none. */
  async stop(session: string): Promise<void> {
    const live = this.#live.get(session)
    if (live === undefined) return
    this.#live.delete(session)
    await live.conversation.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#live.keys()].map((session) => this.stop(session)))
  }
}
