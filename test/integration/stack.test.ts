import { describe, expect, it, test } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { proveLanded } from '../../src/integration/proof/landed.ts'
import { stackMerges } from '../../src/integration/stack.ts'
import { commitOn } from '../support/branches.ts'
import { temporaryRepository, type TemporaryRepository } from '../support/repository.ts'

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'

async function stack(repository: TemporaryRepository, branches: readonly string[], tip?: string) {
  return stackMerges({
    repo: await openRepository(repository.path),
    tip: tip ?? (await repository.git('rev-parse', 'main')),
    branches: await Promise.all(
      branches.map(async (piece) => ({
        piece,
        title: `The ${piece}`,
        tip: await repository.git('rev-parse', piece),
      })),
    ),
  })
}

describe('stackMerges', () => {
  it('merges in order, one commit each, without touching branch or worktree', async () => {
    await using repository = await temporaryRepository({ files: { 'a.txt': LINES } })
    await commitOn(repository, 'auth', [{ 'auth.txt': 'x' }, { 'a.txt': LINES.replace('one', 'ONE') }])
    await commitOn(repository, 'data', [{ 'a.txt': LINES.replace('seven', 'SEVEN') }])
    const before = await repository.git('rev-parse', 'main')
    const outcome = await stack(repository, ['auth', 'data'])
    expect(outcome).toMatchObject({ kind: 'stacked', upToDate: [], conflict: null, notTried: [] })
    expect(outcome.steps.map(({ piece }) => piece)).toEqual(['auth', 'data'])
    expect(outcome.commit).toBe(outcome.steps[1]?.commit)
    expect(await repository.git('show', `${outcome.commit}:a.txt`)).toBe(
      LINES.replace('one', 'ONE').replace('seven', 'SEVEN').trimEnd(),
    )
    expect(await repository.git('rev-list', '--parents', '-1', outcome.commit)).toBe(
      [outcome.commit, outcome.steps[0]?.commit, await repository.git('rev-parse', 'data')].join(' '),
    )
    expect(await repository.git('rev-parse', `${outcome.steps[0]?.commit}^1`)).toBe(before)
    expect(await repository.git('show', '--no-patch', '--format=%B', outcome.commit)).toBe(
      'Merge data: The data\n\nQuintet-Piece: data\n',
    )
    expect(await repository.git('rev-parse', 'main')).toBe(before)
    expect(await repository.git('status', '--porcelain')).toBe('')
  })

  it('gives the same commits every time, whoever asks', async () => {
    await using repository = await temporaryRepository()
    await commitOn(repository, 'auth', [{ 'auth.txt': 'x' }])
    await commitOn(repository, 'data', [{ 'data.txt': 'x' }])
    const first = await stack(repository, ['auth', 'data'])
    const name = process.env['GIT_AUTHOR_NAME']
    process.env['GIT_AUTHOR_NAME'] = 'Somebody Else'
    try {
      expect(await stack(repository, ['auth', 'data'])).toEqual(first)
    } finally {
      process.env['GIT_AUTHOR_NAME'] = name
    }
    expect(await repository.git('show', '--no-patch', '--format=%an <%ae> %cn <%ce>', first.commit)).toBe(
      'Quintet <quintet@localhost> Quintet <quintet@localhost>',
    )
  })

  it('signs with the configured name and the date of the branch', async () => {
    await using repository = await temporaryRepository()
    await commitOn(repository, 'auth', [{ 'auth.txt': 'x' }])
    await repository.git('config', 'user.name', 'Ada')
    await repository.git('config', 'user.email', 'ada@example.invalid')
    const { commit } = await stack(repository, ['auth'])
    expect(
      await repository.git('show', '--no-patch', '--format=%an <%ae> %ad %cd', '--date=raw', commit),
    ).toBe(
      `Ada <ada@example.invalid> ${await repository.git('show', '--no-patch', '--format=%cd %cd', '--date=raw', 'auth')}`,
    )
  })

  it('skips what is merged already', async () => {
    await using repository = await temporaryRepository()
    const data = await commitOn(repository, 'data', [{ 'data.txt': 'x' }])
    await commitOn(repository, 'auth', [{ 'auth.txt': 'x' }], 'data')
    const outcome = await stack(repository, ['auth', 'data'])
    expect(outcome.steps.map(({ piece }) => piece)).toEqual(['auth'])
    expect(outcome.upToDate).toEqual(['data'])
    const none = await stack(repository, ['data'], data)
    expect(none).toMatchObject({ commit: data, steps: [], upToDate: ['data'] })
    expect(await stack(repository, [])).toMatchObject({ steps: [], upToDate: [], conflict: null })
  })

  it('stops at the first conflict and names files and opponent; what went before stays', async () => {
    await using repository = await temporaryRepository({ files: { 'a.txt': LINES, 'b.txt': LINES } })
    await commitOn(repository, 'docs', [{ 'docs.txt': 'x' }])
    await commitOn(repository, 'auth', [
      { 'a.txt': LINES.replace('three', 'auth'), 'b.txt': LINES.replace('two', 'auth') },
    ])
    await commitOn(repository, 'data', [
      { 'a.txt': LINES.replace('three', 'data'), 'b.txt': LINES.replace('two', 'data') },
    ])
    await commitOn(repository, 'api', [{ 'api.txt': 'x' }])
    const outcome = await stack(repository, ['docs', 'auth', 'data', 'api'])
    expect(outcome.steps.map(({ piece }) => piece)).toEqual(['docs', 'auth'])
    expect(outcome.commit).toBe(outcome.steps[1]?.commit)
    expect(outcome.conflict).toEqual({ piece: 'data', files: ['a.txt', 'b.txt'], against: 'auth' })
    expect(outcome.notTried).toEqual(['api'])
  })

  it('says when it is the target that conflicts', async () => {
    await using repository = await temporaryRepository({ files: { 'a.txt': LINES } })
    await commitOn(repository, 'docs', [{ 'docs.txt': 'x' }])
    await commitOn(repository, 'auth', [{ 'a.txt': LINES.replace('three', 'auth') }])
    const tip = await commitOn(repository, 'elsewhere', [{ 'a.txt': LINES.replace('three', 'target') }])
    const outcome = await stack(repository, ['docs', 'auth'], tip)
    expect(outcome.conflict).toEqual({ piece: 'auth', files: ['a.txt'], against: null })
  })

  it('takes a branch without common history for a conflict', async () => {
    await using repository = await temporaryRepository()
    const tree = await repository.git('rev-parse', 'main^{tree}')
    await repository.git('branch', 'alone', await repository.git('commit-tree', tree, '-m', 'alone'))
    expect((await stack(repository, ['alone'])).conflict).toEqual({
      piece: 'alone',
      files: [],
      against: null,
    })
  })

  it('stops when told to', async () => {
    await using repository = await temporaryRepository()
    const tip = await commitOn(repository, 'auth', [{ 'auth.txt': 'x' }])
    await expect(
      stackMerges({
        repo: await openRepository(repository.path),
        tip: await repository.git('rev-parse', 'main'),
        branches: [{ piece: 'auth', title: 'Auth', tip }],
        signal: AbortSignal.abort(new Error('enough')),
      }),
    ).rejects.toThrow('enough')
  })
})

describe('a branch on top of another one', () => {
  test.each(['merge', 'squash', 'rebase'] as const)(
    '%s: goes on where the other one has ended',
    async (style) => {
      await using repository = await temporaryRepository({ files: { 'a.txt': LINES } })
      const base = await repository.git('rev-parse', 'main')
      const below = await commitOn(repository, 'below', [{ 'a.txt': LINES.replace('one', 'ONE') }])
      const above = await commitOn(
        repository,
        'above',
        [{ 'a.txt': LINES.replace('one', 'One again') }],
        'below',
      )
      const repo = await openRepository(repository.path)
      const branches = [
        { piece: 'below', title: 'Below', tip: below, base },
        { piece: 'above', title: 'Above', tip: above, base: below },
      ]
      const both = await stackMerges({ repo, tip: base, branches, style })
      expect(both.conflicts).toEqual([])
      const onlyBelow = await stackMerges({ repo, tip: base, branches: branches.slice(0, 1), style })
      const later = await stackMerges({
        repo,
        tip: onlyBelow.commit,
        branches: branches.slice(1),
        style,
        landed: [below],
      })
      expect(later.conflicts).toEqual([])
      for (const { commit } of [both, later]) {
        expect(await repository.git('show', `${commit}:a.txt`)).toBe(LINES.replace('one', 'One again').trim())
        for (const { tip, base: start } of branches)
          expect(await proveLanded({ repo, branchTip: tip, base: start, targetTip: commit })).toMatchObject({
            kind: 'landed',
          })
      }
    },
  )
})

test('a branch on top of a part of one that was squashed with more does not conflict in what is not its own', async () => {
  await using repository = await temporaryRepository({ files: { 'a.txt': LINES } })
  const base = await repository.git('rev-parse', 'main')
  const part = await commitOn(repository, 'below', [{ 'a.txt': LINES.replace('three', 'below') }])
  const above = await commitOn(repository, 'above', [{ 'above.txt': 'x\n' }], 'below')
  // The one below was handed back, and says something else by now.
  const below = await commitOn(repository, 'further', [{ 'a.txt': LINES.replace('three', 'both') }], 'below')
  const repo = await openRepository(repository.path)
  const landed = await stackMerges({
    repo,
    tip: base,
    branches: [{ piece: 'below', title: 'Below', tip: below, base }],
    style: 'squash',
  })
  const { commit, conflicts } = await stackMerges({
    repo,
    tip: landed.commit,
    branches: [{ piece: 'above', title: 'Above', tip: above, base: part }],
    style: 'squash',
    landed: ['0'.repeat(40), below],
  })
  expect(conflicts).toEqual([])
  expect(await repository.git('show', `${commit}:a.txt`)).toBe(LINES.replace('three', 'both').trim())
  expect(await repository.git('show', `${commit}:above.txt`)).toBe('x')
})

test('a branch that cannot be rebased is merged, and it is said why', async () => {
  await using repository = await temporaryRepository({ files: { 'a.txt': LINES } })
  const base = await repository.git('rev-parse', 'main')
  // The first commit alone conflicts with the target, both together do not.
  const tip = await commitOn(repository, 'work', [
    { 'a.txt': LINES.replace('one', '1') },
    { 'a.txt': LINES, 'b.txt': '1\n' },
  ])
  const first = await repository.git('rev-parse', 'work^')
  const target = await commitOn(repository, 'target', [{ 'a.txt': LINES.replace('one', 'ONE') }])
  const { steps } = await stackMerges({
    repo: await openRepository(repository.path),
    tip: target,
    branches: [{ piece: 'work', title: 'Work', tip, base }],
    style: 'rebase',
  })
  expect(steps).toMatchObject([{ notRebased: `its commit ${first.slice(0, 12)} alone conflicts in a.txt` }])
  expect(await repository.git('rev-parse', `${steps[0]?.commit}^2`)).toBe(tip)
})
