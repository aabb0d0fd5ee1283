// Random branches of a small repository: what the forecast with its verdicts says is what git says of every pair.
import { expect, test } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { openScratchObjects } from '../../../src/git/objects/scratch.ts'
import { mergeTree } from '../../../src/git/merge/merge.ts'
import { forecastConflicts } from '../../../src/integration/radar/forecast.ts'
import { commitOn, type Files } from '../../support/branches.ts'
import { temporaryRepository } from '../../support/repository.ts'

const PATHS = ['a.txt', 'b.txt', 'src/c.txt', 'src/d.txt']
const text = (name: string): string[] =>
  Array.from({ length: 30 }, (_line, index) => (index % 4 === 0 ? '}' : `${name} ${index}`))

function changes(random: (below: number) => number, branch: number): Files {
  const files: Record<string, string | null> = {}
  for (const path of PATHS) {
    const lines = text(path)
    switch (random(7)) {
      case 0:
        files[path] = null
        break
      case 1:
        files[path] = null
        files[`moved/${path}`] = `${lines.join('\n')}\n`
        break
      case 2:
      case 3:
      case 4: {
        const at = random(lines.length)
        lines.splice(at, random(3), ...(random(3) === 0 ? ['}', '}'] : [`branch ${random(3)}`]))
        files[path] = `${lines.join('\n')}\n`
        break
      }
      default:
    }
  }
  if (random(3) === 0) files[random(2) === 0 ? 'src/new.txt' : 'src/new.txt/deep.txt'] = `new ${branch % 2}\n`
  return files
}

test('no conflict is missed and none is invented', async () => {
  let seed = 11
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const files = Object.fromEntries(PATHS.map((path) => [path, `${text(path).join('\n')}\n`]))
  await using repository = await temporaryRepository({ files })
  const base = await repository.git('rev-parse', 'HEAD')
  const branches: { name: string; commit: string }[] = []
  for (let branch = 0; branch < 12; branch += 1) {
    const name = `b${String(branch).padStart(2, '0')}`
    branches.push({ name, commit: await commitOn(repository, name, [changes(random, branch)]) })
  }
  const repo = await openRepository(repository.path)
  await using scratch = await openScratchObjects(repo)
  const verdicts = await forecastConflicts({ cwd: repository.path, base, branches, scratch })
  const told = new Map(verdicts.map(({ pair, conflict }) => [pair.join(' '), conflict?.toSorted() ?? null]))
  const truth: string[] = []
  for (const [index, left] of branches.entries()) {
    for (const right of branches.slice(index + 1)) {
      const merge = await mergeTree(repository.path, left.commit, right.commit)
      const pair = `${left.name} ${right.name}`
      if (merge.kind === 'conflict') truth.push(pair)
      expect([pair, told.get(pair) ?? null]).toEqual([
        pair,
        merge.kind === 'conflict' ? merge.files.toSorted() : null,
      ])
    }
  }
  expect(truth.length).toBeGreaterThan(10)
})
