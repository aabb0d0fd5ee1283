// Keeps the conflict radar of a repository alive: which sessions it follows (from the log), when their files are looked at
// (when the agent says that it wrote, when the kernel says so, when a turn ends, and now and then), and what is written to
// the log when two of them come to conflict. The radar proper is in integration/radar.
import { rm } from 'node:fs/promises'
import type { WatchingView } from '../../contract/radar.ts'
import { watchStore } from '../../store/watch.ts'
import { openScratchObjects, type ScratchObjects } from '../../git/objects/scratch.ts'
import { resolveCommit } from '../../git/repository.ts'
import { machineBudget, type WatchBudget } from '../../integration/radar/budget.ts'
import { LiveRadar } from '../../integration/radar/live.ts'
import type { SessionName } from '../names.ts'
import { loadRunInput } from '../session/spec.ts'
import { ConflictLog } from './conflict-log.ts'
import { allFolders } from './folders.ts'
import { Foresight } from './foresight.ts'
import {
  isDue,
  openWatches,
  sessionFolders,
  unwatch,
  watchingView,
  type Field,
  type Followed,
  type KeeperOptions,
  type RadarServices,
} from './fields.ts'
import { FOLLOWED_BY, latestNews, type RadarNews } from './followed.ts'
import type { Heard } from './listen.ts'
import { Pace } from './pace.ts'
import { Polling } from './polling.ts'
import { ifReadable, isWorktree, troubleIn, unlessFailing, warn } from './reading.ts'
import { TrackedFiles } from './tracked.ts'

/** After what may have changed anything, until the worktree is read or looked at; further ones wait longer. */
const SOON_MS = 250
const VERIFY_MS = 15
/** The same when somebody asks, where everything is watched in which the session can write. */
const FRESH_MS = 3_000
/** Worktrees that are read at the same time for somebody who waits. */
const AT_ONCE = 4
/** Merges of pairs that go on changing; the next save asks again. */
const MOST_ROUNDS = 3
/** Snapshots of worktrees after which the scratch store is renewed: some tens of thousands of small files. */
const MOST_WRITES = 3_000

export class RadarKeeper implements AsyncDisposable {
  readonly #services: RadarServices
  #scratch: ScratchObjects
  readonly #fields = new Map<string, Field>()
  readonly #byPath = new Map<string, Followed>()
  #budget: WatchBudget | null
  readonly #onNoticed: (label: string) => void
  readonly #pace: Pace
  readonly #conflicts: ConflictLog
  /** Whether a session is held in its scope by a box, as far as it was begun. */
  readonly #boxed = new Map<string, boolean>()
  readonly #saving = new Set<Promise<void>>()
  readonly #tracked: TrackedFiles
  readonly #polling: Polling<Followed>
  #watch: Disposable | null = null
  #seq = 0
  /** The session that was read last in a round. */
  #stepped: string | null = null
  #work: Promise<unknown> = Promise.resolve()
  #verifying: NodeJS.Timeout | undefined
  #closed = false
  readonly #place: string | undefined
  readonly #now: () => number

  private constructor(services: RadarServices, scratch: ScratchObjects, options: KeeperOptions) {
    this.#services = services
    this.#scratch = scratch
    this.#place = options.place
    this.#now = options.now ?? Date.now
    this.#budget = options.budget ?? null
    this.#onNoticed = options.onNoticed ?? (() => undefined)
    this.#conflicts = new ConflictLog(services.store)
    this.#tracked = new TrackedFiles(services.repo.root)
    this.#pace = new Pace((label) => this.#enqueue(() => this.#read(label)))
    this.#polling = new Polling<Followed>({
      sessions: () => this.#all(),
      isWatched: (one) => this.#isWatched(one),
      isBoxed: ({ label }) => this.#boxed.get(label) === true,
      layout: async ({ label }) => (await this.#tracked.of(this.#baseOf(label))).layout,
      skips: (one, folders) => this.#skips(one, folders),
      changed: ({ label }) => this.fieldOf(label)?.radar.matrix.overlay(label).keys() ?? [],
      onChanged: (one, paths, how) => this.#saved(one, paths, how),
      onAnew: (one) => this.#lost(one),
      onSweep: (one) => unlessFailing(() => this.#mend(one)),
      onFailure: warn,
    })
  }

  /** The radar as the log has it now; nothing is read yet. */
  static async open(services: RadarServices, options: KeeperOptions = {}): Promise<RadarKeeper> {
    const { place } = options
    if (place !== undefined) await rm(place, { recursive: true, force: true })
    const keeper = new RadarKeeper(services, await openScratchObjects(services.repo, place), options)
    await keeper.#enqueue(() => keeper.#catchUp(false))
    return keeper
  }

  /** Follows the sessions from now on, until disposed. */
  keep(): void {
    this.#watch = watchStore(this.#services.store, () => void this.#enqueue(() => this.#catchUp(true)))
    for (const field of this.#fields.values())
      for (const followed of field.sessions.values()) this.#begin(field, followed)
    this.#pace.everyStep(() => this.round())
    this.#polling.start()
  }

  /** Looks at what is watched only when something is told of it: nothing that is lost is found by chance any more. */
  withoutRounds(): void {
    this.#pace.noSteps()
    this.#polling.withoutSweeps()
  }

  /** Takes in what an agent has done in the worktree at `path`. */
  hear(path: string, heard: Heard): void {
    const followed = this.#byPath.get(path)
    if (followed === undefined || this.#closed) return
    followed.stirred = true
    // Where everything is watched the kernel has told of what a program wrote.
    this.#polling.heard(followed, heard === 'something' && !this.#isWatched(followed) ? SOON_MS : undefined)
    if (heard !== 'something') this.#saved(followed, heard.paths)
  }

  /** How long it is until a session's files are looked at again where they are not watched; null when all are. */
  lookEveryMs(followed: Followed): number | null {
    return this.#polling.pauseOf(followed)
  }

  /** Who is followed how. */
  watching(): WatchingView {
    return watchingView(this.#budget, this.#all(), (one) => this.lookEveryMs(one))
  }

  /** Another text when other paths of a session have changed, or its HEAD has moved; null where it takes reading the whole
   *  worktree to know. */
  async stampOf(path: string): Promise<string | null> {
    const followed = this.#byPath.get(path)
    if (followed?.admin?.complete !== true || this.#closed || !this.#isWatched(followed)) return null
    await this.#delivered([followed])
    const stamp = this.fieldOf(followed.label)?.radar.stamp(followed.label)
    return stamp == null ? null : `${stamp} ${followed.moves}`
  }

  /** The tree of a session's files as they are now; null where only reading the whole worktree tells. */
  async treeOf(path: string): Promise<string | null> {
    const followed = this.#byPath.get(path)
    if (followed === undefined || this.#closed || !this.#isWatched(followed)) return null
    await this.#delivered([followed])
    return await ifReadable(
      async () => (await this.fieldOf(followed.label)?.radar.tree(followed.label)) ?? null,
    )
  }

  /** The field in which a session is followed. */
  fieldOf(label: string): Field | undefined {
    return [...this.#fields.values()].find(({ sessions }) => sessions.has(label))
  }

  /** Every field with sessions of a run. */
  fieldsOf(run: string): readonly Field[] {
    return [...this.#fields.values()].filter((field) =>
      [...field.sessions.values()].some(({ name }) => name.run === run),
    )
  }

  /** For somebody who asks: knows afterwards no less than one who reads all worktrees now. Those that were just read, and in
   *  which nothing can be written that is not watched, are taken as they are; the others are read. */
  async settle(): Promise<void> {
    await this.#delivered()
    await this.#enqueue(() => this.#follow())
    await this.#enqueue(async () => {
      const left = this.#all().filter((followed) => !this.#isFresh(followed))
      const readers = Array.from({ length: AT_ONCE }, async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const { label } = next
          await unlessFailing(() => this.#read(label))
        }
      })
      await Promise.all(readers)
    })
    await this.#enqueue(() => this.#verify())
  }

  /** Reads the next worktree of which something was heard, or that was not read for a while: a program may have written where
   *  nothing is watched. */
  async round(): Promise<void> {
    for (const field of this.#fields.values())
      for (const one of field.sessions.values()) if (!this.#polling.follows(one)) this.#begin(field, one)
    await this.#enqueue(() => this.#renew())
    await this.#enqueue(() => this.#follow())
    const all = this.#all()
    const from = all.findIndex(({ label }) => label === this.#stepped) + 1
    const next = [...all.slice(from), ...all.slice(0, from)].find((one) => isDue(one, this.#now()))
    this.#stepped = next?.label ?? null
    if (next !== undefined) await this.#enqueue(() => this.#read(next.label))
  }

  #all(): Followed[] {
    return [...this.#fields.values()].flatMap(({ sessions }) => [...sessions.values()])
  }

  #isFresh(followed: Followed, { read, stirred } = followed): boolean {
    return read !== null && !stirred && this.#isWatched(followed) && this.#now() - read < FRESH_MS
  }

  /** Whether all is watched in which it can write. */
  #isWatched({ label, watch }: Followed): boolean {
    return watch !== null && watch.gap === null && this.#boxed.has(label)
  }

  /** Waits until what the kernel has told of is taken in. */
  async #delivered(sessions: readonly Followed[] = this.#all()): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    for (const { watch } of sessions) await watch?.settled()
    await Promise.all(this.#saving)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#watch?.[Symbol.dispose]()
    this.#pace[Symbol.dispose]()
    this.#polling[Symbol.dispose]()
    clearTimeout(this.#verifying)
    for (const followed of this.#byPath.values()) unwatch(followed)
    await Promise.all([this.#work, ...this.#saving])
    await this.#scratch[Symbol.asyncDispose]()
  }

  /** One thing after the other. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    const result = this.#work.then(async () => {
      if (!this.#closed) await unlessFailing(work)
    })
    this.#work = result
    return result
  }

  async #catchUp(begin: boolean): Promise<void> {
    const events = [...this.#services.store.events({ after: this.#seq, types: FOLLOWED_BY })]
    this.#seq = events.at(-1)?.seq ?? this.#seq
    for (const news of latestNews(events)) await unlessFailing(() => this.#take(news, begin))
  }

  async #take(news: RadarNews, begin: boolean): Promise<void> {
    switch (news.kind) {
      case 'joined':
        return this.#join(news, begin)
      case 'held':
        return this.#hold(`${news.session.run}/${news.session.piece}`, news.boxed)
      case 'left':
        return this.#leave(`${news.session.run}/${news.session.piece}`)
      case 'paused':
        if (begin) this.#pace.soon(`${news.session.run}/${news.session.piece}`, SOON_MS)
        return
      case 'target-moved':
        if (begin) await this.#follow()
        return
      case 'run-ended':
        for (const label of [...this.#byPath.values()].map(({ label }) => label))
          if (label.startsWith(`${news.run}/`)) this.#leave(label)
        return
      case 'told':
        if (begin) return
        this.#conflicts.known(news.sessions, news.conflict)
    }
  }

  async #join(news: { readonly session: SessionName; readonly path: string }, begin: boolean): Promise<void> {
    const { session: name, path } = news
    const label = `${name.run}/${name.piece}`
    if (this.fieldOf(label)?.sessions.get(label)?.path === path) return
    this.#leave(label)
    const { target, base } = loadRunInput(this.#services, name.run)
    const field = await this.#field(target, base.commit)
    const followed: Followed = {
      label,
      name,
      path,
      target,
      watch: null,
      admin: null,
      moves: 0,
      read: null,
      trouble: null,
      stirred: true,
    }
    field.sessions.set(label, followed)
    field.radar.add(label, path)
    this.#byPath.set(path, followed)
    if (begin) this.#begin(field, followed)
  }

  async #field(target: string, base: string): Promise<Field> {
    const known = this.#fields.get(target)
    if (known !== undefined) return known
    const { repo } = this.#services
    const tip = (await resolveCommit(repo.root, `refs/heads/${target}`)) ?? base
    const radar = new LiveRadar({ repo, scratch: this.#scratch, base: tip })
    const foresight = new Foresight(repo.root)
    const field = { target, radar, foresight, sessions: new Map<string, Followed>() }
    this.#fields.set(target, field)
    return field
  }

  #begin(field: Field, followed: Followed): void {
    void this.#enqueue(async () => {
      const { label } = followed
      this.#budget ??= await machineBudget()
      const { paths } = await this.#tracked.of(field.radar.base)
      const [budget, folders] = [this.#budget, sessionFolders(this.#services, followed.name, paths)]
      if (this.#closed || field.sessions.get(label) !== followed || this.#polling.follows(followed)) return
      // It may have been begun before, and have failed.
      unwatch(followed)
      await openWatches(followed, {
        budget,
        folders,
        skips: (folders) => this.#skips(followed, folders),
        onSaved: (paths) => this.#saved(followed, paths, { inside: true }),
        onGit: (what) => this.#gitMoved(followed, what),
        onLost: () => this.#lost(followed),
      })
      await this.#widen(field, followed)
      // First the times, then the files: what changes in between is looked at twice.
      await this.#polling.learn(followed)
      await this.#read(label)
    })
  }

  /** HEAD or the index of its worktree is another one. */
  #gitMoved(followed: Followed, what: 'head' | 'index'): void {
    this.#polling.heard(followed, this.#isWatched(followed) ? undefined : SOON_MS)
    followed.moves += 1
    if (what === 'head') this.#busyWith(followed, this.#headMoved(followed))
  }

  async #headMoved({ label }: Followed): Promise<void> {
    const moved = await this.fieldOf(label)?.radar.moved(label)
    if (moved === 'unclear') this.#pace.soon(label, SOON_MS)
    else if (moved === 'changed') this.#verifySoon()
    this.#onNoticed(label)
  }

  /** Something may have gone unseen: the files are read instead. */
  #lost(followed: Followed): void {
    if (this.#closed) return
    followed.stirred = true
    this.#pace.soon(followed.label, SOON_MS)
  }

  /** What could not be watched is tried again, and what is watched is looked at for whether it still is. */
  async #mend(followed: Followed): Promise<void> {
    this.#budget?.anew()
    await followed.admin?.open()
    await followed.watch?.mend()
    if (followed.admin?.complete === false) await this.#headMoved(followed)
  }

  async #hold(label: string, boxed: boolean): Promise<void> {
    const field = this.fieldOf(label)
    const followed = field?.sessions.get(label)
    if (field === undefined || followed === undefined) return
    this.#boxed.set(label, boxed)
    await this.#widen(field, followed)
  }

  /** Two sessions with scopes of their own come to conflict where at least one of them should not write: where nothing but
   *  the gate keeps it from that, it is followed there as well. */
  async #widen(field: Field, { label, watch }: Followed): Promise<void> {
    if (watch !== null && this.#boxed.get(label) === false)
      watch.widen([...(await this.#tracked.of(field.radar.base)).layout.keys()])
  }

  #skips({ label, path }: Followed, folders: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#tracked.ignored(this.#baseOf(label), path, folders)
  }

  #baseOf(label: string): string {
    const field = this.fieldOf(label)
    if (field === undefined) throw new Error(`The radar does not follow ${label}.`)
    return field.radar.base
  }

  #leave(label: string): void {
    const field = this.fieldOf(label)
    const followed = field?.sessions.get(label)
    if (field === undefined || followed === undefined) return
    unwatch(followed)
    this.#polling.forget(label)
    field.sessions.delete(label)
    field.radar.remove(label)
    this.#boxed.delete(label)
    this.#byPath.delete(followed.path)
    this.#publish()
  }

  #saved(followed: Followed, paths: readonly string[], how: { readonly inside?: boolean } = {}): void {
    followed.stirred = true
    this.#polling.heard(followed)
    this.#busyWith(followed, this.#save(followed, paths, how))
  }

  #busyWith(followed: Followed, work: Promise<void>): void {
    const failed = (error: unknown): void => {
      warn(error)
      this.#lost(followed)
    }
    const saving = work.catch(failed).finally(() => {
      this.#saving.delete(saving)
    })
    this.#saving.add(saving)
  }

  async #save(
    { label, path }: Followed,
    paths: readonly string[],
    how: { readonly inside?: boolean },
  ): Promise<void> {
    const radar = this.fieldOf(label)?.radar
    // Where the worktree itself goes, the files of it are not deleted by anybody.
    if (!(await isWorktree(path))) return this.#pace.soon(label, SOON_MS)
    const what = await radar?.saved(
      label,
      paths.filter((one) => one !== '.git'),
      how,
    )
    if (what === 'unclear') this.#pace.soon(label, SOON_MS)
    else if (what === 'changed') this.#verifySoon()
    this.#onNoticed(label)
  }

  async #read(label: string): Promise<void> {
    const field = this.fieldOf(label)
    const followed = field?.sessions.get(label)
    if (field === undefined || followed === undefined) return
    const began = this.#now()
    followed.stirred = false
    followed.trouble = await troubleIn(followed.path, () => field.radar.reconcile(label))
    followed.read = followed.trouble === null ? began : null
    if (followed.trouble !== null) field.radar.lose(label)
    if (followed.trouble === null)
      followed.watch?.favour(allFolders([...field.radar.matrix.overlay(label).keys()]))
    this.#onNoticed(label)
    this.#verifySoon()
  }

  #verifySoon(): void {
    if (this.#watch === null || this.#closed) return
    this.#verifying ??= setTimeout(() => {
      this.#verifying = undefined
      void this.#enqueue(() => this.#verify())
    }, VERIFY_MS)
  }

  async #verify(): Promise<void> {
    for (const { radar } of this.#fields.values()) {
      // What is saved while it is merged has to be merged again.
      for (let round = 1; round <= MOST_ROUNDS && (await radar.verify()) > 0; round += 1);
    }
    this.#publish()
  }

  #publish(): void {
    if (this.#watch !== null) this.#conflicts.write([...this.#fields.values()].map(({ radar }) => radar))
  }

  /** The target's tip may have moved: by a landing, or by somebody's own commit. */
  async #follow(): Promise<void> {
    for (const { target, radar, sessions } of this.#fields.values()) {
      const tip = await resolveCommit(this.#services.repo.root, `refs/heads/${target}`)
      if (tip === null || tip === radar.base) continue
      radar.rebase(tip)
      for (const followed of sessions.values()) {
        followed.stirred = true
        this.#pace.soon(followed.label, 0)
      }
    }
  }

  /** A scratch store that has filled up is left for a new one; all worktrees are read again. */
  async #renew(): Promise<void> {
    const fields = [...this.#fields.values()]
    if (fields.reduce((sum, { radar }) => sum + radar.writes, 0) < MOST_WRITES) return
    const full = this.#scratch
    this.#scratch = await openScratchObjects(this.#services.repo, this.#place)
    for (const field of fields) {
      const { repo } = this.#services
      field.radar = new LiveRadar({ repo, scratch: this.#scratch, base: field.radar.base })
      for (const { label, path } of field.sessions.values()) {
        field.radar.add(label, path)
        await unlessFailing(() => this.#read(label))
      }
    }
    await full[Symbol.asyncDispose]()
  }
}
