// What a worktree's own index hides, for somebody who asks again and again: listed anew only when the file of the index is
// another one. Git replaces that file as a whole, and nobody can set the time of its last change (ctime).
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { hiddenAmong, marksIn, type HiddenEntries, type Index, type Marks } from './private-index.ts'
import { gitFolder } from './repository.ts'

/** An index that changed this shortly before it was listed may change again within one tick of the clock of its file. */
const RACY_MS = 100

export class KnownMarks {
  #folder: string | null = null
  #known: { readonly stamp: string; readonly marks: Marks } | null = null

  /** As `hiddenEntries`, of the own index of one and the same worktree. Throws `E_GIT`. */
  async of(index: Index): Promise<HiddenEntries> {
    const { stamp, settled } = await this.#stamp(index.cwd)
    if (this.#known?.stamp === stamp) return await hiddenAmong(index.cwd, this.#known.marks)
    this.#known = null
    const marks = await marksIn(index)
    if (settled) this.#known = { stamp, marks }
    return await hiddenAmong(index.cwd, marks)
  }

  async #stamp(cwd: string): Promise<{ readonly stamp: string; readonly settled: boolean }> {
    this.#folder ??= await gitFolder(cwd)
    const now = Date.now()
    const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(join(this.#folder, 'index'), { bigint: true }))
    if (found === undefined) return { stamp: '', settled: false }
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = found
    return {
      stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
      settled: now - Number(ctimeMs) > RACY_MS,
    }
  }
}
