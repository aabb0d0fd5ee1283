// The branches that external sessions wait for, watched from outside of the workflows: looked at again and again, less and
// less often while nothing moves, and at once when somebody asks. What is news goes to the session as a signal, so nothing
// of the watch has to survive: whoever watches next looks anew.
import * as v from 'valibot'
import { QuintetError } from '../../../contract/errors.ts'
import { FACTS } from '../../../contract/facts.ts'
import { branchPlace, type BranchReading } from '../../../git/branch-name.ts'
import { readBranch, remoteNames } from '../../../git/remote-branch.ts'
import { watchStore } from '../../../store/watch.ts'
import { sessionOfWorkflow, sessionWorkflowId, type SessionName } from '../../names.ts'
import { toJson } from '../../record.ts'
import type { Services } from '../../services.ts'
import { pauseAfter, type Pause } from './pause.ts'
import { BRANCH } from './signals.ts'

type WatchServices = Pick<Services, 'repo' | 'store' | 'engine'>

interface Watched {
  readonly stream: string
  readonly branch: string
  remote: boolean
  /** What the session was told last by this watch. */
  told: string | null
  pause: Pause | null
  timer: NodeJS.Timeout | undefined
  /** The look that is under way. */
  looking: Promise<BranchReading> | null
}

const FACTS_OF_INTEREST = ['external.awaited', 'session.landed', 'session.abandoned']

/** What was seen when somebody asked. */
export interface BranchLook {
  readonly branch: string
  readonly reading: BranchReading
}

export class BranchWatch implements AsyncDisposable {
  readonly #services: WatchServices
  readonly #watched = new Map<string, Watched>()
  readonly #closed = new AbortController()
  #watch: Disposable | null = null
  #seq = 0

  constructor(services: WatchServices) {
    this.#services = services
  }

  /** Watches what sessions wait for, now and from now on, until disposed. */
  keep(): void {
    this.#watch = watchStore(this.#services.store, () => this.#catchUp())
    this.#catchUp()
  }

  /** Looks at a session's branch at once and tells the session what it finds. Throws `E_NOT_EXTERNAL`. */
  async look(name: SessionName): Promise<BranchLook> {
    this.#catchUp()
    const watched = this.#watched.get(sessionWorkflowId(name))
    if (watched === undefined) throw notExternal(name)
    // One that is under way may have looked before what it is to see.
    await watched.looking
    return { branch: watched.branch, reading: await this.#look(watched, true) }
  }

  #catchUp(): void {
    if (this.#closed.signal.aborted) return
    for (const { seq, stream, type, data } of this.#services.store.events({
      types: FACTS_OF_INTEREST,
      after: this.#seq,
    })) {
      this.#seq = seq
      if (type === 'external.awaited') this.#follow(stream, v.parse(FACTS['external.awaited'], data).branch)
      else this.#leave(stream)
    }
    for (const watched of this.#watched.values()) this.#begin(watched)
  }

  #follow(stream: string, branch: string): void {
    if (sessionOfWorkflow(stream) === null || this.#watched.has(stream)) return
    this.#watched.set(stream, {
      stream,
      branch,
      remote: false,
      told: null,
      pause: null,
      timer: undefined,
      looking: null,
    })
  }

  #leave(stream: string): void {
    clearTimeout(this.#watched.get(stream)?.timer)
    this.#watched.delete(stream)
  }

  #begin(watched: Watched): void {
    if (watched.pause === null && watched.looking === null) void this.#look(watched, false)
  }

  /** Never rejects but when somebody asked. */
  async #look(watched: Watched, asked: boolean): Promise<BranchReading> {
    if (watched.looking !== null) return await watched.looking
    clearTimeout(watched.timer)
    const looking = this.#read(watched)
    watched.looking = looking
    try {
      const reading = await looking
      this.#tell(watched, reading, asked)
      return reading
    } finally {
      watched.looking = null
      this.#rest(watched)
    }
  }

  async #read(watched: Watched): Promise<BranchReading> {
    const { repo } = this.#services
    const { signal } = this.#closed
    try {
      const place = branchPlace(watched.branch, await remoteNames(repo.root))
      watched.remote = place.remote !== null
      return await readBranch(repo, place, signal)
    } catch (error) {
      // Whatever it is, the next look may find it mended; the session says why nothing is seen meanwhile.
      return { kind: 'unreachable', why: error instanceof Error ? error.message : String(error) }
    }
  }

  #tell(watched: Watched, reading: BranchReading, asked: boolean): void {
    if (this.#closed.signal.aborted || !this.#watched.has(watched.stream)) return
    const text = JSON.stringify(reading)
    const news = watched.told !== text
    watched.pause = pauseAfter(reading, {
      before: asked ? null : watched.pause,
      news,
      remote: watched.remote,
    })
    if (!news) return
    watched.told = text
    this.#services.engine().signal(watched.stream, { name: BRANCH, data: toJson(reading) })
  }

  #rest(watched: Watched): void {
    if (this.#closed.signal.aborted || !this.#watched.has(watched.stream)) return
    const ms = watched.pause?.ms ?? 0
    watched.timer = setTimeout(() => void this.#look(watched, false), ms).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#watch?.[Symbol.dispose]()
    const looks: Promise<BranchReading>[] = []
    for (const { looking, timer } of this.#watched.values()) {
      clearTimeout(timer)
      if (looking !== null) looks.push(looking)
    }
    await Promise.allSettled(looks)
  }
}

function notExternal({ run, piece }: SessionName): QuintetError {
  return new QuintetError(
    'E_NOT_EXTERNAL',
    'precondition',
    `The session ${run}/${piece} waits for no branch: it is not external, not prepared yet, or has ended.`,
    { hints: [{ text: 'See how it stands.', command: `quintet session show ${run}/${piece}` }] },
  )
}
