import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { integrationMarker, sweepSurvivors } from '../../src/engine/sweep.ts'
import { sessionMarker } from '../../src/engine/session/spec.ts'
import { endSurvivors, SESSION_MARK, survivors } from '../../src/process/marker.ts'
import { piece, stage } from '../support/services.ts'

async function leave(marker: string): Promise<void> {
  const child = spawn('sh', ['-c', 'echo up; exec sleep 60'], {
    env: { ...process.env, [SESSION_MARK]: marker },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
}

test('what open sessions and integrations have left running is ended; all else is left alone', async () => {
  await using it = await stage()
  const { repo, store } = it.services
  await it.run({ pieces: [piece('a'), piece('b')] })
  store.claims.create({ id: 'work-1/session/a', workflow: 'session', input: {} })
  const open = [
    sessionMarker(repo.commonDir, { run: 'work-1', piece: 'a' }),
    integrationMarker(repo.commonDir, 'work-1'),
  ]
  const other = sessionMarker(repo.commonDir, { run: 'work-2', piece: 'a' })
  for (const marker of [...open, other]) await leave(marker)
  await sweepSurvivors(repo, store)
  for (const marker of open) expect(await survivors(marker)).toEqual([])
  expect(await survivors(other)).toHaveLength(1)
  await endSurvivors(other, 0)
})
