import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EffectContext, Fact } from '../../../../src/engine/port.ts'
import { followConfiguration } from '../../../../src/engine/session/turn/shared-config.ts'
import { openRepository, type Repository } from '../../../../src/git/repository.ts'
import { editConfig } from '../../../../src/workspace/guard/config-edit.ts'
import { withInclude } from '../../../../src/workspace/guard/include-line.ts'
import { gitIn, temporaryRepository } from '../../../support/repository.ts'

interface Told {
  readonly facts: Fact[]
  readonly lines: string[]
}

/** What is told of a turn in which this is done. */
async function turn(done: (repo: Repository) => Promise<unknown>, signal?: AbortSignal): Promise<Told> {
  await using at = await temporaryRepository()
  const repo = await openRepository(at.path)
  await gitIn(at.path, 'config', 'remote.origin.url', 'https://token@example.invalid')
  const told: Told = { facts: [], lines: [] }
  const effect: EffectContext = {
    signal: signal ?? new AbortController().signal,
    record: (fact) => told.facts.push(fact) > 0,
    watchSignals: () => undefined,
  }
  const services = { repo, announce: (_session: string, line: string) => void told.lines.push(line) }
  {
    const session = { label: 'r-1/a' }
    await using _following = await followConfiguration(services, effect, { session, turn: 3 })
    await done(repo)
  }
  return told
}

test('keys that were set, changed and taken away are told, without their values', async () => {
  const { facts, lines } = await turn(async ({ root }) => {
    await gitIn(root, 'config', 'core.hooksPath', '/tmp/none')
    await gitIn(root, 'config', 'alias.zz', '!echo secret')
    await gitIn(root, 'config', 'core.bare', 'false')
    await gitIn(root, 'config', '--unset', 'remote.origin.url')
  })
  expect(facts).toEqual([
    {
      type: 'configuration.changed',
      key: 'configuration.changed:3',
      data: { turn: 3, keys: ['alias.zz', 'core.hookspath', 'remote.origin.url'] },
    },
  ])
  expect(lines).toEqual([
    'the configuration of the repository has changed: alias.zz, core.hookspath, remote.origin.url',
  ])
})

test('a second value of a key is a change, our own lines are none', async () => {
  const added = await turn(({ root }) =>
    gitIn(root, 'config', '--add', 'remote.origin.url', 'https://b.invalid'),
  )
  expect(added.facts).toMatchObject([{ data: { keys: ['remote.origin.url'] } }])
  const ours = await turn(({ commonDir }) => editConfig(join(commonDir, 'config'), withInclude))
  expect(ours).toEqual({ facts: [], lines: [] })
})

test('a configuration that git cannot read any more is told', async () => {
  const { facts } = await turn(({ commonDir }) => appendFile(join(commonDir, 'config'), '[core\n'))
  expect(facts).toMatchObject([{ data: { keys: ['all of it: git cannot read it any more'] } }])
})

test('nothing is told of a turn that lost its claim', async () => {
  const change = ({ root }: Repository): Promise<string> => gitIn(root, 'config', 'alias.zz', '!echo')
  expect(await turn(change, AbortSignal.abort())).toEqual({ facts: [], lines: [] })
})
