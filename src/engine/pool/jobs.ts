// Fills and moves of slots while they go on: what each does now, who waits for it, and how it ended.
import { errorData, type ErrorData } from '../../contract/errors.ts'
import { advanceSlot } from '../../workspace/pool/advance.ts'
import { fillSlot } from '../../workspace/pool/fill.ts'
import type { AdvanceOutcome, Slot } from '../../workspace/pool/slot.ts'
import type { Services } from '../services.ts'
import { slotSpec } from './slot-spec.ts'
import { sameSource, type Source } from './actions.ts'
import type { ShownJob } from './view.ts'

type JobServices = Pick<Services, 'repo' | 'state' | 'config'>

/** How a job ended. */
export type JobEnd =
  | { readonly kind: 'ready'; readonly slot: Slot }
  /** The slot stays as it is, and why: a sentence. */
  | { readonly kind: 'kept'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: ErrorData }
  | { readonly kind: 'aborted' }

export interface JobRequest extends Source {
  readonly setup: readonly string[] | null
  /** The slot that is moved; null: one is made. */
  readonly slot: Slot | null
}

interface RunningJob extends ShownJob {
  doing: string
  awaited: boolean
  readonly stop: AbortController
  readonly ended: Promise<JobEnd>
}

export class Jobs {
  readonly #services: JobServices
  readonly #running = new Set<RunningJob>()

  constructor(services: JobServices) {
    this.#services = services
  }

  get list(): readonly ShownJob[] {
    return [...this.#running]
  }

  /** Begins a job; `ended` is told how it ended, and is what `waitFor` waits for as well. */
  begin(request: JobRequest, ended: (end: JobEnd, begun: number) => Promise<void>): void {
    const stop = new AbortController()
    const { base, setupHash } = request
    const job: RunningJob = {
      base,
      setupHash,
      slot: request.slot?.id ?? null,
      begun: Date.now(),
      stop,
      doing: request.slot === null ? 'beginning' : 'moving',
      awaited: false,
      ended: Promise.resolve().then(async () => {
        const end = await this.#run(request, { job, signal: stop.signal })
        this.#running.delete(job)
        await ended(end, job.begun)
        return end
      }),
    }
    this.#running.add(job)
  }

  async #run(
    { base, setup, slot }: JobRequest,
    { job, signal }: { readonly job: RunningJob; readonly signal: AbortSignal },
  ): Promise<JobEnd> {
    const onProgress = (step: string): void => {
      job.doing = step
    }
    try {
      const spec = await slotSpec(this.#services, { base, setup, onProgress })
      if (slot === null) return { kind: 'ready', slot: await fillSlot(spec, signal) }
      const outcome = await advanceSlot(spec, slot, signal)
      return 'slot' in outcome
        ? { kind: 'ready', slot: outcome.slot }
        : { kind: 'kept', why: whyKept(outcome) }
    } catch (error) {
      // Whatever it is, nobody waits for it but a person who looks: the pool says it, and no run fails by it.
      return signal.aborted ? { kind: 'aborted' } : { kind: 'failed', error: errorData(error) }
    }
  }

  /** The oldest job from this source that nobody waits for yet; null when there is none. */
  free(source: Source): ShownJob | null {
    return this.#free(source) ?? null
  }

  #free(source: Source): RunningJob | undefined {
    return [...this.#running].find((job) => sameSource(job, source) && !job.awaited)
  }

  /** Waits for the oldest job from this source that nobody waits for yet, no longer than `ms`. True when it has ended in
   *  that time. */
  async waitFor(source: Source, ms: number, signal: AbortSignal): Promise<boolean> {
    const job = this.#free(source)
    if (job === undefined) return false
    job.awaited = true
    const enough = AbortSignal.any([signal, AbortSignal.timeout(ms)])
    const lapsed = new Promise<void>((resolve) => {
      enough.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([job.ended, lapsed])
    job.awaited = false
    return !this.#running.has(job)
  }

  /** Ends the youngest of these jobs that nobody waits for; it goes on ending after the call. */
  drop(jobs: readonly Source[]): void {
    const unwanted = [...this.#running].filter((job) => !job.awaited && jobs.includes(job))
    unwanted.at(-1)?.stop.abort()
  }

  /** Ends all that goes on and waits until it has; what is begun afterwards goes on. */
  async abort(): Promise<void> {
    for (const { stop } of this.#running) stop.abort()
    await Promise.allSettled([...this.#running].map(({ ended }) => ended))
  }
}

function whyKept(outcome: Exclude<AdvanceOutcome, { slot: Slot }>): string {
  switch (outcome.kind) {
    case 'busy':
      return `Processes ${outcome.pids.join(', ')} work in it.`
    case 'unclean':
      return outcome.reason
    case 'unavailable':
      return 'It was taken meanwhile, or somebody is at it.'
  }
}
