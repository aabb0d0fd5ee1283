// Branches that began at different commits: what is said of every pair is what git says of it, merged alone.
import { expect, test } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { openScratchObjects } from '../../../src/git/objects/scratch.ts'
import { changes } from '../../../src/git/diff.ts'
import { mergeTree } from '../../../src/git/merge/merge.ts'
import { conflictingPairs } from '../../../src/integration/radar/pairs.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}`)
const text = (at: number, line: string): string => `${LINES.with(at, line).join('\n')}\n`
const MOVED = { 'x.txt': text(18, 'by the target') }

async function objectsOf(repository: TemporaryRepository): Promise<string> {
  return await repository.git('count-objects', '-v')
}

test('every pair is as one merge of the two, and the repository stays as it is', async () => {
  await using repository = await temporaryRepository({
    files: { 'x.txt': text(0, 'line 0'), 'y.txt': 'y\n' },
  })
  const first = await repository.git('rev-parse', 'main')
  const branch = async (name: string, base: string, files: Readonly<Record<string, string | null>>) => {
    const commit = await commitOn(repository, name, [files], base)
    return { name, base, commit, changes: await changes(repository.path, base, commit) }
  }
  const early = [
    await branch('a', first, { 'x.txt': text(2, 'by a') }),
    await branch('b', first, { 'x.txt': text(3, 'by b') }),
    await branch('c', first, { 'x.txt': text(10, 'by c') }),
    await branch('d', first, { 'x.txt': null, new: 'a file\n' }),
  ]
  const second = await commitOn(repository, 'main', [MOVED])
  const onMoved = (at: number, line: string): string => text(at, line).replace('line 18', 'by the target')
  const late = [
    await branch('e', second, { 'x.txt': onMoved(2, 'by e') }),
    await branch('f', second, { 'x.txt': onMoved(14, 'by f'), 'new/deep.txt': 'below\n' }),
    await branch('g', second, { 'y.txt': 'other\n' }),
  ]
  const branches = [...late, ...early]
  const truth: string[] = []
  for (const left of branches)
    for (const right of branches) {
      if (left.name >= right.name) continue
      const { kind } = await mergeTree(repository.path, left.commit, right.commit)
      if (kind === 'conflict') truth.push(`${left.name} ${right.name}`)
    }
  const before = await objectsOf(repository)
  await using scratch = await openScratchObjects(await openRepository(repository.path))
  const found = await conflictingPairs({ cwd: repository.path, branches, scratch })
  expect(found.map((pair) => pair.join(' ')).toSorted()).toEqual(
    truth.filter((pair) => pair !== 'd g').toSorted(),
  )
  // They change nothing in common: it is the target, which g began at later, that d conflicts with.
  expect(truth).toContain('d g')
  expect(truth).toEqual(expect.arrayContaining(['a b', 'a e', 'b e', 'd f']))
  expect(await objectsOf(repository)).toBe(before)
})
