import { chmod, lstat, mkdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { includeFiles } from '../../src/workspace/include.ts'
import { gitIn, writeFiles } from '../support/repository.ts'
import { ground, type Ground } from './sessions.ts'

let here: Ground
let worktree: string

beforeEach(async () => {
  here = await ground({
    '.gitignore': '.env*\n/secret/\n/data\nnode_modules\n*.key\n',
    '.worktreeinclude': '.env*\nsecret/\nnode_modules/\n*.key\nreadme.md\nnotes.txt\n/data\n',
    'readme.md': 'base\n',
  })
  worktree = join(here.top, 'work')
  await here.git('worktree', 'add', '-q', '-b', 'work', worktree)
})
afterEach(() => here[Symbol.asyncDispose]())
const text = (path: string) => readFile(join(worktree, path), 'utf8')

it('copies what is named, ignored and there, with mode and time', async () => {
  await writeFiles(here.repo.root, {
    '.env.local': 'A=1',
    'apps/web/.env': 'B=1',
    'secret/deep/token': 't',
    'node_modules/a/index.js': '',
    'readme.md': 'changed in main\n',
    'notes.txt': 'named, but not ignored',
  })
  await chmod(join(here.repo.root, '.env.local'), 0o600)
  const time = new Date('2020-01-02T03:04:05Z')
  await utimes(join(here.repo.root, '.env.local'), time, time)
  const { copied, skipped } = await includeFiles(here.repo, worktree)
  expect([copied, skipped]).toEqual([['.env.local', 'apps/web/.env', 'secret/deep/token'], []])
  const found = await lstat(join(worktree, '.env.local'))
  expect([found.mode & 0o777, found.mtime]).toEqual([0o600, time])
  expect(await text('readme.md')).toBe('base\n')
  expect(await gitIn(worktree, 'status', '--porcelain')).toBe('')
})

it('is harmless when it is repeated, and does nothing without the file', async () => {
  await writeFiles(here.repo.root, { '.env': 'A=1' })
  await includeFiles(here.repo, worktree)
  await includeFiles(here.repo, worktree)
  expect(await text('.env')).toBe('A=1')
  await here.git('rm', '-q', '.worktreeinclude')
  expect(await includeFiles(here.repo, worktree)).toEqual({ copied: [], skipped: [] })
})

it('copies links that stay inside as links, and leaves out those that do not', async () => {
  await writeFiles(here.repo.root, { 'shared.key': 'k' })
  await symlink('shared.key', join(here.repo.root, 'near.key'))
  await symlink('/etc/hostname', join(here.repo.root, 'far.key'))
  await symlink('../outside', join(here.repo.root, 'up.key'))
  await mkdir(join(here.top, 'outside'))
  await symlink('../outside', join(here.repo.root, 'data'))
  const { copied, skipped } = await includeFiles(here.repo, worktree)
  expect(copied).toEqual(['near.key', 'shared.key'])
  expect(skipped).toEqual(['data', 'far.key', 'up.key'])
  expect(await readlink(join(worktree, 'near.key'))).toBe('shared.key')
})

it('writes through no link that a commit has put into the worktree', async () => {
  const outside = join(here.top, 'outside')
  await mkdir(outside)
  await symlink(outside, join(worktree, 'apps'))
  await gitIn(worktree, 'add', 'apps')
  await gitIn(worktree, 'commit', '-qm', 'trap')
  await symlink(join(outside, 'stolen'), join(worktree, '.env'))
  await writeFiles(here.repo.root, { 'apps/.env': 'SECRET', '.env': 'SECRET' })
  const { copied, skipped } = await includeFiles(here.repo, worktree)
  expect([copied, skipped]).toEqual([['.env'], ['apps/.env']])
  expect((await lstat(join(worktree, '.env'))).isSymbolicLink()).toBe(false)
  await expect(lstat(join(outside, '.env'))).rejects.toThrow('ENOENT')
  await expect(lstat(join(outside, 'stolen'))).rejects.toThrow('ENOENT')
})

it('does not look into repositories below an ignored folder', async () => {
  await mkdir(join(here.repo.root, 'secret/nested'), { recursive: true })
  await gitIn(join(here.repo.root, 'secret/nested'), 'init', '-q')
  await writeFile(join(here.repo.root, 'secret/nested/token'), 't')
  await writeFile(join(here.repo.root, 'secret/own'), 't')
  expect((await includeFiles(here.repo, worktree)).copied).toEqual(['secret/own'])
})
