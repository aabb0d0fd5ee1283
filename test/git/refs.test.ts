import { expect, test } from 'vitest'
import { deleteRefs, listRefs, refValue, updateRef, ZERO } from '../../src/git/refs.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { temporaryRepository, type TemporaryRepository } from '../support/repository.ts'

interface Fixture {
  readonly repo: Repository
  readonly commits: readonly [string, string, string]
}

async function threeCommits(main: TemporaryRepository): Promise<Fixture> {
  const commits: string[] = [await main.git('rev-parse', 'HEAD')]
  for (const message of ['second', 'third']) {
    await main.git('commit', '-q', '--allow-empty', '-m', message)
    commits.push(await main.git('rev-parse', 'HEAD'))
  }
  const [a = '', b = '', c = ''] = commits
  return { repo: await openRepository(main.path), commits: [a, b, c] }
}

test('a reference moves only from where it is expected', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  const [a, b, c] = commits
  const ref = 'refs/heads/x/y'
  expect(await updateRef(repo, { ref, to: a, from: ZERO })).toBe('updated')
  expect(await updateRef(repo, { ref, to: b, from: ZERO })).toBe('changed')
  expect(await updateRef(repo, { ref, to: b, from: a, reason: 'because\nof this' })).toBe('updated')
  expect(await updateRef(repo, { ref, to: c, from: a })).toBe('changed')
  expect(await refValue(repo, ref)).toBe(b)
  expect(await main.git('reflog', '-1', '--format=%gs', ref)).toBe('because of this')
  expect(await updateRef(repo, { ref: 'refs/heads/none', to: c, from: a })).toBe('changed')
})

test('a move that git refuses for another reason is a failure', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  const [a] = commits
  const missing = updateRef(repo, { ref: 'refs/heads/main', to: 'f'.repeat(40), from: commits[2] })
  await expect(missing).rejects.toMatchObject({ code: 'E_GIT' })
  const badName = updateRef(repo, { ref: 'refs/heads/a..b', to: a, from: ZERO })
  await expect(badName).rejects.toMatchObject({ code: 'E_GIT' })
  const below = updateRef(repo, { ref: 'refs/heads/main/sub', to: a, from: ZERO })
  await expect(below).rejects.toMatchObject({ code: 'E_GIT' })
})

test('of many at once, one wins', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  const [a, b, c] = commits
  await updateRef(repo, { ref: 'refs/heads/x', to: a, from: ZERO })
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      updateRef(repo, { ref: 'refs/heads/x', to: index % 2 === 0 ? b : c, from: a }),
    ),
  )
  expect(outcomes.filter((outcome) => outcome === 'updated')).toHaveLength(1)
})

test('deletion takes what is as expected and names the rest', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  const [a, b] = commits
  for (const name of ['one', 'two', 'three'])
    await updateRef(repo, { ref: `refs/heads/q/${name}`, to: a, from: ZERO })
  await main.git('pack-refs', '--all')
  await updateRef(repo, { ref: 'refs/heads/q/two', to: b, from: a })
  const wanted = ['one', 'two', 'three', 'never'].map((name) => ({
    ref: `refs/heads/q/${name}`,
    expected: a,
  }))
  expect(await deleteRefs(repo, wanted)).toEqual({
    deleted: ['refs/heads/q/one', 'refs/heads/q/three'],
    changed: [
      { ref: 'refs/heads/q/two', commit: b },
      { ref: 'refs/heads/q/never', commit: null },
    ],
  })
  expect(await listRefs(repo, 'refs/heads/q/')).toEqual([{ ref: 'refs/heads/q/two', commit: b }])
  expect(await deleteRefs(repo, [{ ref: 'refs/heads/q/two', expected: b }])).toEqual({
    deleted: ['refs/heads/q/two'],
    changed: [],
  })
  expect(await deleteRefs(repo, [])).toEqual({ deleted: [], changed: [] })
})

test('of a reference that is another name of one, only the name goes', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  await main.git('symbolic-ref', 'refs/heads/q/other', 'refs/heads/main')
  const wanted = [{ ref: 'refs/heads/q/other', expected: commits[2] }]
  expect(await deleteRefs(repo, wanted)).toEqual({ deleted: ['refs/heads/q/other'], changed: [] })
  expect(await listRefs(repo, 'refs/heads/')).toEqual([{ ref: 'refs/heads/main', commit: commits[2] }])
})

test('references are listed by folder', async () => {
  await using main = await temporaryRepository()
  const { repo, commits } = await threeCommits(main)
  await updateRef(repo, { ref: 'refs/quintet/backup/s/1', to: commits[0], from: ZERO })
  await updateRef(repo, { ref: 'refs/quintet/backup/s/2', to: commits[1], from: ZERO })
  await updateRef(repo, { ref: 'refs/quintet/backup-other', to: commits[1], from: ZERO })
  expect((await listRefs(repo, 'refs/quintet/backup/')).map(({ ref }) => ref)).toEqual([
    'refs/quintet/backup/s/1',
    'refs/quintet/backup/s/2',
  ])
  expect(await listRefs(repo, 'refs/nothing/')).toEqual([])
})
