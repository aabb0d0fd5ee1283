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
import { RefusalBook } from './refusals.ts'
import { answerUnheard } from './unheard.ts'

/** Answers what rules can answer, and brings the rest before the operator. One desk a turn. */
export class QuestionDesk {
  readonly #services: Services
  readonly #effect: EffectContext
  readonly #session: SessionSpec
  readonly #turn: number
  /** What was refused in this turn. */
  readonly refusals: RefusalBook
  /** Ids of questions whose answer nobody has taken, by what was asked. */
  readonly #untaken = new Map<string, string>()
  /** How often each question was put anew. */
  readonly #asked = new Map<string, number>()

  constructor(services: Services, effect: EffectContext, session: SessionSpec, turn: number) {
    this.#services = services
    this.#effect = effect
    this.#session = session
    this.#turn = turn
    this.refusals = new RefusalBook(services, session)
  }

  /** Resolves with the answer, however long it takes; rejects with the signal's reason when nobody waits any longer. The
   *  same question put again finds the answer that came meanwhile. */
  async answer(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> {
    const ruled = await this.#byRule(question)
    if (ruled !== null) return ruled
    const heard = this.#answeredBefore(question)
    if (heard !== null) return toAnswer(question, heard)
    const what = JSON.stringify([question.kind, question.text, question.options])
    const id = this.#untaken.get(what) ?? this.#newId(what)
    this.#untaken.set(what, id)
    this.#record(id, question)
    const answer = toAnswer(question, await this.#waitForAnswer(id, signal))
    this.#untaken.delete(what)
    return answer
  }

  async #byRule(question: AgentQuestion): Promise<AgentAnswer | null> {
    if (question.kind !== 'permission') return null
    const open = await this.refusals.consider(question)
    return permissionAnswer(question, {
      judge: (paths) => {
        const judged = this.#session.ownership.judge(this.#session.piece.id, paths)
        return open ? judged : { outOfScope: paths.map((path) => ({ path })) }
      },
      pathless: this.#services.config.permissions ?? this.#pathless(),
    })
  }

  /** Whatever a command is, the kernel keeps an enforced session inside its scope. */
  #pathless(): 'ask' | 'allow' {
    const live = this.#services.conversations.current(this.#session.label)
    return live?.boxed.level === 'enforced' ? 'allow' : 'ask'
  }

  /** The same question for the same time in the same turn has the same id, also when the turn is played again by an agent
   *  that has left out what it knew already. */
  #newId(what: string): string {
    const count = (this.#asked.get(what) ?? 0) + 1
    this.#asked.set(what, count)
    return `${this.#turn}.${count}.${createHash('sha256').update(what).digest('hex').slice(0, 8)}`
  }

  #record(id: string, question: AgentQuestion): void {
    const { kind, text, options, paths } = question
    record(this.#effect, 'question.asked', id, {
      question: id,
      kind,
      text,
      options: options.map((option) => ({ ...option })),
      paths: [...paths],
    })
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

/** An option named by its id, its label or its position from 1; anything else is free text. */
function toAnswer(question: AgentQuestion, answer: string): AgentAnswer {
  const wanted = answer.trim()
  const option =
    question.options.find(({ id }) => id === wanted) ??
    question.options.find(({ label }) => label.toLowerCase() === wanted.toLowerCase()) ??
    (/^\d+$/.test(wanted) ? question.options[Number(wanted) - 1] : undefined)
  return option === undefined ? { kind: 'text', text: answer } : { kind: 'option', id: option.id }
}
