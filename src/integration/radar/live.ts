// The radar over live worktrees. Every worktree has an overlay over one common base: the target as it stands. A saved file
// is compared in process and updates the pairs on its path at once; whole worktrees are read by git when they come in and now
// and then; what looks like a conflict is merged by git, from the files as they stand, uncommitted ones included. A worktree
// that the target has left behind is compared as if it had been merged with the target first.
import { createHash } from 'node:crypto'
import { errnoOf, QuintetError } from '../../contract/errors.ts'
import { LiveTree, scratchCommit } from '../../git/live-tree.ts'
import { mergePairs } from '../../git/merge/batch.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import type { Repository } from '../../git/repository.ts'
import type { ScratchObjects } from '../../git/objects/scratch.ts'
import { BaseFiles } from './base-files.ts'
import type { PathChange } from './change.ts'
import { askIgnored } from './ignored.ts'
import { liveChange } from './live-file.ts'
import { ConflictMatrix, type PairForecast, type PathClash } from './matrix.ts'
import { readOverlays } from './overlays.ts'
import { plainPaths } from './plain-paths.ts'
import { unreadWorktree, type Found, type Worktree } from './worktree.ts'

export interface LiveRadarOptions {
  readonly repo: Repository
  readonly scratch: ScratchObjects
  /** Commit of the target. */
  readonly base: string
}

/** `confirmed`: git's own merge of the two conflicts. `predicted`: it looks so, and was not merged yet. */
export type PairState = 'same-file' | 'predicted' | 'confirmed'

export interface PairStatus {
  /** Names of the worktrees, sorted. */
  readonly pair: readonly [string, string]
  readonly state: PairState
  readonly paths: readonly PathClash[]
  /** Files in which git's merge conflicts; empty unless confirmed. */
  readonly files: readonly string[]
}

/** What says what git ignores. */
const IGNORING = /(?:^|\/)\.gitignore$/
const ATTEMPTS = 3

export class LiveRadar {
  readonly matrix = new ConflictMatrix()
  readonly #options: LiveRadarOptions
  readonly #worktrees = new Map<string, Worktree>()
  readonly #verdicts = new Map<
    string,
    { readonly evidence: string; readonly files: readonly string[] | null }
  >()
  #base: string
  #files: BaseFiles
  #count = 0
  #writes = 0

  constructor(options: LiveRadarOptions) {
    this.#options = options
    this.#base = options.base
    this.#files = new BaseFiles(options.repo.root, options.base)
  }

  /** The commit that everything is compared with. */
  get base(): string {
    return this.#base
  }

  /** How often the scratch store was written to: a measure of how full it is. */
  get writes(): number {
    return this.#writes
  }

  /** Takes a worktree in; it is read by `reconcile`. */
  add(name: string, path: string): void {
    if (this.#worktrees.has(name)) return
    const { scratch } = this.#options
    const tree = new LiveTree({ cwd: path, scratch, name: String((this.#count += 1)), like: this.#base })
    this.#worktrees.set(name, unreadWorktree({ name, path, tree }))
  }

  /** Lets a worktree go. */
  remove(name: string): void {
    this.#worktrees.delete(name)
    this.matrix.remove(name)
    for (const key of this.#verdicts.keys()) if (key.split('\0').includes(name)) this.#verdicts.delete(key)
  }

  /** A worktree cannot be read: what was known of it counts no more, until it is reconciled. */
  lose(name: string): void {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined) return
    worktree.stale = null
    worktree.commit = null
    worktree.overlaid = null
    worktree.target = []
    this.matrix.set(name, new Map())
    this.#forget(name)
  }

  /** The target has moved: everything is compared with it from now on, as soon as it was reconciled. */
  rebase(base: string): void {
    if (base === this.#base) return
    this.#base = base
    this.#files = new BaseFiles(this.#options.repo.root, base)
    this.#verdicts.clear()
    for (const worktree of this.#worktrees.values()) {
      worktree.stale = null
      worktree.commit = null
      worktree.overlaid = null
    }
  }

  /** Takes in that files of a worktree were written; true when that may have changed a pair. Paths are relative to the
   *  worktree's root; with `inside` what is in a folder that has come is told as well. `unclear` when only reading the whole
   *  worktree can tell. */
  async saved(
    name: string,
    paths: readonly string[],
    { inside = false }: { readonly inside?: boolean } = {},
  ): Promise<'changed' | 'same' | 'unclear'> {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined) return 'same'
    if (worktree.stale === null && worktree.saved === null) return 'unclear'
    for (const path of paths) worktree.saved?.add(path)
    const rules = paths.some((path) => IGNORING.test(path))
    if (rules) worktree.ignored.clear()
    const found = await this.#saveAll(worktree, paths)
    if (rules || found.some((one) => one === 'unclear' || (one === 'folder' && !inside))) {
      worktree.unclear = true
      return 'unclear'
    }
    return found.includes('changed') ? 'changed' : 'same'
  }

  /** Takes in that HEAD of a worktree may be another commit, without looking at its files. `unclear` when only reading the
   *  whole worktree can tell what that means. Throws `E_GIT`. */
  async moved(name: string): Promise<'changed' | 'same' | 'unclear'> {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined) return 'same'
    if (worktree.commit === null || worktree.stale === null || worktree.unclear) return 'unclear'
    const base = this.#base
    const head = (await worktree.tree.head()) ?? base
    if (head === worktree.head) return 'same'
    const common = await this.#common(worktree, base, head)
    if (common !== base || worktree.behind.size > 0) return 'unclear'
    worktree.head = head
    // The files are as they were; what they are merged on is not.
    worktree.commit = null
    for (const key of this.#verdicts.keys()) if (key.split('\0').includes(name)) this.#verdicts.delete(key)
    return 'changed'
  }

  /** Another text when other paths have changed, whatever became of them; null when anything may have changed. */
  stamp(name: string): string | null {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined || worktree.stale === null || worktree.unclear) return null
    const hash = createHash('sha1')
    for (const path of [...this.matrix.overlay(name).keys()].toSorted()) hash.update(`${path}\0`)
    return `${this.#base} ${hash.digest('hex')}`
  }

  /** The tree of a worktree's files, of which only what was saved since is read; null when anything may have changed. Throws
   *  `E_GIT`. */
  async tree(name: string): Promise<string | null> {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined) return null
    return await this.#alone(worktree, async () => {
      if (worktree.stale === null || worktree.unclear) return null
      // As #commit does: what is saved from here on is stale again.
      const paths = [...worktree.stale]
      worktree.stale = new Set()
      if (paths.length > 0) {
        worktree.commit = null
        this.#writes += 1
      }
      try {
        return await readTree(worktree.tree, paths)
      } catch (error) {
        worktree.stale = null
        throw error
      }
    })
  }

  /** Reads a whole worktree through git. Throws `E_GIT` when it cannot be read. */
  async reconcile(name: string): Promise<void> {
    const worktree = this.#worktrees.get(name)
    if (worktree === undefined) return
    worktree.saved = new Set()
    try {
      await this.#alone(worktree, async () => {
        worktree.stale = null
        const base = this.#base
        const commit = await this.#commit(worktree)
        const overlaid = worktree.behind.size > 0 ? commit : treeIn(worktree.made, base)
        if (overlaid === worktree.overlaid) return
        const { cwd, env } = this.#git()
        const [overlay] = await readOverlays([{ base, tip: commit }], { cwd, env, hunks: true })
        if (base !== this.#base || !this.#worktrees.has(name)) return
        this.matrix.set(name, overlay ?? new Map())
        worktree.overlaid = overlaid
        this.#forget(name)
      })
    } finally {
      const missed = [...worktree.saved]
      worktree.saved = null
      if (missed.length > 0) await this.saved(name, missed)
    }
  }

  /** Merges the pairs that look like conflicts and were not merged as they are now; the number of merges. Those of a
   *  worktree that cannot be read stay as they are. */
  async verify(): Promise<number> {
    const suspects = this.#suspects()
    if (suspects.length === 0) return 0
    const names = new Set(suspects.flatMap(({ pair }) => pair))
    const commits = new Map<string, string>()
    for (const name of names) {
      const worktree = this.#worktrees.get(name)
      const commit = worktree === undefined ? null : await this.#readable(worktree)
      if (commit !== null) commits.set(name, commit)
    }
    const pairs = suspects.map(({ pair }) => [commits.get(pair[0]), commits.get(pair[1])] as const)
    const ready = suspects.flatMap((suspect, index) => {
      const [left, right] = pairs[index] ?? []
      return left === undefined || right === undefined ? [] : [{ suspect, pair: [left, right] as const }]
    })
    const merges = await mergePairs(
      ready.map(({ pair }) => pair),
      this.#git(),
    )
    const current = new Set(this.#suspects().map(({ pair, evidence }) => `${pair.join('\0')}\0${evidence}`))
    for (const [index, { suspect, pair }] of ready.entries()) {
      // Saved again meanwhile: what was merged may be neither the one nor the other.
      if (!current.has(`${suspect.pair.join('\0')}\0${suspect.evidence}`)) continue
      const merge = merges[index]
      const files = merge?.kind === 'conflict' ? plainPaths(merge.files, pair) : null
      this.#verdicts.set(suspect.pair.join('\0'), { evidence: suspect.evidence, files })
    }
    return ready.length
  }

  /** Every pair that is not clear. */
  pairs(): readonly PairStatus[] {
    return this.matrix.forecasts().map((forecast) => this.#statusOf(forecast))
  }

  /** Files in which each worktree conflicts with the target; only those that do. */
  againstTarget(): ReadonlyMap<string, readonly string[]> {
    const found = [...this.#worktrees.values()].filter(({ target }) => target.length > 0)
    return new Map(found.map(({ name, target }) => [name, target]))
  }

  /** The place of a worktree; undefined when it is not here. */
  path(name: string): string | undefined {
    return this.#worktrees.get(name)?.path
  }

  /** The commit that HEAD of a worktree is, as far as it is known. */
  head(name: string): string | null {
    return this.#worktrees.get(name)?.head ?? null
  }

  /** Lines of a file of the base, as far as they are known. */
  async baseLines(path: string): Promise<readonly string[] | null> {
    await this.#files.load([path])
    return this.#files.file(path)?.lines ?? null
  }

  #statusOf({ pair, state, paths, evidence }: PairForecast): PairStatus {
    const verdict = this.#verdicts.get(pair.join('\0'))
    if (state === 'same-file' || verdict?.evidence !== evidence) return { pair, state, paths, files: [] }
    return verdict.files === null
      ? { pair, state: 'same-file', paths, files: [] }
      : { pair, state: 'confirmed', paths, files: verdict.files }
  }

  #suspects(): readonly PairForecast[] {
    return this.matrix
      .forecasts()
      .filter(
        ({ pair, state, evidence }) =>
          state === 'predicted' && this.#verdicts.get(pair.join('\0'))?.evidence !== evidence,
      )
  }

  /** One after the other; those that are being read already are waited for at the end. */
  async #saveAll(worktree: Worktree, paths: readonly string[]): Promise<readonly Found[]> {
    const [found, later]: [Found[], Promise<Found>[]] = [[], []]
    const load = (): Promise<Found> => this.#files.load(paths).then(() => 'same')
    if ((await this.#orUnclear(worktree, paths, load)) === 'unclear') return ['unclear']
    for (const path of paths) {
      const busy = worktree.turns.has(path)
      const one = worktree.turns.take(path, () =>
        this.#orUnclear(worktree, [path], () => this.#save(worktree, path, paths)),
      )
      if (busy) later.push(one)
      else found.push(await one)
    }
    return [...found, ...(await Promise.all(later))]
  }

  /** What cannot be read now is left for git to read, and takes nothing else along. */
  async #orUnclear(worktree: Worktree, paths: readonly string[], read: () => Promise<Found>): Promise<Found> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof QuintetError) && errnoOf(error) === undefined) throw error
      for (const path of paths) worktree.stale?.add(path)
      return 'unclear'
    }
  }

  /** `together`: what was saved at the same time, which git is asked about in one call. */
  async #save(worktree: Worktree, path: string, together: readonly string[]): Promise<Found> {
    const { name } = worktree
    const files = this.#files
    if (worktree.behind.has(path)) return 'unclear'
    await files.load([path])
    const base = files.file(path) ?? null
    const isIgnored = (): Promise<boolean> => this.#isIgnored(worktree, path, together)
    const change = await liveChange(worktree.path, path, { base, isIgnored })
    if (change === 'folder') return base === null ? 'folder' : 'unclear'
    if (change === 'ignored') return 'same'
    if (files !== this.#files || !this.#worktrees.has(name)) return 'unclear'
    if (base === null && this.#wasFolder(worktree, path, change)) return 'unclear'
    worktree.stale?.add(path)
    if (isKnown(this.matrix.overlay(name).get(path), change)) return 'same'
    worktree.overlaid = null
    this.matrix.update(name, path, change)
    this.#forget(name)
    return 'changed'
  }

  async #isIgnored(worktree: Worktree, path: string, together: readonly string[]): Promise<boolean> {
    const { ignored, asking } = worktree
    const known = ignored.get(path)
    if (known !== undefined) return known
    const others = together.filter((one) => this.#files.file(one) === null && !ignored.has(one))
    const answers = await (asking.get(path) ?? askIgnored(worktree, [...new Set([path, ...others])], path))
    return answers.get(path) ?? (await askIgnored(worktree, [path], path)).get(path) ?? false
  }

  /** Whether a folder stood where now a file is, or nothing: what was in it went with it. */
  #wasFolder({ name }: Worktree, path: string, change: PathChange | null): boolean {
    if (this.#files.isFolder(path)) return true
    if (change !== null) return false
    return [...this.matrix.overlay(name).keys()].some((known) => known.startsWith(`${path}/`))
  }

  /** Verdicts are kept no longer than what they were about: the snapshot may have been ahead of what was told. */
  #forget(name: string): void {
    const now = new Map(
      this.matrix.forecastsOf(name).map(({ pair, evidence }) => [pair.join('\0'), evidence]),
    )
    for (const [key, { evidence }] of this.#verdicts) {
      if (key.split('\0').includes(name) && now.get(key) !== evidence) this.#verdicts.delete(key)
    }
  }

  async #readable(worktree: Worktree): Promise<string | null> {
    try {
      return await this.#alone(worktree, () => this.#commit(worktree))
    } catch (error) {
      if (error instanceof QuintetError) return null
      throw error
    }
  }

  /** The worktree as a commit, on top of the target where that has moved. */
  async #commit(worktree: Worktree): Promise<string> {
    if (worktree.commit !== null && worktree.stale?.size === 0 && !worktree.unclear) return worktree.commit
    // Half of what was done makes another merge than all of it.
    const paths = worktree.stale === null || worktree.unclear ? undefined : [...worktree.stale]
    if (paths === undefined) worktree.unclear = false
    worktree.stale = new Set()
    try {
      const base = this.#base
      const tree = await readTree(worktree.tree, paths)
      const head = (await worktree.tree.head()) ?? base
      worktree.head = head
      const made = [tree, head, base].join(' ')
      if (worktree.commit !== null && worktree.made === made) return worktree.commit
      this.#writes += 1
      worktree.commit = await this.#onTarget(worktree, { tree, head, base })
      worktree.made = made
      return worktree.commit
    } catch (error) {
      worktree.stale = null
      throw error
    }
  }

  async #onTarget(
    worktree: Worktree,
    { tree, head, base }: { readonly tree: string; readonly head: string; readonly base: string },
  ): Promise<string> {
    const { scratch, repo } = this.#options
    const cwd = repo.root
    const own = await scratchCommit(cwd, scratch, { tree, parents: [head] })
    const common = await this.#common(worktree, base, head)
    worktree.behind = new Set()
    worktree.target = []
    if (common === null || common === base) return own
    const [moved] = await readOverlays([{ base: common, tip: base }], { cwd, hunks: false })
    worktree.behind = new Set(moved?.keys())
    const [merge] = await mergePairs([[base, own]], this.#git())
    if (merge === undefined) return own
    if (merge.kind === 'conflict') worktree.target = plainPaths(merge.files, [base, own])
    return await scratchCommit(cwd, scratch, { tree: merge.tree, parents: [base, head] })
  }

  async #common(worktree: Worktree, base: string, head: string): Promise<string | null> {
    const of = `${base} ${head}`
    if (worktree.left?.of !== of)
      worktree.left = { of, common: await mergeBase(this.#options.repo.root, base, head) }
    return worktree.left.common
  }

  #git(): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
    return { cwd: this.#options.repo.root, env: this.#options.scratch.env }
  }

  /** One thing at a time with the index of a worktree. */
  #alone<T>(worktree: Worktree, work: () => Promise<T>): Promise<T> {
    const result = worktree.work.then(work)
    worktree.work = Promise.allSettled([result])
    return result
  }
}

/** The files alone: what was committed of them makes no difference to an overlay. */
function treeIn(made: string, base: string): string {
  return `${made.slice(0, made.indexOf(' '))} ${base}`
}

function isKnown(before: PathChange | undefined, now: PathChange | null): boolean {
  if (before === undefined || now === null) return before === undefined && now === null
  return before.class === now.class && before.result === now.result
}

/** Files come and go while they are read: read again, all of them then. */
async function readTree(tree: LiveTree, paths: readonly string[] | undefined): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tree.tree(attempt === 1 ? paths : undefined)
    } catch (error) {
      if (!(error instanceof QuintetError) || attempt === ATTEMPTS) throw error
    }
  }
}
