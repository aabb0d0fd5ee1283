// Taking a commit of somebody else for the work of a session, in a prepared worktree.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { adoptCommit, type Adopted } from '../../../../src/engine/session/external/adopt.ts'
import { sessionSpec } from '../../../../src/engine/session/spec.ts'
import { checkoutFiles } from '../../../../src/git/worktree.ts'
import { gitIn } from '../../../support/repository.ts'
import { preparedSession, type PreparedSession } from '../../../support/prepared.ts'

let it: PreparedSession
beforeEach(async () => {
  it = await preparedSession({ 'src/a/one.txt': 'one\n' })
})
afterEach(() => it[Symbol.asyncDispose]())

/** A commit on top of `parent` with this text in `src/a/one.txt`; no reference leads to it. */
async function made(parent: string, text: string): Promise<string> {
  const { repository } = it
  await repository.git('switch', '--quiet', '--detach', parent)
  await writeFile(join(repository.path, 'src/a/one.txt'), text)
  await repository.git('commit', '--quiet', '--all', '--message', text)
  const commit = await repository.git('rev-parse', 'HEAD')
  await repository.git('switch', '--quiet', 'main')
  return commit
}

function adopt(commit: string, before: string | null = null): Promise<Adopted> {
  const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
  const { path, branch, base } = it.workspace
  const workspace = { path, branch, base, ports: { first: 0, count: 0 } }
  return adoptCommit(it.services, session, workspace, { commit, before })
}

const file = (): Promise<string> => readFile(join(it.path, 'src/a/one.txt'), 'utf8')
const state = async (): Promise<string[]> => [
  await it.repository.git('rev-parse', it.branch),
  await gitIn(it.path, 'status', '--porcelain'),
  await file(),
]

test('branch and files are those of the commit, also the second time', async () => {
  const commit = await made('main', 'two\n')
  const expected = { kind: 'adopted', base: it.workspace.base, rewritten: false, backup: null }
  expect(await adopt(commit)).toEqual(expected)
  expect(await adopt(commit, commit)).toEqual(expected)
  expect(await state()).toEqual([commit, '', 'two\n'])
})

test('a rewritten branch is taken, and what it held is saved', async () => {
  const first = await made('main', 'two\n')
  const second = await made('main', 'three\n')
  await adopt(first)
  const adopted = await adopt(second, first)
  expect(adopted).toMatchObject({ rewritten: true, backup: 'refs/quintet/backup/work-1/a/1' })
  expect(await state()).toEqual([second, '', 'three\n'])
  expect(await it.repository.git('rev-parse', 'refs/quintet/backup/work-1/a/1^')).toBe(first)
})

test('what checks or people have left in the worktree is saved and cleared', async () => {
  const commit = await made('main', 'two\n')
  await writeFile(join(it.path, 'report.txt'), 'left\n')
  await writeFile(join(it.path, 'src/a/one.txt'), 'mine\n')
  const { backup } = (await adopt(commit)) as Extract<Adopted, { kind: 'adopted' }>
  expect(await state()).toEqual([commit, '', 'two\n'])
  expect(await it.repository.git('show', `${backup}:report.txt`)).toBe('left')
  expect(await it.repository.git('show', `${backup}:src/a/one.txt`)).toBe('mine')
})

test.each(['before', 'after'])('cut off %s the files were brought along, it is completed', async (point) => {
  const commit = await made('main', 'two\n')
  await it.repository.git('update-ref', `refs/heads/${it.branch}`, commit)
  if (point === 'after') await checkoutFiles(it.path, commit)
  expect(await adopt(commit)).toMatchObject({ kind: 'adopted' })
  expect(await state()).toEqual([commit, '', 'two\n'])
})

test('an older base is where the work starts; without one, or without commits, nothing is touched', async () => {
  const before = await state()
  expect(await adopt(it.workspace.base)).toEqual({ kind: 'empty' })
  const tree = await it.repository.git('rev-parse', 'main^{tree}')
  expect(await adopt(await it.repository.git('commit-tree', tree, '-m', 'other'))).toEqual({
    kind: 'unrelated',
  })
  expect(await state()).toEqual(before)
})

test('a worktree in which somebody has switched is left alone', async () => {
  const commit = await made('main', 'two\n')
  await gitIn(it.path, 'switch', '--quiet', '--create', 'mine')
  await expect(adopt(commit)).rejects.toMatchObject({ code: 'E_WORKTREE_ELSEWHERE' })
  expect(await file()).toBe('one\n')
})
