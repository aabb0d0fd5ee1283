// The demo's stand-in for the operator: it sees the same questions that a person would see, writes a decision and gives
// the answer through the same API.
import type { StreamMessage } from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { RunView, SessionView } from '../../contract/view.ts'
import { connectDaemon } from '../../daemon/connect.ts'
import type { Repository } from '../../git/repository.ts'
import type { Display } from '../display.ts'

/** What is decided, by a word of the question. */
const DECISIONS: readonly { readonly about: RegExp; readonly decision: string; readonly option: number }[] = [
  {
    about: /login session|session|token/i,
    decision: 'Login sessions last 7 days; a shorter life costs less than a stolen token.',
    option: 0,
  },
]

/** Shows what the wrapped display shows, and answers every question as it comes. */
export class DemoOperator implements Display {
  readonly #repo: Repository
  readonly #display: Display
  readonly #signal: AbortSignal
  readonly #answered = new Set<string>()
  #answering: Promise<void> = Promise.resolve()

  constructor(repo: Repository, display: Display, signal: AbortSignal) {
    this.#repo = repo
    this.#display = display
    this.#signal = signal
  }

  past(message: StreamMessage): void {
    this.#display.past(message)
  }

  begin(view: RunView): void {
    this.#display.begin(view)
    this.#look(view)
  }

  message(message: StreamMessage, view: () => RunView): void {
    this.#display.message(message, view)
    if (message.kind === 'fact' && message.type === 'question.asked') this.#look(view())
  }

  notice(text: string): void {
    this.#display.notice(text)
  }

  /** Resolves when every answer has been given. */
  async settled(): Promise<void> {
    await this.#answering
  }

  [Symbol.dispose](): void {
    this.#display[Symbol.dispose]()
  }

  #look(view: RunView): void {
    for (const session of view.sessions) {
      const { question } = session
      if (question === null || this.#answered.has(question.id)) continue
      this.#answered.add(question.id)
      this.#answering = this.#answering
        .then(() => this.#answer(view, session, question))
        .catch((error: unknown) => this.#unanswered(question.id, error))
    }
  }

  async #answer(
    view: RunView,
    session: SessionView,
    question: NonNullable<SessionView['question']>,
  ): Promise<void> {
    const client = await connectDaemon(this.#repo, { start: true, signal: this.#signal })
    const known = DECISIONS.find(({ about }) => about.test(question.text))
    const option = question.options[known?.option ?? 0]
    if (client === null || option === undefined) return
    if (known !== undefined && !view.decisions.some(({ text }) => text === known.decision)) {
      this.#display.notice(`decide "${known.decision}"`)
      await client.decide(view.run, known.decision)
    }
    this.#display.notice(`answer ${session.piece} ${option.label}`)
    await client.answer(session.id, { question: question.id, answer: option.id })
  }

  /** A daemon that was killed meanwhile asks again; a question that is gone needs no answer. */
  #unanswered(question: string, error: unknown): void {
    if (!(error instanceof QuintetError)) throw error
    if (error.code !== 'E_NO_QUESTION') this.#answered.delete(question)
    this.#display.notice(`The answer was not taken: ${error.message}`)
  }
}
