// What the traces of a session's attempts tell about it, one after the other: every run of a check, what the operator
// wrote, which files were read and written, and what is demanded. Actions count through all attempts. Bounded. Pure.
import type { CheckRun } from '../../contract/handoff.ts'
import type { TraceCall, TraceEvent, TraceResult } from '../../contract/trace.ts'
import { KnownSoFar } from '../compaction/known.ts'
import type { Ledger, Message } from '../ledger/ledger.ts'
import { isCorrection } from '../ledger/corrections.ts'
import { OpenCalls } from '../open-calls.ts'
import { readAction } from '../symptoms/action.ts'
import type { CommandRun } from './fill.ts'

const OUTPUT_CHARS = 800
const RUNS_KEPT = 400
const MESSAGES_KEPT = 400

export interface Told {
  readonly actions: number
  readonly runs: readonly CommandRun[]
  readonly checks: readonly CheckRun[]
  readonly messages: readonly Message[]
  /** What is demanded now. */
  readonly ledger: Ledger
  /** Files that were read or written, the latest last; relative to the worktree. */
  readonly files: readonly string[]
  /** Hash of the worktree after the last action. */
  readonly tree: string | null
  /** As the last attempt named it; null: its agent did not say. */
  readonly model: string | null
}

export class Telling {
  readonly #known: KnownSoFar
  readonly #runs: CommandRun[] = []
  readonly #checks: CheckRun[] = []
  readonly #messages: Message[] = []
  readonly #open = new OpenCalls<TraceCall>()
  #tree: string | null = null
  #model: string | null = null
  /** Actions of the attempts before the one that is told of, and of all. */
  #base = 0
  #actions = 0

  /** `ledger`: what was demanded before anything was said. */
  constructor(ledger: Ledger) {
    this.#known = new KnownSoFar(ledger)
  }

  get told(): Told {
    const { ledger, filesEdited, filesRead } = this.#known.known
    return {
      actions: this.#actions,
      runs: this.#runs,
      checks: this.#checks,
      messages: this.#messages,
      ledger,
      files: [...filesRead, ...filesEdited],
      tree: this.#tree,
      model: this.#model,
    }
  }

  /** What comes next is of another attempt. */
  nextAttempt(): void {
    this.#base = this.#actions
    this.#open.clear()
  }

  note(event: TraceEvent): void {
    if (event.t === 'call') this.#call({ ...event, a: this.#base + event.a })
    else this.#known.note(event)
    if (event.t === 'session') this.#model = event.model ?? null
    else if (event.t === 'tree') this.#tree = event.hash
    else if (event.t === 'user' && event.meta !== true) this.#message(event.text)
    else if (event.t === 'result') this.#result(event)
  }

  #call(call: TraceCall): void {
    this.#known.note(call)
    this.#open.begin(call.id, call)
    this.#actions = Math.max(this.#actions, call.a + 1)
  }

  /** Corrections are kept longest. */
  #message(text: string): void {
    this.#messages.push({ a: this.#actions, text })
    if (this.#messages.length <= MESSAGES_KEPT) return
    const passing = this.#messages.findIndex((message) => !isCorrection(message.text))
    this.#messages.splice(Math.max(0, passing), 1)
  }

  #result(event: TraceResult): void {
    const call = this.#open.end(event.id)
    if (call === undefined) return
    const action = readAction(call, event, { turn: 0, batch: 0 })
    if (!action.verify || action.state === 'refused' || action.state === 'infrastructure') return
    const command = call.cmd ?? action.label
    const ok = action.state === 'ok'
    const signature = action.signatures[0] ?? null
    keep(this.#runs, { a: call.a, command, ok, signature, output: event.text.slice(-OUTPUT_CHARS) })
    keep(this.#checks, {
      command,
      exit: event.exit ?? (ok ? 0 : 1),
      failing: action.failing === null ? null : [...action.failing.names],
      failed: action.failing?.count ?? null,
      at: event.ts ?? null,
      treeHash: this.#tree,
    })
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > RUNS_KEPT) list.shift()
}
