// What a trace amounts to: how full the context was, what was compacted, which files were touched. Fed event by event,
// and of bounded size. Pure.
import type { TraceCall, TraceEvent } from '../../contract/trace.ts'

export interface SurveyedCompaction {
  /** Action before which it came. */
  readonly a: number
  readonly trigger: string | null
  readonly pre: number | null
  readonly post: number | null
}

export interface TraceReport {
  readonly id: string | null
  readonly agent: string | null
  readonly agentVersion: string | null
  readonly model: string | null
  readonly actions: number
  readonly failed: number
  /** Times that the operator said something. */
  readonly turns: number
  readonly interrupts: number
  readonly retries: number
  readonly context: {
    /** Messages of the model, each counted once. */
    readonly messages: number
    /** Tokens put out by them; null when nothing is known of it. */
    readonly output: number | null
    /** Tokens in the context at the end, and at most; null when unknown. */
    readonly used: number | null
    readonly peak: number | null
    /** Null when the window is not known: unknown is neither 0 nor 100 %. */
    readonly window: number | null
    readonly percent: number | null
    readonly peakPercent: number | null
  }
  readonly compactions: readonly SurveyedCompaction[]
  readonly files: { readonly changed: readonly string[]; readonly read: readonly string[] }
}

type Of<Kind extends TraceEvent['t']> = Extract<TraceEvent, { t: Kind }>

const MAX_FILES = 5_000
const MAX_COMPACTIONS = 1_000
const MAX_OPEN = 1_000

export class TraceSurvey {
  readonly #window: number | null
  readonly #open = new Map<number, TraceCall>()
  readonly #changed = new Set<string>()
  readonly #read = new Set<string>()
  readonly #compactions: SurveyedCompaction[] = []
  #session: Of<'session'> | null = null
  #actions = 0
  #failed = 0
  #turns = 0
  #interrupts = 0
  #retries = 0
  #messages = 0
  #output: number | null = null
  #used: number | null = null
  #peak: number | null = null
  #told: number | null = null

  /** `window`: tokens of the context window, where the trace does not tell it. */
  constructor(window: number | null = null) {
    this.#window = window
  }

  note(event: TraceEvent): void {
    switch (event.t) {
      case 'session':
        this.#session ??= event
        return
      case 'call':
        this.#begin(event)
        return
      case 'result':
        this.#finish(event)
        return
      case 'usage':
        this.#spend(event)
        return
      case 'compact':
        this.#compact(event)
        return
      case 'user':
        if (event.meta !== true) this.#turns += 1
        return
      case 'interrupt':
        this.#interrupts += 1
        return
      case 'retry':
        this.#retries += 1
        return
      default:
    }
  }

  /** As far as it was fed. */
  get report(): TraceReport {
    const window = this.#told ?? this.#window
    return {
      id: this.#session?.id ?? null,
      agent: this.#session?.agent ?? null,
      agentVersion: this.#session?.agentVersion ?? null,
      model: this.#session?.model ?? null,
      actions: this.#actions,
      failed: this.#failed,
      turns: this.#turns,
      interrupts: this.#interrupts,
      retries: this.#retries,
      context: {
        messages: this.#messages,
        output: this.#output,
        used: this.#used,
        peak: this.#peak,
        window,
        percent: share(this.#used, window),
        peakPercent: share(this.#peak, window),
      },
      compactions: [...this.#compactions],
      files: { changed: [...this.#changed].sort(), read: [...this.#read].sort() },
    }
  }

  #begin(call: TraceCall): void {
    this.#actions = Math.max(this.#actions, call.a + 1)
    this.#open.set(call.a, call)
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value ?? -1)
  }

  #finish({ a, ok }: Of<'result'>): void {
    if (ok === false) this.#failed += 1
    const call = this.#open.get(a)
    this.#open.delete(a)
    if (call !== undefined && ok !== false) this.#touch(call)
  }

  #spend({ out, window, ctx }: Of<'usage'>): void {
    this.#messages += 1
    const put = tokens(out)
    if (put !== null) this.#output = (this.#output ?? 0) + put
    this.#told = tokens(window) || this.#told
    this.#fill(tokens(ctx))
  }

  #compact({ trigger = null, ...told }: Of<'compact'>): void {
    const pre = tokens(told.pre)
    const post = tokens(told.post)
    this.#fill(pre)
    // What is left is unknown until it is told.
    this.#used = post
    if (this.#compactions.length < MAX_COMPACTIONS)
      this.#compactions.push({ a: this.#actions, trigger, pre, post })
  }

  #fill(used: number | null): void {
    if (used === null) return
    this.#used = used
    this.#peak = Math.max(this.#peak ?? 0, used)
  }

  #touch(call: TraceCall): void {
    const writes = call.kind === 'edit' || call.kind === 'write'
    if (!writes && call.kind !== 'read') return
    const paths = (call.edits ?? []).flatMap(({ path }) => (path === undefined ? [] : [path]))
    if (paths.length === 0 && call.path !== undefined) paths.push(call.path)
    const set = writes ? this.#changed : this.#read
    for (const path of paths) if (set.size < MAX_FILES) set.add(path)
  }
}

/** Agents' own files may say anything: what is no number of tokens is unknown. */
function tokens(told: number | null | undefined): number | null {
  return typeof told === 'number' && told >= 0 && told <= Number.MAX_SAFE_INTEGER ? told : null
}

function share(used: number | null, window: number | null): number | null {
  return used === null || window === null || window < 1 ? null : Math.floor((used / window) * 100)
}
