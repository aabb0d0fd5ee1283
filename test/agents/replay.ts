// Plays a recorded wire through the real driver and collects everything that came of it.
import { readFile } from 'node:fs/promises'
import { acpDriver } from '../../src/agents/acp/driver.ts'
import type { Conversation, OpenOptions } from '../../src/agents/driver.ts'
import type {
  AgentAnswer,
  AgentEvent,
  AgentQuestion,
  ContextUsage,
  TurnOutcome,
} from '../../src/contract/agent.ts'
import { NEVER, player, Stage } from './stage.ts'

export interface Replayed {
  readonly how: Conversation['how']
  readonly capabilities: Conversation['capabilities']
  readonly mode: Conversation['mode']
  readonly outcomes: readonly TurnOutcome[]
  readonly usage: ContextUsage | null
  readonly events: readonly AgentEvent[]
  readonly questions: readonly AgentQuestion[]
  /** What the agent got for its requests, `<method> <JSON>`. */
  readonly answers: readonly string[]
}

/** Stands for the id of the session that was resumed or loaded in the recording. */
export const RECORDED = '(the recorded one)'

export interface ReplayOptions extends Partial<Pick<OpenOptions, 'mode' | 'resume'>> {
  /** Paths that may be written; default: everything below src/auth. */
  readonly own?: (path: string) => boolean
  /** Cancels the first turn. */
  readonly cancel?: boolean
}

/** Opens the recorded conversation, sends as many prompts as were recorded, and stops. */
export async function replay(file: string, options: ReplayOptions = {}): Promise<Replayed> {
  const { own = (path) => path.startsWith('src/auth/'), cancel = false, resume } = options
  const text = await readFile(file, 'utf8')
  await using stage = await Stage.set({ driver: acpDriver() })
  stage.answer = (question) => Promise.resolve(answerOf(question, own))
  const earlier = resume === RECORDED ? recordedId(text) : resume
  const conversation = await stage.open(player(file), {
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(earlier === undefined ? {} : { resume: earlier }),
  })
  const outcomes: TurnOutcome[] = []
  for (const _prompt of text.matchAll(/"dir": ?"c>a".*"method": ?"session\/prompt"/g)) {
    const turn = conversation.prompt('go', NEVER)
    if (cancel) await conversation.cancel()
    outcomes.push(await turn)
  }
  const { how, capabilities, mode, usage } = conversation
  await conversation.stop()
  const log = await readFile(stage.log, 'utf8')
  const answers = log
    .split('\n')
    .filter((line) => line.startsWith('answer '))
    .map((line) => line.slice(7))
  return {
    how,
    capabilities,
    mode,
    outcomes,
    usage,
    events: stage.events,
    questions: stage.questions,
    answers,
  }
}

/** What an owner would answer: yes once to its own paths, no to others'. */
function answerOf(question: AgentQuestion, own: (path: string) => boolean): AgentAnswer {
  const wanted = question.paths.every(own) ? 'allow_once' : 'reject'
  const option = question.options.find(({ effect }) => effect === wanted)
  return option === undefined ? { kind: 'declined' } : { kind: 'option', id: option.id }
}

function recordedId(text: string): string {
  const request = text.split('\n').find((line) => /"session\/(resume|load)"/.test(line)) ?? ''
  return /"sessionId": ?"([^"]+)"/.exec(request)?.[1] ?? RECORDED
}
