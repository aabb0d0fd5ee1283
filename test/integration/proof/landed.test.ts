import { describe, expect, it } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { proveLanded } from '../../../src/integration/proof/landed.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../../support/repository.ts'

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n'

/** `base` is where main stood; the branch is `work`. */
async function prove(repository: TemporaryRepository, base: string, target = 'main') {
  return proveLanded({
    repo: await openRepository(repository.path),
    branchTip: await repository.git('rev-parse', 'work'),
    base,
    targetTip: await repository.git('rev-parse', target),
  })
}

async function withBranch(...commits: Parameters<typeof commitOn>[2][]) {
  const repository = await temporaryRepository({ files: { 'a.txt': LINES } })
  const base = await repository.git('rev-parse', 'main')
  await commitOn(repository, 'work', commits.flat())
  return { repository, base, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

describe('proveLanded', () => {
  it('counts what is not there', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }, { 'b.txt': '2' }, {}])
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'not-landed', missing: 2 })
  })

  it('sees a merge', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }])
    await it.repository.git('merge', '--quiet', '--no-ff', '--no-edit', 'work')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'landed', how: 'ancestor' })
  })

  it('sees a branch that has not moved', async () => {
    await using it = await withBranch([])
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'landed', how: 'ancestor' })
  })

  it('sees cherry-picked patches, also among others', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }, { 'a.txt': LINES.replace('two', 'TWO') }])
    await commitOn(it.repository, 'main2', [{ 'a.txt': LINES.replace('nine', 'NINE') }], 'main')
    await it.repository.git('reset', '--quiet', '--hard', 'main2')
    await it.repository.git('cherry-pick', 'work~1', 'work')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'landed', how: 'patches' })
  })

  it('is not content with a part of the patches', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }, { 'c.txt': '1' }])
    await it.repository.git('cherry-pick', 'work~1')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'not-landed', missing: 1 })
  })

  it('sees a squash, also when the target changed the same lines afterwards', async () => {
    await using it = await withBranch([
      { 'b.txt': '1' },
      { 'b.txt': '2', 'a.txt': LINES.replace('two', 'TWO') },
    ])
    await it.repository.git('merge', '--quiet', '--squash', 'work')
    await it.repository.git('commit', '--quiet', '--message=squashed')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'landed', how: 'squash' })
    await commitOn(it.repository, 'later', [{ 'b.txt': 'quite another' }], 'main')
    expect(await prove(it.repository, it.base, 'later')).toEqual({ kind: 'landed', how: 'squash' })
  })

  it('sees a change that is contained in a larger commit', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }, { 'a.txt': LINES.replace('two', 'TWO') }])
    await commitOn(it.repository, 'target', [
      { 'b.txt': '1', 'a.txt': LINES.replace('two', 'TWO').replace('nine', 'NINE'), 'c.txt': 'more' },
    ])
    expect(await prove(it.repository, it.base, 'target')).toEqual({ kind: 'landed', how: 'contained' })
  })

  it('does not take white space lightly', async () => {
    const source = 'if x:\n    a()\nb()\n'
    await using repository = await temporaryRepository({ files: { 'a.py': source } })
    const base = await repository.git('rev-parse', 'main')
    await commitOn(repository, 'work', [{ 'a.py': 'if x:\n    a()\n    b()\n' }])
    await commitOn(repository, 'target', [{ 'a.py': 'if x:\n    a()\n  b()\n' }])
    expect(await repository.git('cherry', 'target', 'work')).toMatch(/^- /)
    expect(await prove(repository, base, 'target')).toEqual({ kind: 'not-landed', missing: 1 })
  })

  it('keeps a branch that took its own work back', async () => {
    await using it = await withBranch([{ 'b.txt': 'precious' }, { 'b.txt': null }])
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'not-landed', missing: 2 })
  })

  it('does not trust patches to cover what a merge on the branch brought', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }])
    await commitOn(it.repository, 'side', [{ 'c.txt': '1' }])
    await it.repository.git('switch', '--quiet', 'work')
    await it.repository.git('merge', '--quiet', '--no-commit', 'side')
    await writeFiles(it.repository.path, { 'only-in-the-merge.txt': 'precious' })
    await it.repository.git('add', '--all')
    await it.repository.git('commit', '--quiet', '--message=merge')
    await it.repository.git('switch', '--quiet', 'main')
    await it.repository.git('cherry-pick', 'work^1', 'side')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'not-landed', missing: 1 })
    await it.repository.git('merge', '--quiet', '--squash', 'work')
    await it.repository.git('commit', '--quiet', '--message=rest')
    expect(await prove(it.repository, it.base)).toEqual({ kind: 'landed', how: 'contained' })
  })

  it('finds the start of a branch that was rebased', async () => {
    await using it = await withBranch([{ 'b.txt': '1' }])
    await commitOn(it.repository, 'other', [{ 'o.txt': '1' }])
    await it.repository.git('rebase', '--quiet', 'other', 'work')
    await it.repository.git('switch', '--quiet', 'main')
    const stray = await commitOn(it.repository, 'stray', [{ 's.txt': '1' }])
    expect(await prove(it.repository, stray)).toEqual({ kind: 'not-landed', missing: 2 })
    expect(await prove(it.repository, stray, 'other')).toEqual({ kind: 'not-landed', missing: 1 })
  })

  it('compares binary files by content', async () => {
    await using it = await withBranch([{ 'b.bin': '\0one' }])
    await commitOn(it.repository, 'target', [{ 'b.bin': '\0two' }])
    expect((await prove(it.repository, it.base, 'target')).kind).toBe('not-landed')
    await commitOn(it.repository, 'same', [{ 'b.bin': '\0one' }])
    expect(await prove(it.repository, it.base, 'same')).toEqual({ kind: 'landed', how: 'patches' })
  })
})
