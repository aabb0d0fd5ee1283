// What agents leave behind, in a real repository: in the worktree of a session that has ended, and beside it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CleanItem } from '../../../src/contract/api.ts'
import { cleanUp } from '../../../src/engine/clean.ts'
import { strayHooksPath } from '../../../src/workspace/native/hooks-path.ts'
import { mountAt } from '../../support/mount.ts'
import { gitIn } from '../../support/repository.ts'
import { preparedSession, type PreparedSession } from '../../support/prepared.ts'

let it: PreparedSession
beforeEach(async () => {
  it = await preparedSession({ 'src/a/one.txt': 'one\n', '.gitignore': '.claude/\n.env\n' })
})
afterEach(() => it[Symbol.asyncDispose]())

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

/** A worktree as claude makes it below `root`, locked by a process. */
async function native(root: string, pid: number, name = 'calm'): Promise<string> {
  const path = join(root, '.claude', 'worktrees', name)
  await it.repository.git('worktree', 'add', '--quiet', '-b', `worktree-${name}`, path, 'main')
  const reason = `claude session ${name} (pid ${pid} start 1)`
  await it.repository.git('worktree', 'lock', '--reason', reason, path)
  return path
}

const clean = (foreign = false, dryRun = false): Promise<readonly CleanItem[]> =>
  cleanUp(it.services, { foreign, dryRun }, new AbortController().signal)
const branches = (): Promise<string> => it.repository.git('branch', '--list', 'worktree-*')

describe('in the worktree of a session', () => {
  test('goes before it, when it is dead and clean', async () => {
    const path = await native(it.path, await deadPid())
    const [first] = await clean(false, true)
    expect(first).toMatchObject({ outcome: 'removable', what: `worktree ${path} of claude` })
    expect(existsSync(path)).toBe(true)
    expect((await clean()).map(({ outcome }) => outcome)).toEqual(['removed', 'removed'])
    expect(existsSync(it.path)).toBe(false)
    expect(await it.repository.git('worktree', 'list')).not.toContain('calm')
    expect(await branches()).toBe('')
  })

  test('keeps the session, when something in it is nowhere else', async () => {
    const path = await native(it.path, await deadPid())
    await writeFile(join(path, 'new.txt'), 'new\n')
    const [first, second] = await clean()
    expect(first).toMatchObject({
      outcome: 'kept',
      reason: expect.stringContaining('1 file is in it not committed'),
    })
    expect(second).toMatchObject({ what: 'session work-1/a', outcome: 'kept' })
    expect(existsSync(join(path, 'new.txt'))).toBe(true)
  })

  test('keeps the session, when something is mounted in it', async ({ skip }) => {
    const path = await native(it.path, await deadPid())
    await using mount = await mountAt(join(it.repository.path, '..'), join(path, '.claude/node_modules/data'))
    if (mount === null) return skip('mounting is not permitted here')
    expect(await clean()).toMatchObject([
      { outcome: 'kept', reason: `something is mounted at ${mount.at}` },
      { what: 'session work-1/a', outcome: 'kept' },
    ])
    expect(existsSync(join(mount.at, 'precious.txt'))).toBe(true)
  })

  test('keeps its branch, when that has commits of its own', async () => {
    const path = await native(it.path, await deadPid())
    await gitIn(path, 'commit', '--quiet', '--allow-empty', '--message', 'own')
    expect((await clean())[0]).toMatchObject({ outcome: 'removed' })
    expect(await branches()).toContain('worktree-calm')
  })

  test('is left alone while its process may be alive', async () => {
    const path = await native(it.path, process.pid)
    expect(await clean()).toMatchObject([{ outcome: 'busy' }, { what: 'session work-1/a', outcome: 'kept' }])
    expect(existsSync(path)).toBe(true)
  })
})

describe('beside the sessions', () => {
  test('is named, and goes by the same proof only when it is asked for', async () => {
    const path = await native(it.repository.path, await deadPid())
    expect((await clean())[0]).toMatchObject({
      outcome: 'kept',
      reason: 'no session has left it; quintet clean --foreign removes it',
    })
    expect(existsSync(path)).toBe(true)
    expect((await clean(true))[0]).toMatchObject({ outcome: 'removed' })
    expect(existsSync(path)).toBe(false)
    expect(await clean(true)).toEqual([])
  })

  test('a folder that is gone leaves an entry that goes, a worktree of a person is not looked at', async () => {
    const path = await native(it.repository.path, await deadPid())
    await rm(path, { recursive: true })
    await it.repository.git(
      'worktree',
      'add',
      '--quiet',
      '-b',
      'mine',
      join(it.repository.path, '..', 'mine'),
    )
    expect((await clean(true)).map(({ what }) => what)).toEqual([
      `worktree ${path} of claude`,
      'session work-1/a',
    ])
    expect(await it.repository.git('worktree', 'list')).toContain('mine')
  })
})

describe('core.hooksPath', () => {
  test('is named when it leads into a worktree or nowhere', async () => {
    const set = (path: string): Promise<string> => it.repository.git('config', 'core.hooksPath', path)
    expect(await strayHooksPath(it.services.repo)).toBeNull()
    await set('.husky')
    expect(await strayHooksPath(it.services.repo)).toBeNull()
    await set(join(it.path, '.claude', 'hooks'))
    expect(await strayHooksPath(it.services.repo)).toContain('is in the worktree')
    await set(join(it.repository.path, '..', 'hooks'))
    expect(await strayHooksPath(it.services.repo)).toContain('no hook runs')
    expect(await clean()).toContainEqual(expect.objectContaining({ what: 'core.hooksPath', outcome: 'kept' }))
    await mkdir(join(it.repository.path, '..', 'hooks'))
    expect(await strayHooksPath(it.services.repo)).toBeNull()
  })
})
