import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { adminEntry, draftLock, writeLock, type AdminEntry } from '../../src/git/worktree-admin.ts'
import {
  branchTip,
  dropEmptyBranch,
  hasBranch,
  headOf,
  syncWorktree,
  writeLostHead,
} from '../../src/git/worktree-head.ts'
import { gitIn, temporaryRepository, type TemporaryRepository } from '../support/repository.ts'

let main: TemporaryRepository
let repo: Repository
let path: string
let entry: AdminEntry
let commit: string

beforeEach(async () => {
  main = await temporaryRepository()
  repo = await openRepository(main.path)
  path = join(repo.root, '..', 'linked')
  await main.git('worktree', 'add', '-q', '--detach', path)
  const found = await adminEntry(repo, path)
  if (found === null) throw new Error('There is no entry.')
  entry = found
  commit = await main.git('rev-parse', 'HEAD')
})
afterEach(() => main[Symbol.asyncDispose]())

describe('HEAD of a worktree', () => {
  it('is a commit or a branch', async () => {
    expect(await headOf(entry)).toEqual({ kind: 'detached', commit })
    await gitIn(path, 'switch', '-q', '-c', 'a/b')
    expect(await headOf(entry)).toEqual({ kind: 'branch', branch: 'a/b' })
  })

  it.each(['', '\n', '\0'.repeat(41)])('is lost when nothing is in its file', async (text) => {
    const file = join(entry.folder, 'HEAD')
    await writeFile(file, text)
    expect(await headOf(entry)).toEqual({ kind: 'lost' })
    await writeLostHead(entry, { kind: 'detached', commit })
    expect(await gitIn(path, 'rev-parse', 'HEAD')).toBe(commit)
    await truncate(file)
    await writeLostHead(entry, { kind: 'branch', branch: 'main' })
    expect(await readFile(file, 'utf8')).toBe('ref: refs/heads/main\n')
  })
})

describe('the tip of a branch', () => {
  it('is read from its file, or by git when it has none', async () => {
    await main.git('branch', 'a/b')
    expect(await branchTip(repo, 'a/b')).toBe(commit)
    expect(await hasBranch(repo, 'a/b')).toBe(true)
    expect(await hasBranch(repo, 'a')).toBe(false)
    await main.git('pack-refs', '--all')
    expect(await hasBranch(repo, 'a/b')).toBe(true)
    expect(await hasBranch(repo, 'a')).toBe(false)
    expect(await branchTip(repo, 'a/b')).toBe(commit)
    expect(await branchTip(repo, 'none')).toBeNull()
  })

  it('is none when its file is empty, which is taken out of the way, and no other', async () => {
    const file = join(repo.commonDir, 'refs/heads/a/b')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, '')
    expect(await branchTip(repo, 'a/b')).toBeNull()
    await dropEmptyBranch(repo, 'a/b')
    await main.git('branch', 'a/b')
    await dropEmptyBranch(repo, 'a/b')
    await dropEmptyBranch(repo, 'none')
    expect(await branchTip(repo, 'a/b')).toBe(commit)
  })
})

it('a lock that is prepared is in force when it is taken, and leaves nothing when it is not', async () => {
  await writeLock(entry, 'before')
  const lockNow = async () => (await adminEntry(repo, path))?.locked
  {
    await using _draft = await draftLock(entry, 'never')
  }
  expect(await lockNow()).toBe('before')
  await using draft = await draftLock(entry, 'after')
  expect(await lockNow()).toBe('before')
  expect(await draft.take()).toBeGreaterThan(0)
  expect(await lockNow()).toBe('after')
})

it('a worktree can be waited for, also where something of it is not there', async () => {
  await syncWorktree(repo, entry, 'none/at/all')
  await gitIn(path, 'switch', '-q', '-c', 'a/b')
  await syncWorktree(repo, entry, 'a/b')
  expect(await gitIn(path, 'status', '--porcelain', '--branch')).toBe('## a/b')
})
