// Watches one run to its end, until nothing but the operator can move it, or until its daemon is stopped.
import { QuintetError } from '../contract/errors.ts'
import type { RunView } from '../contract/view.ts'
import { RunProjection } from '../daemon/projection/fold.ts'
import { readLog } from '../daemon/projection/read.ts'
import type { Repository } from '../git/repository.ts'
import type { Display } from './display.ts'
import { factMessage, follow } from './follow.ts'
import { parkedWorkflows } from './moving.ts'
import { comesToRest } from './rest.ts'

export interface WatchOptions {
  readonly repo: Repository
  readonly run: string
  /** Keep a daemon running while watching. */
  readonly start: boolean
  readonly display: Display
  readonly signal: AbortSignal
  /** True when there is nothing more to wait for. */
  readonly over: (view: RunView) => boolean
}

export interface Watched {
  /** The view in which the watching ended. */
  readonly view: RunView
  /** The daemon was told to end, so that nothing moves the run any more. */
  readonly stopped: boolean
}

/** How the watching ended; an abort ends it as it stands. */
export async function watchRun(options: WatchOptions): Promise<Watched> {
  const { repo, run, display, signal, over } = options
  const projection = new RunProjection(run)
  const view = (): RunView => requireBegun(projection)
  for (const entry of readLog(repo, { run })) {
    projection.apply(entry)
    display.past(factMessage(entry))
  }
  display.begin(view())
  using stop = new Stopper(signal)
  const messages = follow({
    repo,
    run,
    after: view().seq,
    start: options.start,
    signal: stop.signal,
    notice: (text) => display.notice(text),
  })
  let stopped = false
  let next = messages.next()
  for (;;) {
    const current = view()
    if (current.state === 'ended') return { view: current, stopped: false }
    const step = over(current) ? await nextOrRest(options, current, next) : await next
    if (step === null) return { view: current, stopped: false }
    if (step.done === true) break
    if (step.value.kind === 'fact') projection.apply(step.value)
    else if (step.value.kind === 'ending') stopped = true
    else projection.activity(step.value.session, step.value.text)
    display.message(step.value, view)
    next = messages.next()
  }
  return { view: view(), stopped }
}

function requireBegun(projection: RunProjection): RunView {
  const view = projection.view()
  if (view !== null) return view
  throw new QuintetError('E_NO_RUN', 'precondition', 'The run has no beginning in the log.')
}

/** The next message; null when the run stands still before there is one. */
async function nextOrRest<T>(
  { repo, run }: WatchOptions,
  view: RunView,
  next: Promise<T>,
): Promise<T | null> {
  using stop = new Stopper()
  const query = { run, after: view.seq, parked: parkedWorkflows(view) }
  const rest = comesToRest(repo, query, stop.signal).then(() => null)
  return await Promise.race([next, rest])
}

/** Ends what goes on beside a block when the block ends, however it ends. */
class Stopper implements Disposable {
  readonly #own = new AbortController()
  readonly signal: AbortSignal

  constructor(...outer: readonly AbortSignal[]) {
    this.signal = AbortSignal.any([...outer, this.#own.signal])
  }

  [Symbol.dispose](): void {
    this.#own.abort()
  }
}
