// A wish whose base names no commit: what is said of it.
import { expect, test } from 'vitest'
import { requireResolved, wishOf } from '../../../src/engine/pool/wanted.ts'
import { stage } from '../../support/services.ts'

test('where nothing is committed the first commit is offered, elsewhere the branches', async () => {
  await using it = await stage()
  const { repository, services } = it
  const wish = await wishOf(services, { by: 'fill' }, 0)
  await repository.git('switch', '--quiet', '--orphan', 'empty')
  await expect(requireResolved(services, wish)).rejects.toMatchObject({
    code: 'E_BASE_MISSING',
    hints: [{ command: 'git commit --allow-empty -m "Start"' }],
  })
  await expect(requireResolved(services, { ...wish, ref: 'gone' })).rejects.toMatchObject({
    hints: [{ command: 'git branch --all' }],
  })
})
