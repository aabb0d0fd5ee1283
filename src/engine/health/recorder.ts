// Writes down what an attempt does while it does it: its trace, one file an attempt, gone on with turn after turn and
// after a crash. What goes wrong with it is told once and costs the turn nothing.
import type { AgentEvent } from '../../contract/agent.ts'
import { errorData } from '../../contract/errors.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { traceSaid } from '../../health/trace/build.ts'
import { traceLine } from '../../health/trace/format.ts'
import { AgentTrace, type TracedEnd } from '../../health/trace/from-agent.ts'
import { TraceFile } from './trace-file.ts'
import { TreeWatch } from './tree-watch.ts'

type Header = Omit<Extract<TraceEvent, { t: 'session' }>, 't' | 'v' | 'i' | 'ts'>

export interface RecorderOptions {
  /** The file. */
  readonly path: string
  readonly header: Header
  /** Index of the next action as far as is known without the file, which may have an end or gaps. */
  readonly action?: number
  /** The hash of the worktree's files; absent: it is not recorded. */
  readonly tree?: () => Promise<string>
  /** Tells the operator one line. */
  readonly tell: (text: string) => void
  /** Hears every event as it is made, whether it can be written or not. */
  readonly listen?: (event: TraceEvent) => void
  readonly maxBytes?: number
  readonly settleMs?: number
}

/** About 100,000 events; what comes after is judged, but not kept. */
const MAX_BYTES = 64 * 1024 * 1024
/** Calls under way at a time. */
const OPEN_CALLS = 500
const CHANGING: readonly string[] = ['exec', 'edit', 'write', 'agent', 'mcp', 'other']

export class TraceRecorder implements AsyncDisposable {
  readonly #options: RecorderOptions
  readonly #file: TraceFile | null
  readonly #agent: AgentTrace
  readonly #watch: TreeWatch | null
  readonly #teller: Teller
  /** Kinds of calls that have no result yet. */
  readonly #kinds = new Map<number, string>()
  #event: number
  #ended = false

  /** Opens the trace to go on with it. Throws nothing: without a file nothing is written. */
  static async open(options: RecorderOptions): Promise<TraceRecorder> {
    const teller = new Teller(options.tell)
    try {
      const failed = (error: unknown): void => teller.tell('cannot be written any more', error)
      const file = await TraceFile.open(options.path, { maxBytes: options.maxBytes ?? MAX_BYTES, failed })
      return new TraceRecorder(options, file, teller)
    } catch (error) {
      teller.tell('cannot be opened', error)
      return new TraceRecorder(options, null, teller)
    }
  }

  private constructor(options: RecorderOptions, file: TraceFile | null, teller: Teller) {
    this.#options = options
    this.#teller = teller
    this.#file = file
    this.#event = file?.place.event ?? 0
    const action = Math.max(file?.place.action ?? 0, options.action ?? 0)
    this.#agent = new AgentTrace({ action, cwd: options.header.cwd ?? null })
    const { tree, settleMs } = options
    this.#watch =
      tree === undefined
        ? null
        : new TreeWatch({
            tree,
            ...(settleMs === undefined ? {} : { settleMs }),
            onTree: (hash, a) => this.#put([{ t: 'tree', a, hash, ts: now() }]),
            // Without a file nobody asks for them later.
            onFailure: (error) => {
              if (file !== null) this.#teller.tell('goes on without the states of the files', error)
            },
          })
    if (this.#event === 0) this.#put([{ t: 'session', v: 1, ...options.header, ts: now() }])
  }

  /** The turn's prompt; `meta` when it is not in the words of the operator. */
  prompt(text: string, { meta }: { readonly meta: boolean }): void {
    this.#put(this.#agent.prompt(text, { ts: now(), meta }))
  }

  /** What the prompt says besides, which is nothing that the evidence is judged by. */
  aside(text: string): void {
    this.#put([traceSaid('meta', { text, ts: now() })])
  }

  /** Takes in any event of the agent. */
  note(event: AgentEvent): void {
    if (!this.#ended) this.#put(this.#agent.note(event, now()))
  }

  /** How the turn ended; once. */
  end(outcome: TracedEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#put(this.#agent.end(outcome, now()))
  }

  #put(events: readonly TraceEvent[]): void {
    for (const event of events) {
      const numbered = { ...event, i: this.#event }
      this.#event += 1
      this.#follow(numbered)
      this.#options.listen?.(numbered)
      const taken = this.#file?.append(traceLine(numbered)) ?? 'taken'
      if (taken === 'full') this.#teller.tell('is as long as it may be and does not grow any more')
      else if (taken === 'behind') this.#teller.tell('cannot be written fast enough and has gaps')
    }
  }

  #follow(event: TraceEvent): void {
    if (event.t === 'call') {
      this.#kinds.set(event.a, event.kind)
      if (this.#kinds.size > OPEN_CALLS) this.#kinds.delete(this.#kinds.keys().next().value ?? -1)
    }
    if (event.t !== 'result') return
    const kind = this.#kinds.get(event.a)
    this.#kinds.delete(event.a)
    if (kind !== undefined && CHANGING.includes(kind)) this.#watch?.changed(event.a)
  }

  /** Everything is written when this resolves; a turn without an end was broken off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end({ kind: 'broken' })
    await this.#watch?.[Symbol.asyncDispose]()
    await this.#file?.close()
  }
}

/** Says everything once. */
class Teller {
  readonly #out: (text: string) => void
  readonly #told = new Set<string>()

  constructor(out: (text: string) => void) {
    this.#out = out
  }

  tell(what: string, error?: unknown): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    const why = error === undefined ? '' : `: ${errorData(error).message}`
    this.#out(`the trace of this attempt ${what}${why}`)
  }
}

function now(): string {
  return new Date().toISOString()
}
