import { expect, test } from 'vitest'
import type { MergeStyle } from '../../../src/contract/plan.ts'
import { mergeTree } from '../../../src/git/merge/merge.ts'
import { openRepository } from '../../../src/git/repository.ts'
import { proveLanded } from '../../../src/integration/proof/landed.ts'
import { placeBranch, type Placed } from '../../../src/integration/proof/place.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

const WHO = { name: 'Landing', email: 'landing@example.invalid' }
const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n'

/** `work` has two commits; `main` has moved on since, close by. */
async function stage(): Promise<TemporaryRepository & { readonly base: string }> {
  const repository = await temporaryRepository({ files: { 'a.txt': LINES } })
  const base = await repository.git('rev-parse', 'main')
  const first = LINES.replace('two', 'TWO')
  await commitOn(repository, 'work', [
    { 'a.txt': first },
    { 'a.txt': first.replace('nine', 'NINE'), 'b.txt': '1\n' },
  ])
  await commitOn(repository, 'next', [{ 'a.txt': LINES.replace('four', 'FOUR'), 'c.txt': '1\n' }], 'main')
  return { ...repository, base, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

async function place(
  repository: TemporaryRepository & { readonly base: string },
  style: MergeStyle,
  more: { readonly tree?: string; readonly resolved?: readonly string[] } = {},
): Promise<Placed> {
  const [onto, tip] = [await repository.git('rev-parse', 'next'), await repository.git('rev-parse', 'work')]
  const { tree } = await mergeTree(repository.path, onto, tip)
  return placeBranch({
    repo: await openRepository(repository.path),
    style,
    onto,
    branch: { piece: 'api', title: 'The  interface', base: repository.base, tip },
    tree,
    who: WHO,
    ...more,
  })
}

async function prove(repository: TemporaryRepository & { readonly base: string }, target: string) {
  return proveLanded({
    repo: await openRepository(repository.path),
    branchTip: await repository.git('rev-parse', 'work'),
    base: repository.base,
    targetTip: target,
  })
}

function commitOf(placed: Placed): string {
  return placed.kind === 'placed' ? placed.commit : ''
}

test.each(['merge', 'squash', 'rebase'] as const)(
  '%s: one tree, the same every time, and proven',
  async (style) => {
    await using repository = await stage()
    const placed = await place(repository, style)
    expect(await place(repository, style)).toEqual(placed)
    const commit = commitOf(placed)
    expect(await repository.git('show', `${commit}:a.txt`)).toBe(
      LINES.replace('two', 'TWO').replace('four', 'FOUR').replace('nine', 'NINE').trim(),
    )
    expect(await prove(repository, commit)).toMatchObject({ kind: 'landed' })
    // Later work on the same lines does not take the proof away.
    await repository.git('branch', 'later', commit)
    await commitOn(repository, 'later', [{ 'a.txt': 'all new\n', 'b.txt': null }])
    expect(await prove(repository, await repository.git('rev-parse', 'later'))).toMatchObject({
      kind: 'landed',
    })
  },
)

test('a merge names the piece, a squash its tip too, a rebase keeps authors and messages', async () => {
  await using repository = await stage()
  const message = async (commit: string): Promise<string> =>
    (await repository.git('show', '-s', '--format=%B', commit)).trim()
  const tip = await repository.git('rev-parse', 'work')
  const resolved = ['a.txt by rerere']
  expect(await message(commitOf(await place(repository, 'merge', { resolved })))).toBe(
    'Merge api: The interface\n\nQuintet-Piece: api\nQuintet-Resolved: a.txt by rerere',
  )
  expect(await message(commitOf(await place(repository, 'squash')))).toBe(
    `The interface\n\nQuintet-Piece: api\nQuintet-Tip: ${tip}`,
  )
  const rebased = await place(repository, 'rebase')
  expect(rebased).toMatchObject({ commits: { length: 2 } })
  expect(await message(commitOf(rebased))).toBe(`work 2\n\n(cherry picked from commit ${tip})`)
  expect(await repository.git('show', '-s', '--format=%an %cn', commitOf(rebased))).toBe('Test Landing')
  expect(await repository.git('rev-list', '--merges', commitOf(rebased))).toBe('')
})

test('a squash whose patch looks different where it stands is proven by its tree', async () => {
  await using repository = await stage()
  // The neighbourhood of the change is another one: no patch of the target is equal.
  await commitOn(repository, 'next', [{ 'a.txt': LINES.replace('four', 'FOUR').replace('one', 'zero\none') }])
  const squash = commitOf(await place(repository, 'squash'))
  await repository.git('branch', 'later', squash)
  await commitOn(repository, 'later', [{ 'a.txt': 'all new\n', 'b.txt': null }])
  const later = await repository.git('rev-parse', 'later')
  expect(await prove(repository, later)).toEqual({ kind: 'landed', how: 'tree' })
})

test('the word of a commit alone proves nothing', async () => {
  await using repository = await stage()
  const tip = await repository.git('rev-parse', 'work')
  const tree = await repository.git('rev-parse', 'next^{tree}')
  const claim = await repository.git(
    'commit-tree',
    tree,
    '-p',
    'next',
    '-m',
    `x\n\nQuintet-Tip: ${tip}\nQuintet-Resolved: other.txt by rerere`,
  )
  expect(await prove(repository, claim)).toMatchObject({ kind: 'not-landed' })
  const picked = await repository.git(
    'commit-tree',
    tree,
    '-p',
    'next',
    '-m',
    `x\n\n(cherry picked from commit ${tip})`,
  )
  expect(await prove(repository, picked)).toMatchObject({ kind: 'not-landed' })
})

test('a squash with resolved conflicts is proven when it names their files, and only then', async () => {
  await using repository = await stage()
  await commitOn(repository, 'next', [{ 'a.txt': LINES.replace('two', 'ZWEI') }])
  const tip = await repository.git('rev-parse', 'work')
  const onto = await repository.git('rev-parse', 'next')
  const merged = await mergeTree(repository.path, onto, tip)
  expect(merged.kind).toBe('conflict')
  await commitOn(repository, 'settled', [{ 'a.txt': 'settled\n', 'b.txt': '1\n' }], 'next')
  const tree = await repository.git('rev-parse', 'settled^{tree}')
  const named = commitOf(await place(repository, 'squash', { tree, resolved: ['a.txt by rerere'] }))
  const unnamed = commitOf(await place(repository, 'squash', { tree }))
  expect(await prove(repository, named)).toEqual({ kind: 'landed', how: 'tree' })
  expect(await prove(repository, unnamed)).toMatchObject({ kind: 'not-landed' })
})

test('a branch that cannot be rebased says where, and one whose merges resolved something says so', async () => {
  await using repository = await stage()
  await commitOn(repository, 'next', [{ 'a.txt': LINES.replace('two', 'ZWEI') }])
  expect(await place(repository, 'rebase')).toMatchObject({ kind: 'conflict', files: ['a.txt'] })
  const other = await stage()
  await using _ = other
  const tree = await other.git('rev-parse', 'main^{tree}')
  expect(await place(other, 'rebase', { tree })).toMatchObject({ kind: 'differs' })
})

/** Two branches that change one file near each other; the second has merged the target, and repeats a change of the first. */
async function neighbours(): Promise<
  TemporaryRepository & { readonly base: string; readonly tips: readonly [string, string] }
> {
  const repository = await temporaryRepository({ files: { 'a.txt': LINES } })
  const base = await repository.git('rev-parse', 'main')
  const first = await commitOn(repository, 'first', [
    { 'a.txt': LINES.replace('two', 'TWO').replace('five', 'FIVE') },
  ])
  await commitOn(repository, 'work', [{ 'a.txt': LINES.replace('five', 'FIVE') }], 'main')
  await commitOn(repository, 'target', [{ 'c.txt': '1\n' }], 'main')
  await repository.git('switch', '--quiet', 'work')
  await repository.git('merge', '--quiet', '--no-edit', 'target')
  await repository.git('switch', '--quiet', 'main')
  const again = LINES.replace('five', 'FIVE').replace('seven', 'SEVEN')
  const tip = await commitOn(repository, 'work', [{ 'a.txt': again }])
  return {
    ...repository,
    base,
    tips: [first, tip],
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

test.each(['merge', 'squash', 'rebase'] as const)(
  '%s: two branches with changes to one file are both proven',
  async (style) => {
    await using repository = await neighbours()
    const repo = await openRepository(repository.path)
    let onto = await repository.git('rev-parse', 'target')
    for (const tip of repository.tips) {
      const branch = { piece: 'api', title: 'The interface', base: repository.base, tip }
      const { tree } = await mergeTree(repository.path, onto, tip)
      const placed = await placeBranch({ repo, style, onto, branch, tree, who: WHO })
      onto = commitOf(placed)
    }
    const all = LINES.replace('two', 'TWO').replace('five', 'FIVE').replace('seven', 'SEVEN')
    expect(await repository.git('show', `${onto}:a.txt`)).toBe(all.trim())
    for (const branchTip of repository.tips)
      expect(await proveLanded({ repo, branchTip, base: repository.base, targetTip: onto })).toMatchObject({
        kind: 'landed',
      })
    // A union without the first branch proves the second one alone.
    const half = await commitOn(
      repository,
      'half',
      [{ 'a.txt': LINES.replace('five', 'FIVE').replace('seven', 'SEVEN') }],
      'target',
    )
    const proofs = []
    for (const branchTip of repository.tips)
      proofs.push((await proveLanded({ repo, branchTip, base: repository.base, targetTip: half })).kind)
    expect(proofs).toEqual(['not-landed', 'landed'])
  },
)
