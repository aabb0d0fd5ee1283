// Looking at the files of worktrees where the kernel does not tell of them: beyond the budget of watches, and outside the scope
// of sessions that no box holds; and now and then everywhere, for what the kernel may have lost.
import { FileTimes, MOST_INSIDE, type FolderFiles } from '../../integration/radar/file-times.ts'
import type { FolderWatch } from '../../integration/radar/watch.ts'
import { isHot, pollPause, sweepPause } from './poll-pace.ts'

export interface PolledSession {
  readonly label: string
  readonly path: string
  readonly watch: FolderWatch | null
}

export interface PollingOptions<S extends PolledSession> {
  readonly sessions: () => readonly S[]
  /** Whether the kernel tells of all that the session can write. */
  readonly isWatched: (session: S) => boolean
  /** Whether a box holds it in its scope: only what is watched or ought to be is looked at then. */
  readonly isBoxed: (session: S) => boolean
  readonly layout: (session: S) => Promise<FolderFiles>
  /** Those new folders of it in which nobody's work is. */
  readonly skips: (session: S, folders: readonly string[]) => Promise<ReadonlySet<string>>
  /** Paths that it has changed, as far as is known. */
  readonly changed: (session: S) => Iterable<string>
  /** Told what has changed; `inside`: with all that is in a folder that has come. */
  readonly onChanged: (session: S, paths: readonly string[], how: { readonly inside: boolean }) => void
  /** Told that it is not known what changed since the last look: its files are others than before. */
  readonly onAnew: (session: S) => void
  /** Called for each session when everything is looked at. Must not throw. */
  readonly onSweep: (session: S) => Promise<void>
  /** Told of what keeps a session from being looked at. */
  readonly onFailure: (error: unknown) => void
}

interface State {
  readonly times: FileTimes
  heard: number
  /** Null: not yet. */
  looked: number | null
  swept: number
  costMs: number
  sweepMs: number
  /** Asked for at this time, whatever the pace. */
  due: number | null
}

/** No two looks follow each other more closely. */
const SHORTEST_MS = 50
const LONGEST_MS = 60_000

export class Polling<S extends PolledSession> implements Disposable {
  readonly #options: PollingOptions<S>
  readonly #states = new Map<string, State>()
  readonly #over = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #at = Number.POSITIVE_INFINITY
  #looking = false
  #started = false
  #sweeps = true

  constructor(options: PollingOptions<S>) {
    this.#options = options
  }

  /** Looks at sessions from now on, until disposed. */
  start(): void {
    this.#started = true
    this.#schedule()
  }

  /** Looks no more at what the kernel tells of. */
  withoutSweeps(): void {
    this.#sweeps = false
  }

  /** Takes in how the files of a session are, so that changes from now on are seen. */
  async learn(session: S): Promise<void> {
    await this.#look(session, true)
    this.#schedule()
  }

  /** Whether it was taken in how its files are. */
  follows({ label }: S): boolean {
    return (this.#states.get(label)?.looked ?? null) !== null
  }

  /** Something was heard of it: it is looked at more often for a while; after `ms` for the first time when given. */
  heard({ label }: S, ms?: number): void {
    const state = this.#states.get(label)
    if (state === undefined) return
    const now = performance.now()
    state.heard = now
    if (ms !== undefined) state.due = Math.min(state.due ?? Number.POSITIVE_INFINITY, now + ms)
    this.#schedule()
  }

  forget(label: string): void {
    this.#states.delete(label)
  }

  /** How long it is until what is not watched is looked at again; null when all is watched. */
  pauseOf(session: S): number | null {
    const state = this.#states.get(session.label)
    return state === undefined || this.#options.isWatched(session) ? null : this.#pause(state)
  }

  #polled(): readonly S[] {
    return this.#options
      .sessions()
      .filter((one) => this.#states.has(one.label) && !this.#options.isWatched(one))
  }

  #pause(state: State): number {
    const now = performance.now()
    const polled = this.#polled()
    const hot = polled.filter(({ label }) => isHot(now - (this.#states.get(label)?.heard ?? 0))).length
    return pollPause({ quietMs: now - state.heard, costMs: state.costMs, hot, polled: polled.length })
  }

  #sweepPause(): number {
    if (!this.#sweeps) return Number.POSITIVE_INFINITY
    return sweepPause([...this.#states.values()].reduce((sum, { sweepMs }) => sum + sweepMs, 0))
  }

  /** The session whose turn it is first, and when. */
  #next(): { readonly session: S; readonly at: number; readonly all: boolean } | null {
    let next: { session: S; at: number; all: boolean } | null = null
    const sweep = this.#sweepPause()
    for (const session of this.#options.sessions()) {
      const state = this.#states.get(session.label)
      // How its files are is being taken in for the first time.
      if (state === undefined || state.looked === null) continue
      const all = state.swept + sweep
      const usual = this.#options.isWatched(session) ? all : state.looked + this.#pause(state)
      const at = Math.min(state.due ?? Number.POSITIVE_INFINITY, usual, all)
      if (next === null || at < next.at) next = { session, at, all: all <= at }
    }
    return next
  }

  #schedule(): void {
    if (!this.#started || this.#looking || this.#over.signal.aborted) return
    const next = this.#next()
    if (next === null) return
    // Paces change while nothing is heard: nobody sleeps for very long.
    const now = performance.now()
    const at = Math.min(Math.max(next.at, now + SHORTEST_MS), now + LONGEST_MS)
    if (at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(() => void this.#turn(), at - now).unref()
  }

  async #turn(): Promise<void> {
    this.#at = Number.POSITIVE_INFINITY
    const next = this.#next()
    if (next !== null && next.at <= performance.now()) {
      this.#looking = true
      try {
        await this.#look(next.session, next.all)
        if (next.all) await this.#options.onSweep(next.session)
      } catch (error) {
        this.#options.onFailure(error)
      }
      this.#looking = false
    }
    this.#schedule()
  }

  async #look(session: S, all: boolean): Promise<void> {
    const known = this.#states.has(session.label)
    const state = this.#stateOf(session)
    state.due = null
    const layout = await this.#options.layout(session)
    const paths = await state.times.look(layout, {
      folders: this.#folders(session, all),
      more: this.#more(session),
      skips: (folders) => this.#options.skips(session, folders),
      signal: this.#over.signal,
    })
    const now = performance.now()
    state.looked = now
    if (all) state.swept = now
    if (all) state.sweepMs = state.times.costMs
    if (!all || !known) state.costMs = state.times.costMs
    const { watch } = session
    watch?.come(state.times.takeNew().filter((folder) => !watch.watches(folder) && !watch.misses(folder)))
    if (paths === null && known) this.#options.onAnew(session)
    if (paths === null || paths.length === 0 || this.#over.signal.aborted) return
    state.heard = now
    this.#options.onChanged(session, paths, { inside: paths.length <= MOST_INSIDE })
  }

  #stateOf({ label, path }: S): State {
    const known = this.#states.get(label)
    if (known !== undefined) return known
    const [times, never] = [new FileTimes(path), Number.NEGATIVE_INFINITY]
    const state = { times, heard: never, looked: null, swept: never, costMs: 0, sweepMs: 0, due: null }
    this.#states.set(label, state)
    return state
  }

  #folders(session: S, all: boolean): (folder: string) => boolean {
    const { watch } = session
    if (watch === null) return () => true
    if (this.#options.isBoxed(session))
      return (folder) => watch.misses(folder) || (all && watch.watches(folder))
    return (folder) => all || !watch.watches(folder)
  }

  /** New files where nothing is watched, for which no tracked file stands. */
  #more(session: S): readonly string[] {
    return [...this.#options.changed(session)].filter(
      (path) => session.watch?.watches(path.slice(0, Math.max(0, path.lastIndexOf('/')))) !== true,
    )
  }

  [Symbol.dispose](): void {
    this.#over.abort()
    clearTimeout(this.#timer)
  }
}
