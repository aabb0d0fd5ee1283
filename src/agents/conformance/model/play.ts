// Which answer a request gets: the next turn of its script, or what requests beside the conversation are given. Holds where
// each script is; no input or output.
import type { ModelAnswer } from './answer.ts'
import { playing, requestKind, valueFor, workingDirectory, type RequestKind } from './auxiliary.ts'
import { filled, heard, isUnanswered } from './learned.ts'
import type { ModelRequest } from './request.ts'
import type { ModelScript, ScriptedFault, ScriptedTurn } from './script.ts'
import { toolCall } from './tools.ts'

/** What became of a request; kept so that a test can tell what an agent was asked for and what it was offered. */
export interface PlayedRequest {
  readonly kind: RequestKind
  readonly protocol: ModelRequest['protocol']
  /** Name and key of the script; null when the request named none. */
  readonly script: string | null
  readonly key: string | null
  /** Number of the turn that was taken, from 0; null when none was. */
  readonly turn: number | null
  /** Calls of the turn for which the agent offered no tool. */
  readonly notOffered: readonly string[]
  readonly tools: readonly string[]
  /** Everything that the agent told its model in this request. */
  readonly told: string
}

export type Play =
  | { readonly kind: 'answer'; readonly answer: ModelAnswer; readonly turn: ScriptedTurn }
  | {
      readonly kind: 'fault'
      readonly fault: ScriptedFault
      readonly turn: ScriptedTurn
      readonly answer: ModelAnswer
    }

export interface PlayOptions {
  /** Tokens that the agent takes its context window to have. */
  readonly window: number
  /** The agent counts words, so the model has to say as much as it claims to be full. */
  readonly countsWords?: boolean
  /** Questions that are asked in a copy of the conversation: they take no turn. */
  readonly aside?: RegExp
}

const PAST_THE_END: ScriptedTurn = { text: 'The script is over.' }
const CHARACTERS_PER_TOKEN = 4
/** What the descriptions of its tools count for, about. */
const TOOLS_CHARACTERS = 30_000
const FILLING = 'This line of the scripted model says nothing but its number: '
const USAGE = { input: 1000, output: 50 }
const SUMMARY = 'The conversation so far was about the scripted task.'

export class Player {
  readonly #scripts: ReadonlyMap<string, ModelScript>
  readonly #next = new Map<string, number>()
  /** What the readers were answered, by the names of their scripts. */
  readonly #learned = new Map<string, Readonly<Record<string, string>>>()
  readonly #window: number
  readonly #countsWords: boolean
  readonly #aside: RegExp | null
  #answers = 0

  constructor(scripts: readonly ModelScript[], { window, countsWords, aside }: PlayOptions) {
    this.#window = window
    this.#countsWords = countsWords ?? false
    this.#aside = aside ?? null
    this.#scripts = new Map(scripts.map((script) => [script.name, script]))
  }

  /** Takes the next turn where the request is one of the conversation. */
  play(request: ModelRequest): { readonly play: Play; readonly seen: PlayedRequest } {
    const kind = requestKind(request, this.#aside)
    const named = playing(request)
    const script = named === null ? undefined : this.#scripts.get(named.name)
    const reader = kind === 'turn' && named !== null ? `${named.name}#${named.key}` : null
    const number = reader === null ? null : this.#take(reader, script, request)
    const turn =
      reader === null || number === null
        ? beside(kind, request, named?.mark ?? '', script)
        : filled(script?.turns[number] ?? PAST_THE_END, this.#learned.get(reader) ?? {})
    const cwd = workingDirectory(request) ?? '/'
    const calls = (turn.calls ?? []).map((call) => ({ call, made: toolCall(call, request, cwd) }))
    const told = [request.system, ...request.messages.map(({ text }) => text)].join('\n')
    const answer = this.#answer(
      request.model,
      { ...turn, text: this.#spoken(turn, told.length) },
      calls.flatMap(({ made }) => (made === null ? [] : [made])),
    )
    return {
      play:
        turn.fault === undefined
          ? { kind: 'answer', answer, turn }
          : { kind: 'fault', fault: turn.fault, turn, answer },
      seen: {
        kind,
        protocol: request.protocol,
        script: named?.name ?? null,
        key: named?.key ?? null,
        turn: number,
        notOffered: calls.flatMap(({ call, made }) => (made === null ? [call.kind] : [])),
        tools: request.tools.map(({ name }) => name),
        told,
      },
    }
  }

  #take(reader: string, script: ModelScript | undefined, request: ModelRequest): number {
    const number = this.#next.get(reader) ?? 0
    const { learn } = script?.turns[number - 1] ?? {}
    if (learn !== undefined) {
      if (isUnanswered(request)) return number - 1
      const answer = heard(request, learn.among)
      if (answer !== null) this.#learned.set(reader, { ...this.#learned.get(reader), [learn.name]: answer })
    }
    this.#next.set(reader, number + 1)
    return number
  }

  /** The text of a turn, with as much behind it as fills the context of an agent that counts words. */
  #spoken({ text = '', fill = 0 }: ScriptedTurn, toldCharacters: number): string {
    if (!this.#countsWords) return text
    const missing = fill * this.#window * CHARACTERS_PER_TOKEN - toldCharacters - TOOLS_CHARACTERS
    const lines = Array.from(
      { length: Math.max(0, Math.round(missing / FILLING.length)) },
      (_, index) => `${FILLING}${index}`,
    )
    return [text, ...lines].join('\n')
  }

  #answer(
    model: string,
    turn: ScriptedTurn,
    calls: ReadonlyArray<Omit<ModelAnswer['calls'][number], 'id'>>,
  ): ModelAnswer {
    this.#answers += 1
    const id = `${this.#answers}`.padStart(12, '0')
    return {
      id,
      model,
      text: turn.text ?? '',
      thinking: turn.thinking ?? '',
      calls: calls.map((call, index) => ({ ...call, id: `${id}_${index}` })),
      usage: {
        ...USAGE,
        output: Math.max(USAGE.output, Math.ceil((turn.text ?? '').length / CHARACTERS_PER_TOKEN)),
        cacheRead: Math.max(0, Math.round((turn.fill ?? 0) * this.#window) - USAGE.input - USAGE.output),
      },
    }
  }
}

/** What a request beside the conversation is answered with. A summary says the mark again, so the script goes on behind it. */
function beside(
  kind: RequestKind,
  request: ModelRequest,
  mark: string,
  script: ModelScript | undefined,
): ScriptedTurn {
  switch (kind) {
    case 'summary':
      return {
        text: `<analysis>none</analysis>\n<summary>\n${script?.summary ?? SUMMARY} ${mark}\n</summary>`,
      }
    case 'title':
      return { text: '{"title":"A scripted task"}' }
    case 'json':
      return { text: JSON.stringify(valueFor(request.wants)) }
    case 'quota':
    case 'aside':
    case 'other':
    case 'turn':
      return { text: 'ok' }
  }
}
