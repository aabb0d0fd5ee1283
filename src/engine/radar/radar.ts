// Keeps the conflict radar of a repository alive: which sessions it follows (from the log), when their files are looked at
// (when the agent says that it wrote, when the kernel says so, when a turn ends, and now and then), and what is written to
// the log when two of them come to conflict. The radar proper is in integration/radar.
import { rm } from 'node:fs/promises'
import { watchStore } from '../../store/watch.ts'
import { openScratchObjects, type ScratchObjects } from '../../git/objects/scratch.ts'
import { resolveCommit } from '../../git/repository.ts'
import { trackedFiles } from '../../git/files.ts'
import { LiveRadar } from '../../integration/radar/live.ts'
import { FolderWatch, WatchBudget } from '../../integration/radar/watch.ts'
import { runWorkflowId, type SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import { loadRunInput, sessionSpec } from '../session/spec.ts'
import { allFolders, writableFolders } from './folders.ts'
import { Foresight } from './foresight.ts'
import { FOLLOWED_BY, radarNews, type RadarNews } from './followed.ts'
import type { Heard } from './listen.ts'
import { Pace } from './pace.ts'
import { isIgnoredFolder, isWorktree, troubleIn } from './reading.ts'

export interface Followed {
  readonly label: string
  readonly name: SessionName
  readonly path: string
  readonly target: string
  watch: FolderWatch | null
  /** When the whole worktree was read last, milliseconds since the epoch. */
  read: number | null
  /** Why it could not be read; null when it could, or was not yet. */
  trouble: string | null
  /** Whether anything was heard of it since then. */
  stirred: boolean
}

/** One radar per branch that sessions are to land on. */
export interface Field {
  readonly target: string
  radar: LiveRadar
  readonly foresight: Foresight
  readonly sessions: Map<string, Followed>
}

/** What of the services the radar needs; the store may be read-only as long as nothing is kept alive. */
export type RadarServices = Pick<Services, 'repo' | 'store' | 'state' | 'config'>

/** After a tool that may have written anything, until the worktree is read; further ones wait longer. */
const SOON_MS = 250
/** The same where the kernel tells of every file in which the session can write: it is read for what that may have missed. */
const WATCHED_MS = 10_000
const VERIFY_MS = 15
/** What was read this long ago is read again in a round, whether anything was heard of it or not. */
const OLD_MS = 45_000
/** The same when somebody asks, where everything is watched in which the session can write. */
const FRESH_MS = 3_000
/** Worktrees that are read at the same time for somebody who waits. */
const AT_ONCE = 4
/** Merges of pairs that go on changing; the next save asks again. */
const MOST_ROUNDS = 3
/** Snapshots of worktrees after which the scratch store is renewed: some tens of thousands of small files. */
const MOST_WRITES = 3_000
/** No label holds a blank, and no path that git tells a line end. */
const BETWEEN = '\n'

interface KeeperOptions {
  /** A folder for it alone, which is emptied: what a predecessor has left goes. Without one it makes do with a temporary
   *  folder. */
  readonly place?: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export class RadarKeeper implements AsyncDisposable {
  readonly #services: RadarServices
  #scratch: ScratchObjects
  readonly #fields = new Map<string, Field>()
  readonly #byPath = new Map<string, Followed>()
  readonly #budget = new WatchBudget()
  readonly #pace: Pace
  /** Pairs that the log holds as conflicts, with their files. */
  readonly #told = new Map<string, string>()
  /** Whether a session is held in its scope by a box, as far as it was begun. */
  readonly #boxed = new Map<string, boolean>()
  readonly #saving = new Set<Promise<void>>()
  #watch: Disposable | null = null
  /** Of the commit that was asked for last: sessions begin together. */
  #files: { readonly commit: string; readonly paths: readonly string[] } | null = null
  #seq = 0
  #work: Promise<unknown> = Promise.resolve()
  #verifying: NodeJS.Timeout | undefined
  #closed = false

  readonly #place: string | undefined

  readonly #now: () => number

  private constructor(services: RadarServices, scratch: ScratchObjects, { place, now }: KeeperOptions) {
    this.#services = services
    this.#scratch = scratch
    this.#place = place
    this.#now = now ?? Date.now
    this.#pace = new Pace((label) => this.#enqueue(() => this.#read(label)))
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
    this.#pace.everyRound(() => this.round())
  }

  /** Takes in what an agent has done in the worktree at `path`. */
  hear(path: string, heard: Heard): void {
    const followed = this.#byPath.get(path)
    if (followed === undefined || this.#closed) return
    followed.stirred = true
    if (heard === 'something')
      this.#pace.soon(followed.label, this.#isWatched(followed) ? WATCHED_MS : SOON_MS)
    else this.#saved(followed, heard.paths)
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

  /** Reads the worktrees of which something was heard, and those that were not read for a while: a program may have written
   *  where nothing is watched. */
  async round(): Promise<void> {
    await this.#enqueue(() => this.#renew())
    await this.#enqueue(() => this.#follow())
    for (const { label, stirred, watch, read } of this.#all()) {
      const old = this.#now() - (read ?? 0) > OLD_MS
      if (stirred || old || watch === null || watch.gap !== null) await this.#enqueue(() => this.#read(label))
    }
  }

  #all(): Followed[] {
    return [...this.#fields.values()].flatMap(({ sessions }) => [...sessions.values()])
  }

  #isFresh(followed: Followed): boolean {
    const { read, stirred } = followed
    return read !== null && !stirred && this.#isWatched(followed) && this.#now() - read < FRESH_MS
  }

  /** Whether all is watched in which it can write. */
  #isWatched({ label, watch }: Followed): boolean {
    return watch !== null && watch.gap === null && this.#boxed.has(label)
  }

  /** Waits until what the kernel has told of is taken in. */
  async #delivered(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    for (const { watch } of this.#all()) await watch?.settled()
    await Promise.all(this.#saving)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#watch?.[Symbol.dispose]()
    this.#pace[Symbol.dispose]()
    clearTimeout(this.#verifying)
    for (const followed of this.#byPath.values()) followed.watch?.[Symbol.dispose]()
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
    const query = { after: this.#seq, types: FOLLOWED_BY }
    const events = [...this.#services.store.events(query)]
    const latest = new Map<string, { readonly news: RadarNews }>()
    for (const event of events) {
      this.#seq = Math.max(this.#seq, event.seq)
      const news = radarNews(event)
      if (news === null) continue
      // Of a session that came and went only the end counts.
      if (news.kind === 'joined' || news.kind === 'left')
        latest.set(`${news.session.run}/${news.session.piece}`, { news })
      else if (news.kind === 'held') latest.set(`held ${news.session.run}/${news.session.piece}`, { news })
      else latest.set(String(event.seq), { news })
    }
    for (const { news } of latest.values()) await unlessFailing(() => this.#take(news, begin))
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
        if (news.conflict) this.#told.set(keyOf(news.sessions), '')
        else this.#told.delete(keyOf(news.sessions))
    }
  }

  async #join(news: { readonly session: SessionName; readonly path: string }, begin: boolean): Promise<void> {
    const { session: name, path } = news
    const label = `${name.run}/${name.piece}`
    if (this.fieldOf(label)?.sessions.get(label)?.path === path) return
    const { target, base } = loadRunInput(this.#services, name.run)
    const field = await this.#field(target, base.commit)
    const followed: Followed = {
      label,
      name,
      path,
      target,
      watch: null,
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
      const folders = await this.#folders(field, followed)
      if (this.#closed) return
      followed.watch = new FolderWatch({
        root: followed.path,
        folders,
        budget: this.#budget,
        skips: (folder) => isIgnoredFolder(followed.path, folder, this.#files?.paths ?? []),
        onSaved: (paths) => this.#saved(followed, paths),
      })
      await this.#widen(field, followed)
      await this.#read(followed.label)
    })
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
      watch.widen(allFolders(await this.#tracked(field.radar.base)))
  }

  /** Folders in which the session may write something, and those above them. */
  async #folders(field: Field, { name }: Followed): Promise<readonly string[]> {
    const { ownership } = sessionSpec(this.#services, name)
    const files = await this.#tracked(field.radar.base)
    return writableFolders(files, {
      owns: (path) => ownership.owns(name.piece, path),
      include: ownership.scopeOf(name.piece).include,
    })
  }

  async #tracked(commit: string): Promise<readonly string[]> {
    if (this.#files?.commit !== commit)
      this.#files = { commit, paths: await trackedFiles(this.#services.repo.root, commit) }
    return this.#files.paths
  }

  #leave(label: string): void {
    const field = this.fieldOf(label)
    const followed = field?.sessions.get(label)
    if (field === undefined || followed === undefined) return
    followed.watch?.[Symbol.dispose]()
    field.sessions.delete(label)
    field.radar.remove(label)
    this.#boxed.delete(label)
    this.#byPath.delete(followed.path)
    this.#publish()
  }

  #saved(followed: Followed, paths: readonly string[]): void {
    followed.stirred = true
    const saving = unlessFailing(() => this.#save(followed, paths)).then(() => {
      this.#saving.delete(saving)
    })
    this.#saving.add(saving)
  }

  async #save({ label, path }: Followed, paths: readonly string[]): Promise<void> {
    const radar = this.fieldOf(label)?.radar
    // Where the worktree itself goes, the files of it are not deleted by anybody.
    if (!(await isWorktree(path))) return this.#pace.soon(label, SOON_MS)
    const what = await radar?.saved(
      label,
      paths.filter((one) => one !== '.git'),
    )
    if (what === 'unclear') this.#pace.soon(label, SOON_MS)
    else if (what === 'changed') this.#verifySoon()
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
    followed.watch?.widen(allFolders([...field.radar.matrix.overlay(label).keys()]))
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

  /** Writes to the log what has changed between sessions. */
  #publish(): void {
    if (this.#watch === null) return
    const now = new Map<string, readonly string[]>()
    for (const { radar } of this.#fields.values()) {
      for (const { pair, state, files } of radar.pairs())
        if (state === 'confirmed') now.set(pair.join(BETWEEN), files)
        // Not merged yet as it is now: what was said of it stands until then.
        else if (state === 'predicted' && this.#told.has(pair.join(BETWEEN)))
          now.set(pair.join(BETWEEN), (this.#told.get(pair.join(BETWEEN)) ?? '').split(BETWEEN))
      for (const [label, files] of radar.againstTarget()) now.set(label + BETWEEN, files)
    }
    for (const [key, files] of now) if (this.#told.get(key) !== files.join(BETWEEN)) this.#tell(key, files)
    for (const key of this.#told.keys()) if (!now.has(key)) this.#tell(key, null)
  }

  #tell(key: string, files: readonly string[] | null): void {
    const [left = '', right = ''] = key.split(BETWEEN)
    const sessions: [string, string | null] = [left, right === '' ? null : right]
    if (files === null) this.#told.delete(key)
    else this.#told.set(key, files.join(BETWEEN))
    const type = files === null ? 'radar.cleared' : 'radar.conflict'
    const runs = new Set([left, right].filter((label) => label !== '').map((label) => label.split('/')[0]))
    for (const run of runs) {
      const stream = runWorkflowId(run ?? '')
      const data = files === null ? { sessions } : { sessions, files: [...files] }
      this.#services.store.append({ stream, key: `${type}:${this.#seq}:${Date.now()}:${key}`, type, data })
    }
  }
}

/** The target, as the second of a pair, is an empty text. */
function keyOf([left, right]: readonly [string, string | null]): string {
  return `${left}${BETWEEN}${right ?? ''}`
}

/** A failure costs that one thing: the radar warns, and nothing depends on it. */
async function unlessFailing(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    process.emitWarning(`The conflict radar has missed something: ${String(error)}`)
  }
}
