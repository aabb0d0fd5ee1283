// What the log is told of conflicts between sessions, and of one with the target: when they come, when their files change,
// when they go.
import type { LiveRadar } from '../../integration/radar/live.ts'
import type { Store } from '../../store/store.ts'
import { runWorkflowId } from '../names.ts'

/** No label holds a blank, and no path that git tells a line end. */
const BETWEEN = '\n'

export class ConflictLog {
  readonly #store: Store
  /** Pairs that the log holds as conflicts, with their files. */
  readonly #told = new Map<string, string>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Takes in what a predecessor has written; the second session is null for the target. */
  known(sessions: readonly [string, string | null], conflict: boolean): void {
    if (conflict) this.#told.set(keyOf(sessions), '')
    else this.#told.delete(keyOf(sessions))
  }

  /** Writes what has changed since the last time. */
  write(radars: Iterable<LiveRadar>): void {
    const now = new Map<string, readonly string[]>()
    for (const radar of radars) {
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
      this.#store.append({ stream, key: `${type}:${this.#store.lastSeq()}:${Date.now()}:${key}`, type, data })
    }
  }
}

/** The target, as the second of a pair, is an empty text. */
function keyOf([left, right]: readonly [string, string | null]): string {
  return `${left}${BETWEEN}${right ?? ''}`
}
