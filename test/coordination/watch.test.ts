import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../src/contract/session.ts'
import { watchStatus } from '../../src/coordination/watch.ts'
import { temporaryFolder, writeFiles } from '../support/repository.ts'

const FOLDER = '.quintet/session'

/** A watch whose reports can be awaited one by one. */
async function watched(signal?: AbortSignal) {
  const folder = await temporaryFolder()
  const seen: (SessionStatus | null)[] = []
  const waiting: (() => void)[] = []
  const errors: unknown[] = []
  const start = () =>
    watchStatus({
      worktree: folder.path,
      folder: FOLDER,
      debounceMs: 5,
      onStatus: (status) => {
        seen.push(status)
        waiting.splice(0).forEach((wake) => wake())
      },
      onError: (error) => errors.push(error),
      ...(signal === undefined ? {} : { signal }),
    })
  /** Resolves once the last report is the one wanted. */
  const until = async (wanted: string | null) => {
    while (seen.length === 0 || (seen.at(-1)?.verbatim ?? null) !== wanted) {
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return {
    path: folder.path,
    own: join(folder.path, FOLDER, 'status.md'),
    seen,
    errors,
    start,
    until,
    folder,
  }
}

describe('watchStatus', () => {
  it('reports what is there, then every change, once each', async () => {
    const it = await watched()
    await using _folder = it.folder
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'one' })
    await using _watch = await it.start()
    expect(it.seen.map((status) => status?.verbatim)).toEqual(['one'])
    await writeFile(it.own, '## Completed\n- a\n')
    await it.until('## Completed\n- a\n')
    expect(it.seen.at(-1)?.completed).toEqual(['a'])
    await writeFile(`${it.own}.tmp`, 'three')
    await rename(`${it.own}.tmp`, it.own)
    await it.until('three')
    expect(it.errors).toEqual([])
  })

  it('waits for a folder that is not there yet', async () => {
    const it = await watched()
    await using _folder = it.folder
    await using _watch = await it.start()
    expect(it.seen).toEqual([])
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'made later' })
    await it.until('made later')
  })

  it('lives through the deletion and the return of any folder on the way', async () => {
    const it = await watched()
    await using _folder = it.folder
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'one' })
    await using _watch = await it.start()
    for (const gone of ['.quintet/session/status.md', '.quintet/session', '.quintet']) {
      await rm(join(it.path, gone), { recursive: true })
      await it.until(null)
      await writeFiles(it.path, { [`${FOLDER}/status.md`]: `after ${gone}` })
      await it.until(`after ${gone}`)
    }
    await rename(join(it.path, '.quintet'), join(it.path, 'moved'))
    await it.until(null)
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'after the move' })
    await it.until('after the move')
    await rename(join(it.path, FOLDER), join(it.path, '.quintet/other'))
    await rename(join(it.path, 'moved/session'), join(it.path, FOLDER))
    await it.until('after .quintet')
    expect(it.errors).toEqual([])
  })

  it('ends with the worktree without an error', async () => {
    const it = await watched()
    await using _folder = it.folder
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'one' })
    await using _watch = await it.start()
    await rm(it.path, { recursive: true })
    await it.until(null)
    expect(it.errors).toEqual([])
  })

  it('says nothing after it was disposed of or aborted', async () => {
    const controller = new AbortController()
    const it = await watched(controller.signal)
    await using _folder = it.folder
    await writeFiles(it.path, { [`${FOLDER}/status.md`]: 'one' })
    const watch = await it.start()
    controller.abort()
    await writeFile(it.own, 'two')
    await watch[Symbol.asyncDispose]()
    await watch[Symbol.asyncDispose]()
    // A second watch sees the change, so the first one could have.
    const other = await watched()
    await using _other = other.folder
    await using _second = await watchStatus({
      worktree: it.path,
      folder: FOLDER,
      onStatus: (status) => other.seen.push(status),
      onError: (error) => other.errors.push(error),
    })
    expect(other.seen.map((status) => status?.verbatim)).toEqual(['two'])
    expect(it.seen.map((status) => status?.verbatim)).toEqual(['one'])
    await expect(it.start()).rejects.toThrow(/abort/i)
  })

  it('refuses a folder outside the worktree', async () => {
    const it = await watched()
    await using _folder = it.folder
    await expect(
      watchStatus({ worktree: it.path, folder: '../x', onStatus: () => undefined, onError: () => undefined }),
    ).rejects.toMatchObject({ code: 'E_SESSION_FOLDER' })
  })
})
