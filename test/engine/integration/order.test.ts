import { expect, test } from 'vitest'
import { orderPieces } from '../../../src/engine/integration/order.ts'
import { commitOn } from '../../support/branches.ts'
import { piece, stage } from '../../support/services.ts'

const TEXT = Array.from({ length: 12 }, (_, index) => `line ${index}\n`)
const line = (at: number, by: string): string => TEXT.with(at, `${by}\n`).join('')

test('the branch that many conflict with goes last, what one builds on goes first, and nothing is written', async () => {
  await using base = await stage({ 'hub.txt': TEXT.join('') })
  const ids = ['hub', 'a', 'b', 'c']
  await base.run({
    pieces: ids.map((id) => piece(id, id === 'a' ? { depends_on: ['c'] } : {})),
    target: 'main',
  })
  const start = await base.repository.git('rev-parse', 'main')
  const tips = new Map<string, string>()
  tips.set(
    'hub',
    await commitOn(base.repository, 'hub', [{ 'hub.txt': TEXT.map((one) => `hub ${one}`).join('') }]),
  )
  for (const [index, id] of ['a', 'b'].entries())
    tips.set(id, await commitOn(base.repository, id, [{ 'hub.txt': line(index * 4, id) }]))
  // This one began before the target moved, and has merged it since.
  const moved = await commitOn(base.repository, 'main', [{ 'other.txt': 'moved\n' }])
  tips.set('c', await commitOn(base.repository, 'c', [{ 'hub.txt': line(10, 'c') }], moved))
  const objects = await base.repository.git('count-objects', '-v')
  const branches = ids.map((id) => ({ piece: id, title: id, tip: tips.get(id) ?? '', base: start }))
  const input = { run: 'work-1', n: 1, branches, leftOut: [] }
  const order = await orderPieces(base.services, new AbortController().signal, input)
  expect(order).toEqual(['b', 'c', 'a', 'hub'])
  expect(await base.repository.git('count-objects', '-v')).toBe(objects)
})
