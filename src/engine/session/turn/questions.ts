// Questions that an agent puts during a turn. They are facts: a question survives a crash, and when the turn is played
// again the same question finds the answer that was already given.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { AgentAnswer, AgentQuestion } from '../../../contract/agent.ts'
import { FACTS, parseFact } from '../../../contract/facts.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import type { Services } from '../../services.ts'
import { permissionAnswer } from '../next.ts'
import { ANSWER, AnswerSignal } from '../signals.ts'
import type { SessionSpec } from '../spec.ts'
import { answerUnheard } from './unheard.ts'

/** Answers what rules can answer, and brings the rest before the operator. One desk a turn. */
export class QuestionDesk {
  readonly #services: Services
  readonly #effect: EffectContext
  readonly #session: SessionSpec
  readonly #turn: number
  #asked = 0
  readonly refused: string[] = []

  constructor(services: Services, effect: EffectContext, session: SessionSpec, turn: number) {
    this.#services = services
    this.#effect = effect
    this.#session = session
    this.#turn = turn
  }

  /** Resolves with the answer, however long it takes; rejects with the signal's reason when the turn is over. */
  async answer(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> {
    const ruled = permissionAnswer(question, {
      judge: (paths) => this.#session.ownership.judge(this.#session.piece.id, paths),
      pathless: this.#services.config.permissions ?? 'ask',
    })
    if (ruled !== null) {
      const foreign = this.#session.ownership.judge(this.#session.piece.id, question.paths).outOfScope
      this.refused.push(...foreign.map(({ path }) => path))
      return ruled
    }
    const heard = this.#answeredBefore(question)
    if (heard !== null) return toAnswer(question, heard)
    const id = questionId(this.#turn, ++this.#asked, question)
    const { kind, text, options, paths } = question
    record(this.#effect, 'question.asked', id, {
      question: id,
      kind,
      text,
      options: options.map((option) => ({ ...option })),
      paths: [...paths],
    })
    return toAnswer(question, await this.#waitForAnswer(id, signal))
  }

  /** An agent that was lost may never have heard the answer: asking again, it gets the same one. */
  #answeredBefore(question: AgentQuestion): string | null {
    const types = ['question.asked', 'question.answered', 'turn.started', 'turn.ended']
    const facts = [...this.#services.store.events({ stream: this.#session.stream, types })].flatMap(
      ({ type, data }) => parseFact(type, data) ?? [],
    )
    return answerUnheard(facts, question, this.#turn)
  }

  #waitForAnswer(id: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const until = new AbortController()
      const settle = (): void => {
        const given = this.#given(id)
        if (given === null) return
        until.abort()
        resolve(given)
      }
      signal.addEventListener(
        'abort',
        () => {
          until.abort()
          reject(signal.reason)
        },
        { once: true },
      )
      this.#effect.watchSignals((message) => {
        if (message.name === ANSWER && v.is(AnswerSignal, message.data) && message.data.question === id)
          settle()
      }, until.signal)
      settle()
    })
  }

  /** The answer in the log, if there is one. */
  #given(id: string): string | null {
    const event = this.#services.store.event(this.#session.stream, `question.answered:${id}`)
    return event === undefined ? null : v.parse(FACTS['question.answered'], event.data).answer
  }
}

/** The same question at the same place of the same turn has the same id, also when the turn is played again. */
function questionId(turn: number, ordinal: number, question: AgentQuestion): string {
  const text = JSON.stringify([question.kind, question.text, question.options])
  return `${turn}.${ordinal}.${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}

/** An option named by its id, its label or its position from 1; anything else is free text. */
function toAnswer(question: AgentQuestion, answer: string): AgentAnswer {
  const wanted = answer.trim()
  const option =
    question.options.find(({ id }) => id === wanted) ??
    question.options.find(({ label }) => label.toLowerCase() === wanted.toLowerCase()) ??
    (/^\d+$/.test(wanted) ? question.options[Number(wanted) - 1] : undefined)
  return option === undefined ? { kind: 'text', text: answer } : { kind: 'option', id: option.id }
}
