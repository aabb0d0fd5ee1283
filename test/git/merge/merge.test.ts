import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { commitTree, mergeBase, mergeTree, treeOf } from '../../../src/git/merge/merge.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../../support/repository.ts'

const NAMES = ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'] as const
const saved = NAMES.map((name) => [name, process.env[name] ?? ''] as const)

afterEach(() => {
  for (const [name, value] of saved) process.env[name] = value
})

async function branches(
  main: TemporaryRepository,
  ours: Record<string, string>,
  theirs: Record<string, string>,
): Promise<void> {
  await main.git('switch', '-q', '-c', 'theirs')
  await writeFiles(main.path, theirs)
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'theirs')
  await main.git('switch', '-q', '-c', 'ours', 'main')
  await writeFiles(main.path, ours)
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'ours')
}

test('a clean merge is the tree that git merge makes', async () => {
  await using main = await temporaryRepository({ files: { a: '1\n2\n3\n4\n5\n' } })
  await branches(main, { a: '0\n1\n2\n3\n4\n5\n', 'b b': 'x' }, { a: '1\n2\n3\n4\n5\n6\n' })
  const merged = await mergeTree(main.path, 'ours', 'theirs')
  await main.git('merge', '-q', '--no-edit', 'theirs')
  expect(merged).toEqual({ kind: 'clean', tree: await main.git('rev-parse', 'HEAD^{tree}') })
})

test('a conflict names its files once, whatever their names', async () => {
  await using main = await temporaryRepository({ files: { 'a\nb': '1\n', 'c ä': '1\n', fine: '1\n' } })
  await branches(
    main,
    { 'a\nb': '2\n', 'c ä': '2\n' },
    { 'a\nb': '3\n', 'c ä': '3\n', fine: '2\n', new: 'x' },
  )
  const merged = await mergeTree(main.path, 'ours', 'theirs')
  expect(merged).toMatchObject({
    kind: 'conflict',
    tree: expect.stringMatching(/^[0-9a-f]{40}$/),
    files: ['a\nb', 'c ä'],
  })
  expect(await main.git('status', '--porcelain')).toBe('')
})

test('the result does not depend on configuration, and merge drivers do not run', async () => {
  await using main = await temporaryRepository({
    files: { '.gitattributes': 'a merge=mine\n', a: '1\n', b: '1\n' },
  })
  await branches(main, { a: '2\n' }, { a: '3\n', b: '2\n' })
  const trace = join(main.path, '..', 'ran')
  await main.git('config', 'merge.mine.driver', `touch ${trace}`)
  await main.git('config', 'merge.renames', 'false')
  expect(await mergeTree(main.path, 'ours', 'theirs')).toMatchObject({ kind: 'conflict', files: ['a'] })
  await expect(stat(trace)).rejects.toMatchObject({ code: 'ENOENT' })
  await main.git('merge', '-q', '--no-edit', 'theirs')
  expect((await stat(trace)).isFile()).toBe(true)
})

test('commits without common history are a failure', async () => {
  await using main = await temporaryRepository()
  await main.git('switch', '-q', '--orphan', 'other')
  await main.git('commit', '-q', '--allow-empty', '-m', 'x')
  expect(await mergeBase(main.path, 'main', 'other')).toBeNull()
  await expect(mergeTree(main.path, 'main', 'other')).rejects.toMatchObject({ code: 'E_GIT' })
})

test('a commit is written as told', async () => {
  await using main = await temporaryRepository()
  await branches(main, { a: '1' }, { b: '1' })
  const parents = [await main.git('rev-parse', 'ours'), await main.git('rev-parse', 'theirs')]
  const tree = await treeOf(main.path, 'ours')
  const message = 'Subject – ä\n\nBody\n# not a comment\n'
  const commit = await commitTree(main.path, { tree, parents, message })
  expect(await main.git('log', '-1', '--format=%P|%T|%an|%B', commit)).toBe(
    `${parents.join(' ')}|${tree}|Test|${message}`,
  )
  expect(await mergeBase(main.path, commit, 'main')).toBe(await main.git('rev-parse', 'main'))
  const named = await commitTree(main.path, {
    tree,
    parents: [],
    message: 'x',
    identity: { name: 'N', email: 'n@x' },
  })
  expect(await main.git('log', '-1', '--format=%P|%an|%ce', named)).toBe('|N|n@x')
})

test('a missing identity is a clear error', async () => {
  await using main = await temporaryRepository()
  const tree = await treeOf(main.path, 'HEAD')
  for (const name of NAMES) Reflect.deleteProperty(process.env, name)
  await main.git('config', 'user.useConfigOnly', 'true')
  await expect(commitTree(main.path, { tree, parents: [], message: 'x' })).rejects.toMatchObject({
    code: 'E_NO_IDENTITY',
    kind: 'precondition',
  })
  for (const [name, value] of saved) process.env[name] = value
  await expect(
    commitTree(main.path, { tree: 'f'.repeat(40), parents: [], message: 'x' }),
  ).rejects.toMatchObject({ code: 'E_GIT' })
})
