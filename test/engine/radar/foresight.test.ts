// The early warning reads each tip once, and for a bounded time.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Foresight } from '../../../src/engine/radar/foresight.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryRepository } from '../../support/repository.ts'

const LIBRARY = 'export function total(a: number) {\n  return a\n}\n'
const USE = "import { total } from './lib.ts'\ntotal(1)\n"

test('a tip is not read again, also where the target has moved on without it', async () => {
  await using repository = await temporaryRepository({ files: { 'lib.ts': LIBRARY } })
  const base = await repository.git('rev-parse', 'main')
  const a = await commitOn(repository, 'a', [{ 'lib.ts': LIBRARY.replace('a: number', 'a: Sum') }])
  const b = await commitOn(repository, 'b', [{ 'use.ts': USE }])
  const tips = [
    { session: 'r/a', tip: a, target: base },
    { session: 'r/b', tip: b, target: base },
  ]
  const foresight = new Foresight(repository.path)
  const concerns = (session: string): boolean => session.startsWith('r/')
  const first = await foresight.look(tips, concerns)
  expect(first).toMatchObject({ warnings: [{ kind: 'api', change: 'signature', symbol: 'total' }], gaps: [] })
  expect((await foresight.look(tips, () => false)).warnings).toEqual([])
  // Whoever reads it now fails: what was read before stands, on a target that has moved as well.
  const blob = await repository.git('rev-parse', 'a:lib.ts')
  await rm(join(repository.path, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  const moved = await commitOn(repository, 'main', [{ 'other.ts': '' }])
  const onMoved = tips.map((tip) => ({ ...tip, target: moved }))
  expect(await foresight.look(onMoved, concerns)).toEqual(first)
  const anew = await new Foresight(repository.path).look(tips, concerns)
  expect(anew).toMatchObject({ warnings: [], gaps: [{ session: 'r/a' }] })
})

test('a commit that is still in a box leaves what was known before, and is named', async () => {
  await using repository = await temporaryRepository({ files: { 'lib.ts': LIBRARY } })
  const base = await repository.git('rev-parse', 'main')
  const a = await commitOn(repository, 'a', [{ 'lib.ts': '' }])
  const b = await commitOn(repository, 'b', [{ 'use.ts': USE }])
  const foresight = new Foresight(repository.path)
  const tips = (tip: string) => [
    { session: 'r/a', tip, target: base },
    { session: 'r/b', tip: b, target: base },
  ]
  const before = await foresight.look(tips(a), () => true)
  expect(before).toMatchObject({ warnings: [{ change: 'removed', symbol: 'total' }], gaps: [] })
  const after = await foresight.look(tips('1'.repeat(40)), () => true)
  expect(after.warnings).toEqual(before.warnings)
  expect(after.gaps).toMatchObject([{ session: 'r/a', why: expect.stringContaining('when the turn ends') }])
})

test('what has come to the target since a session left it is one more side, both ways, and is read once', async () => {
  await using repository = await temporaryRepository({ files: { 'lib.ts': LIBRARY, 'other.ts': LIBRARY } })
  const base = await repository.git('rev-parse', 'main')
  const a = await commitOn(repository, 'a', [{ 'use.ts': USE, 'other.ts': '' }])
  const late = USE.replace('./lib.ts', './other.ts')
  const target = await commitOn(repository, 'main', [{ 'lib.ts': '', 'late.ts': late }])
  const b = await commitOn(repository, 'b', [{ 'b.ts': USE }], target)
  const tips = [
    { session: 'r/a', tip: a, target },
    { session: 'r/b', tip: b, target },
  ]
  const foresight = new Foresight(repository.path)
  const found = await foresight.look(tips, () => true)
  expect(found.warnings).toMatchObject([
    {
      kind: 'api',
      change: 'removed',
      by: 'r/a',
      used: null,
      path: 'other.ts',
      uses: [{ path: 'late.ts' }, {}],
    },
    { kind: 'api', change: 'removed', by: null, used: 'r/a', path: 'lib.ts', uses: [{ path: 'use.ts' }, {}] },
  ])
  expect(found.gaps).toEqual([])
  const blob = await repository.git('rev-parse', 'main:late.ts')
  await rm(join(repository.path, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  expect(await foresight.look(tips, () => true)).toEqual(found)
  // A session that has merged the target has seen it; of one that concerns nobody nothing is said.
  expect((await foresight.look(tips.slice(1), () => true)).warnings).toEqual([])
  expect((await foresight.look([{ session: 'r/a', tip: a, target: base }], () => true)).warnings).toEqual([])
  expect((await foresight.look(tips, () => false)).warnings).toEqual([])
})

test('what there was no time for is named', async () => {
  await using repository = await temporaryRepository({ files: { 'lib.ts': LIBRARY } })
  const base = await repository.git('rev-parse', 'main')
  const tip = await commitOn(repository, 'a', [{ 'lib.ts': '' }])
  const foresight = new Foresight(repository.path, { ms: 0 })
  const found = await foresight.look([{ session: 'r/a', tip, target: base }], () => true)
  expect(found).toMatchObject({ warnings: [], gaps: [{ session: 'r/a' }] })
})
