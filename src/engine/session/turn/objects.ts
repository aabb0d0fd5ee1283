// What a session commits in its box becomes readable outside as soon as its branch moves: its references are watched, and
// every move has the objects behind it imported.
import { watch, type FSWatcher } from 'node:fs'
import { errnoOf } from '../../../contract/errors.ts'
import { refFolders } from '../../../workspace/box/places.ts'
import type { Services } from '../../services.ts'
import { importWork } from '../box.ts'
import type { SessionSpec } from '../spec.ts'

/** A commit moves its reference in several steps of a few milliseconds. */
const SETTLE_MS = 20
/** Without a folder there is no box; without watches the end of the turn has to do. */
const UNWATCHED = ['ENOENT', 'ENOSPC', 'EMFILE']

export class ObjectImporter implements AsyncDisposable {
  readonly #import: () => Promise<void>
  readonly #watcher: FSWatcher | null
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #failure: unknown = null

  constructor(services: Services, session: SessionSpec) {
    const [refs = ''] = refFolders(services.repo.commonDir, session.name)
    this.#import = () => importWork(services, session)
    this.#watcher = this.#watch(refs)
  }

  #watch(folder: string): FSWatcher | null {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#schedule())
      watcher.on('error', () => watcher.close())
      return watcher
    } catch (error) {
      if (!UNWATCHED.includes(errnoOf(error) ?? '')) throw error
      return null
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#running = this.#running.then(this.#import).catch((error: unknown) => {
        this.#failure ??= error
      })
    }, SETTLE_MS)
  }

  /** Imports what is left. Throws what an import has thrown, `E_FORGED_OBJECTS` above all. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher?.close()
    clearTimeout(this.#timer)
    await this.#running
    await this.#import()
    if (this.#failure !== null) throw this.#failure
  }
}
