// The demo's stand-in for the operator: it sees the same questions that a person would see, writes a decision and gives
// the answer through the same API.
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamMessage } from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { RunView } from '../../contract/view.ts'
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

const LOOK_AGAIN_MS = 250

/** Shows what the wrapped display shows, and answers every question until none is open. */
export class DemoOperator implements Display {
  readonly #repo: Repository
  readonly #display: Display
  readonly #own = new AbortController()
  readonly #over: AbortSignal
  /** Questions that were answered, or are about to be. */
  readonly #seen = new Set<string>()
  #view: () => RunView | null = () => null
  #answering: Promise<void> = Promise.resolve()

  constructor(repo: Repository, display: Display, signal: AbortSignal) {
    this.#repo = repo
    this.#display = display
    this.#over = AbortSignal.any([signal, this.#own.signal])
  }

  past(message: StreamMessage): void {
    this.#display.past(message)
  }

  begin(view: RunView): void {
    this.#display.begin(view)
    this.#view = () => view
    this.#look()
  }

  message(message: StreamMessage, view: () => RunView): void {
    this.#display.message(message, view)
    this.#view = view
    if (message.kind === 'ending') this.#own.abort()
    if (message.kind === 'fact' && message.type.startsWith('question.')) this.#look()
  }

  notice(text: string): void {
    this.#display.notice(text)
    this.#look()
  }

  /** Resolves when every answer has been given. */
  async settled(): Promise<void> {
    let awaited: Promise<void> | null = null
    while (awaited !== this.#answering) {
      awaited = this.#answering
      await awaited
    }
  }

  [Symbol.dispose](): void {
    this.#own.abort()
    this.#display[Symbol.dispose]()
  }

  #look(): void {
    const view = this.#view()
    if (view === null || view.state === 'ended') return
    for (const session of view.sessions) {
      const { question } = session
      if (question === null || this.#seen.has(question.id)) continue
      this.#seen.add(question.id)
      this.#answering = this.#answering
        .then(() => this.#answer(view.run, { session: session.id, question: question.id }))
        .catch((error: unknown) => this.#lookAgain(question.id, error))
    }
  }

  /** The view that is shown may be behind: what is open and what is decided, the daemon says. */
  async #answer(run: string, asked: { readonly session: string; readonly question: string }): Promise<void> {
    const client = await connectDaemon(this.#repo, { start: true, signal: this.#over })
    const view = await client?.run(run)
    const session = view?.sessions.find(
      ({ id, question }) => id === asked.session && question?.id === asked.question,
    )
    const question = session?.question ?? null
    if (client === null || view === undefined || session === undefined || question === null) return
    const known = DECISIONS.find(({ about }) => about.test(question.text))
    const option = question.options[known?.option ?? 0]
    if (option === undefined) return
    if (known !== undefined && !view.decisions.some(({ text }) => text === known.decision)) {
      this.#display.notice(`decide "${known.decision}"`)
      await client.decide(run, known.decision)
    }
    this.#display.notice(`answer ${session.piece} ${option.label}`)
    await client.answer(session.id, { question: question.id, answer: option.id })
  }

  /** A daemon that was killed meanwhile, or has heard the answer without saying so, is asked again. */
  async #lookAgain(question: string, error: unknown): Promise<void> {
    if (this.#over.aborted) return
    if (!(error instanceof QuintetError)) throw error
    this.#display.notice(`The answer was not taken: ${error.message}`)
    try {
      await delay(LOOK_AGAIN_MS, undefined, { signal: this.#over })
    } catch (interrupted) {
      if (this.#over.aborted) return
      throw interrupted
    }
    this.#seen.delete(question)
    this.#look()
  }
}
