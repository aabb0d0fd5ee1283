// Follows a session's own status file. The agent may rename, delete and re-create any folder on the way to it, so each
// folder from the worktree down is watched for the next part of the path alone. Where the kernel has no watches left,
// the file is polled instead, and the watch says so.
import { watch, type FSWatcher } from 'node:fs'
import { basename, join } from 'node:path'
import { errnoOf } from '../contract/errors.ts'
import type { SessionStatus } from '../contract/session.ts'
import { readOwnStatus } from './folder.ts'

const DEBOUNCE_MS = 50
const POLL_MS = 2_000

export interface StatusWatchOptions {
  readonly worktree: string
  /** Relative to the worktree. */
  readonly folder: string
  /** Called with every new content, the present one first; null when the file is gone. */
  readonly onStatus: (status: SessionStatus | null) => void
  /** Called once when the file cannot be read any more; the watch has ended then. */
  readonly onError: (error: unknown) => void
  /** Milliseconds between a change and the reading of it; default 50. */
  readonly debounceMs?: number
  readonly signal?: AbortSignal
}

export interface StatusWatch extends AsyncDisposable {
  /** True when watches ran out and the file is read every two seconds. */
  readonly polling: boolean
}

/** Watches until disposed or aborted; the present content has been reported when this resolves. */
export async function watchStatus(options: StatusWatchOptions): Promise<StatusWatch> {
  options.signal?.throwIfAborted()
  const watcher = new StatusWatcher(options)
  try {
    await watcher.refresh()
  } catch (error) {
    await watcher[Symbol.asyncDispose]()
    throw error
  }
  return watcher
}

class StatusWatcher implements StatusWatch {
  readonly #options: StatusWatchOptions
  /** Folders from the worktree down, each with the name in it that matters. */
  readonly #levels: readonly { readonly path: string; readonly next: string }[]
  readonly #watchers = new Map<number, FSWatcher>()
  #last: string | null = null
  #timer: NodeJS.Timeout | undefined
  #poll: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: StatusWatchOptions) {
    this.#options = options
    const parts = options.folder.split('/').filter((part) => part !== '' && part !== '.')
    const names = [...parts, 'status.md']
    this.#levels = names.map((next, depth) => ({
      path: join(options.worktree, ...parts.slice(0, depth)),
      next,
    }))
    options.signal?.addEventListener('abort', this.#close, { once: true })
  }

  get polling(): boolean {
    return this.#poll !== undefined
  }

  /** Re-establishes watches first and reads afterwards, so that no change falls between the two. */
  async refresh(): Promise<void> {
    if (this.#closed) return
    this.#attach()
    const status = await readOwnStatus(this.#options.worktree, this.#options.folder)
    const text = status?.verbatim ?? null
    if (this.#closed || text === this.#last) return
    this.#last = text
    this.#options.onStatus(status)
  }

  #attach(): void {
    if (this.#poll !== undefined) return
    for (const [depth, { path }] of this.#levels.entries()) {
      if (this.#watchers.has(depth)) continue
      const watcher = this.#watch(depth, path)
      if (watcher === null) return
      this.#watchers.set(depth, watcher)
    }
  }

  #watch(depth: number, path: string): FSWatcher | null {
    try {
      const watcher = watch(path, { persistent: false }, (event, name) => this.#event(depth, event, name))
      watcher.on('error', () => this.#lost(depth))
      return watcher
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      if (code !== 'ENOSPC' && code !== 'EMFILE') throw error
      this.#startPolling()
      return null
    }
  }

  #event(depth: number, event: string, name: string | null): void {
    const level = this.#levels[depth]
    if (level === undefined) return
    const last = depth === this.#levels.length - 1
    if (name === null || name === level.next) {
      // The next folder was made, moved or deleted: what is watched below may be another one now.
      if (event === 'rename' && !last) this.#drop(depth + 1)
      this.#schedule()
    } else if (event === 'rename' && name === basename(level.path)) this.#lost(depth)
  }

  /** The folder itself is gone, or its watch is. */
  #lost(depth: number): void {
    this.#drop(depth)
    this.#schedule()
  }

  #drop(from: number): void {
    for (const [depth, watcher] of this.#watchers) {
      if (depth < from) continue
      watcher.close()
      this.#watchers.delete(depth)
    }
  }

  #startPolling(): void {
    this.#drop(0)
    this.#poll = setInterval(() => this.#schedule(), POLL_MS).unref()
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#running = this.#running.then(() => this.refresh()).catch((error: unknown) => this.#fail(error))
    }, this.#options.debounceMs ?? DEBOUNCE_MS)
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#close()
    this.#options.onError(error)
  }

  readonly #close = (): void => {
    this.#closed = true
    this.#drop(0)
    clearTimeout(this.#timer)
    clearInterval(this.#poll)
    this.#options.signal?.removeEventListener('abort', this.#close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    await this.#running
  }
}
