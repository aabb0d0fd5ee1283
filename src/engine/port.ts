// The port between workflows and whatever runs them. A workflow is a plain async function; between steps it is
// deterministic (no clock, no randomness, no input but step results and signals). The embedded engine implements this
// port on SQLite; nothing in it says so.
import type { Json } from '../contract/json.ts'

/** A fact to be written to the log of the workflow that runs the step. `key` makes it unique: written twice, it counts once. */
export interface Fact {
  readonly type: string
  readonly key: string
  readonly data: Json
}

/** A message to a workflow; kept from the moment it is sent until it is taken, whether or not somebody waits. */
export interface Signal {
  readonly id: number
  readonly name: string
  readonly data: Json
}

/** What an effect may use while it runs. */
export interface EffectContext {
  /** Aborts on cancellation, on shutdown and when this worker has lost its claim. */
  readonly signal: AbortSignal
  /** Appends a fact, fenced: throws `E_CLAIM_LOST` when another worker has taken over. False when the key was there already.
   *  Throws `E_DISK_FULL` or `E_STATE_BUSY` while nothing can be written; the effect is then aborted, and begins again. */
  record(fact: Fact): boolean
  /** Calls `listener` for every signal not yet taken (also those sent earlier) until `until` aborts. Does not take them. */
  watchSignals(listener: (signal: Signal) => void, until: AbortSignal): void
}

/** What a workflow may use. Keys are unique within one workflow. */
export interface WorkflowContext {
  readonly id: string
  /** Aborts when the workflow is cancelled or its worker stops. */
  readonly signal: AbortSignal
  /** Runs `effect` once and remembers its result; after a crash in mid-effect it runs again, so it looks before it acts.
   *  A thrown QuintetError is remembered too and thrown again on replay, but one that passes (`E_DISK_FULL`,
   *  `E_STATE_BUSY`) lets the effect begin again after a pause. `shielded`: also runs after a cancellation. */
  step<T extends Json>(
    key: string,
    effect: (context: EffectContext) => Promise<T>,
    options?: StepOptions,
  ): Promise<T>
  /** Waits without holding a process; survives restarts. Milliseconds. */
  sleep(key: string, ms: number): Promise<void>
  /** Takes the oldest signal with one of `names`, waiting for it if need be. */
  waitSignal(key: string, names: readonly string[]): Promise<Signal>
  /** Starts a workflow if it does not exist yet. When it fails or is cancelled, this one is sent the signal `child-ended`
   *  with `{id, status}`. */
  child(key: string, start: WorkflowStart): Promise<void>
  /** Waits for the end of any workflow. */
  result(key: string, id: string): Promise<WorkflowResult>
}

export interface StepOptions {
  readonly shielded?: boolean
}

export interface WorkflowStart {
  readonly id: string
  readonly workflow: string
  readonly input: Json
}

export type WorkflowResult =
  | { readonly status: 'done'; readonly output: Json }
  | { readonly status: 'failed'; readonly error: Json }
  | { readonly status: 'cancelled'; readonly reason: string }

export type Workflow = (context: WorkflowContext, input: Json) => Promise<Json>

/** The engine as the daemon sees it. */
export interface Engine extends AsyncDisposable {
  /** Creates a workflow; a second start with the same id does nothing and answers false. */
  start(start: WorkflowStart): boolean
  /** Sends a signal; `dedupe` makes a repeated send count once. */
  signal(id: string, signal: { readonly name: string; readonly data: Json; readonly dedupe?: string }): void
  /** Asks a workflow to stop; the effect in flight is aborted within 2 s. */
  cancel(id: string, reason: string): void
  /** Resolves with the result once the workflow has ended. */
  result(id: string, signal?: AbortSignal): Promise<WorkflowResult>
  /** Resolves when this process holds no claim that could make progress: every workflow has ended or waits. */
  idle(): Promise<void>
}
