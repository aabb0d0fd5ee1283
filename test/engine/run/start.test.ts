// What stands in the way of a run: the sessions of others that are still at work, and only they.
import { expect, test } from 'vitest'
import { startRun } from '../../../src/engine/run/start.ts'
import { writeFiles } from '../../support/repository.ts'
import { planFiles } from '../../support/scenario.ts'
import { piece, stage } from '../../support/services.ts'

const other = (include: string) =>
  planFiles({ pieces: { z: { include: [include], steps: [] } } }, { name: 'other' })
const REQUEST = { plan: 'other', rehearse: false, fresh: false }

test('what the operator hides from git is no dirty base', async () => {
  await using it = await stage({ ...other('src/a/**'), 'src/a/main.txt': 'a\n' })
  const start = () => startRun(it.services, REQUEST, new AbortController().signal)
  await writeFiles(it.repository.path, { 'src/a/main.txt': 'mine\n' })
  await expect(start()).rejects.toMatchObject({ code: 'E_DIRTY_BASE' })
  await it.repository.git('update-index', '--skip-worktree', 'src/a/main.txt')
  expect(await start()).toEqual({ run: 'other-1', created: true })
})

test.each(['session.abandoned', 'session.landed'] as const)(
  'another run owns what its sessions own, until %s',
  async (type) => {
    await using it = await stage({ ...other('src/a/**'), 'src/a/main.txt': 'a\n', 'src/b/main.txt': 'b\n' })
    await it.run({ pieces: [piece('a'), piece('b')] })
    const start = () => startRun(it.services, REQUEST, new AbortController().signal)
    await expect(start()).rejects.toMatchObject({
      code: 'E_OVERLAP_RUN',
      message: expect.stringContaining('overlaps work-1/a, which is still at work'),
      hints: [{ command: 'quintet status work-1' }, { command: 'quintet session abandon work-1/a "<why>"' }],
    })
    it.fact('work-1/session/b', type, { reason: '', commit: '' })
    await expect(start()).rejects.toMatchObject({ code: 'E_OVERLAP_RUN' })
    it.fact('work-1/session/a', type, { reason: '', commit: '' })
    expect(await start()).toEqual({ run: 'other-1', created: true })
  },
)
