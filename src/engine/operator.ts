// What the operator can do to a run: decide, answer, retry, reset, abandon, merge, stop. Each call is a fact or a
// signal in the log; whether anybody works on the run at the moment makes no difference.
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { QuintetError } from '../contract/errors.ts'
import { FACTS } from '../contract/facts.ts'
import { NO_REASON } from '../contract/reasons.ts'
import { QUESTION_ENDS } from '../contract/questions.ts'
import { integrationWorkflowId, runWorkflowId, sessionWorkflowId, type SessionName } from './names.ts'
import { toJson } from './record.ts'
import { DROP, MERGE, STOP } from './run/milestone.ts'
import type { Services } from './services.ts'
import { refreshFolders } from './session/words/folders.ts'
import { ANSWER, OPERATOR, type OperatorSignal } from './session/signals.ts'
import { loadRunInput, sessionSpec } from './session/spec.ts'

/** Writes the next decision of a run and shows it to all its sessions. Throws `E_RUN_ENDED`. */
export async function decide(services: Services, run: string, text: string): Promise<{ n: number }> {
  requireLiveRun(services, run)
  const n = appendDecision(services, run, text.trim())
  await refreshFolders(services, run)
  return { n }
}

function appendDecision(services: Services, run: string, text: string): number {
  for (let n = 1; ; n++) {
    const event = {
      stream: runWorkflowId(run),
      key: `decision.made:${n}`,
      type: 'decision.made',
      data: { n, text },
    }
    if (services.store.append(event) === 'appended') return n
  }
}

/** Answers a session's open question; with several open, `question` says which. Throws `E_NO_QUESTION`. */
export function answerQuestion(
  services: Services,
  name: SessionName,
  request: { readonly question?: string | undefined; readonly answer: string },
): { question: string } {
  const { stream, label } = sessionSpec(services, name)
  const { open, end } = openQuestions(services, stream)
  const question = request.question ?? open.at(-1)
  if (question === undefined || !open.includes(question)) throw noQuestion(label, end)
  const data = { question, answer: request.answer, by: 'operator' }
  services.store.append({ stream, key: `question.answered:${question}`, type: 'question.answered', data })
  services.engine().signal(stream, { name: ANSWER, data, dedupe: `answer:${question}` })
  return { question }
}

/** Questions that somebody waits for, oldest first, and what ended the last ones; null when nothing did yet. */
function openQuestions(
  services: Services,
  stream: string,
): { readonly open: readonly string[]; readonly end: string | null } {
  const open = new Set<string>()
  let end: string | null = null
  const types = ['question.asked', 'question.answered', ...QUESTION_ENDS]
  for (const event of services.store.events({ stream, types })) {
    if (event.type === 'question.asked') open.add(v.parse(FACTS['question.asked'], event.data).question)
    else if (event.type === 'question.answered')
      open.delete(v.parse(FACTS['question.answered'], event.data).question)
    else {
      open.clear()
      end = event.type
    }
  }
  return { open: [...open], end }
}

function noQuestion(label: string, end: string | null): QuintetError {
  if (end === 'session.failed') {
    return new QuintetError(
      'E_NO_QUESTION',
      'precondition',
      `The session ${label} has failed and waits for no answer any more.`,
      {
        hints: [
          {
            text: 'Mend what is wrong and let it go on.',
            command: `quintet session retry ${label} "<what to do>"`,
          },
        ],
      },
    )
  }
  return new QuintetError(
    'E_NO_QUESTION',
    'precondition',
    `The session ${label} has no such open question.`,
    {
      hints: [{ text: 'See what is open.', command: 'quintet blocked' }],
    },
  )
}

/** Gives a session the operator's word; a turn in flight is interrupted. To retry one that was abandoned, with words, is
 *  `noted` for the next session of its piece. Throws `E_SESSION_ENDED`, `E_SESSION_PLANNED`. */
export async function tellSession(
  services: Services,
  name: SessionName,
  word: OperatorSignal,
): Promise<{ told: string; noted?: boolean }> {
  await services.reloadConfig()
  return tellNow(services, name, word)
}

/** As `tellSession`, by the configuration as it was read last; can be part of a transaction. Throws the same. */
export function tellNow(
  services: Services,
  name: SessionName,
  word: OperatorSignal,
): { told: string; noted?: boolean } {
  const session = sessionSpec(services, name)
  const claim = services.store.claims.claim(session.stream)
  if (claim === undefined && word.kind === 'abandon') {
    const data = { piece: name.piece, reason: word.reason }
    services.engine().signal(runWorkflowId(name.run), { name: DROP, data, dedupe: `drop:${name.piece}` })
    return { told: session.label }
  }
  if (claim === undefined) {
    throw new QuintetError(
      'E_SESSION_PLANNED',
      'precondition',
      `The session ${session.label} has not started yet.`,
      {
        hints: [{ text: 'See what it waits for.', command: 'quintet status' }],
      },
    )
  }
  if (claim.status === 'done' || claim.status === 'failed' || claim.status === 'cancelled') {
    if (noteForNext(services, session.stream, word)) return { told: session.label, noted: true }
    throw new QuintetError('E_SESSION_ENDED', 'precondition', `The session ${session.label} has ended.`, {
      hints: [{ text: 'Start a run for what is left.', command: `quintet run ${session.run.name} --fresh` }],
    })
  }
  services.engine().signal(sessionWorkflowId(name), { name: OPERATOR, data: toJson(word) })
  return { told: session.label }
}

/** What is different the next time, kept with the session that was abandoned; false where there is no such session or
 *  word. */
function noteForNext({ store }: Services, stream: string, word: OperatorSignal): boolean {
  if (word.kind !== 'retry' || word.reason === NO_REASON) return false
  const abandoned = [...store.events({ stream, types: ['session.abandoned'], limit: 1 })].length > 0
  if (!abandoned) return false
  const key = `session.noted:${randomUUID()}`
  store.append({ stream, key, type: 'session.noted', data: { text: word.reason } })
  return true
}

/** Integrates what is finished, now. Throws `E_RUN_ENDED`, `E_NOTHING_FINISHED`. */
export function integrateNow(services: Services, run: string): { integration: number } {
  requireLiveRun(services, run)
  requireFinished(services, run)
  const integration = nextIntegration(services, run)
  services.engine().signal(runWorkflowId(run), { name: MERGE, data: {} })
  return { integration }
}

/** One more than ever started: rounds do not count, and one that broke before its first fact does. */
function nextIntegration({ store }: Pick<Services, 'store'>, run: string): number {
  let n = 1
  while (store.claims.claim(integrationWorkflowId(run, n)) !== undefined) n++
  return n
}

function requireFinished(services: Services, run: string): void {
  const finished = new Set<string>()
  const types = ['session.finished', 'session.continued', 'session.landed', 'session.abandoned']
  for (const { stream, type } of services.store.events({ prefix: `${run}/session/`, types })) {
    if (type === 'session.finished') finished.add(stream)
    else finished.delete(stream)
  }
  if (finished.size > 0) return
  throw new QuintetError(
    'E_NOTHING_FINISHED',
    'precondition',
    `No session of ${run} is finished and not yet landed.`,
    {
      hints: [{ text: 'See how far they are.', command: 'quintet status' }],
    },
  )
}

/** Abandons every session of a run that has not landed; their work stays until it is cleaned. */
export function stopRun(services: Services, run: string, reason: string): { stopped: string } {
  requireLiveRun(services, run)
  services.engine().signal(runWorkflowId(run), { name: STOP, data: { reason }, dedupe: 'stop' })
  return { stopped: run }
}

function requireLiveRun(services: Services, run: string): void {
  const { name } = loadRunInput(services, run)
  if (services.store.event(runWorkflowId(run), `run.ended:${run}`) === undefined) return
  throw new QuintetError('E_RUN_ENDED', 'precondition', `The run ${run} has ended.`, {
    hints: [{ text: 'Start a new one.', command: `quintet run ${name} --fresh` }],
  })
}
