// An agent that does not take the mode it is put into: noticed at every start and resume, and told in the log.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { FACTS } from '../../../../src/contract/facts.ts'
import { sessionWorkflowId } from '../../../../src/engine/names.ts'
import { prepareSession } from '../../../../src/engine/session/prepare.ts'
import { sessionSpec } from '../../../../src/engine/session/spec.ts'
import { openConversation } from '../../../../src/engine/session/turn/open.ts'
import { modeGaps } from '../../../../src/engine/session/turn/mode.ts'
import { piece, stage } from '../../../support/services.ts'

const KEEPER = fileURLToPath(new URL('../../../fixtures/agents/keeper.mjs', import.meta.url))

test('a mode is worth a sentence when it is not the one that was wished for', () => {
  expect(modeGaps({ wanted: null, actual: 'auto' })).toEqual([])
  expect(modeGaps({ wanted: 'default', actual: 'default' })).toEqual([])
  expect(modeGaps({ wanted: 'default', actual: 'auto' })).toEqual([
    'The agent is in the mode auto instead of default, so it may write without asking.',
  ])
  expect(modeGaps({ wanted: 'default', actual: null })).toEqual([
    'The agent is in no mode that it tells of instead of default, so it may write without asking.',
  ])
})

test.each(['willing', 'stubborn'])(
  'of an agent that is %s, when it starts and when it resumes',
  async (kind) => {
    await using it = await stage({ 'src/a/x.txt': 'x\n' })
    const words = kind === 'stubborn' ? ['stubborn'] : []
    const command = [process.execPath, KEEPER, '/dev/null', 'resume', ...words]
    it.configure({ agent: 'keeper', agents: { keeper: { command, mode: 'default' } } })
    await it.run({ pieces: [piece('a')] })
    const name = { run: 'work-1', piece: 'a' }
    const stream = sessionWorkflowId(name)
    it.services.store.claims.create({ id: stream, workflow: 'session', input: name })
    const session = sessionSpec(it.services, name)
    const effect = it.effect(stream)
    const prepared = await prepareSession(it.services, effect, session, null)
    if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared))
    for (const turn of [1, 2]) {
      const { workspace } = prepared
      await openConversation(it.services, effect, {
        session,
        workspace,
        attempt: 1,
        turn,
        reprompt: 0,
        prompt: { kind: 'continue', why: '' },
      })
      await it.services.conversations.stop(session.label)
    }
    const told = [...it.services.store.events({ stream, types: ['attempt.started'] })].map(({ data }) => {
      const { how, mode, gaps = [] } = v.parse(FACTS['attempt.started'], data)
      return [how, mode.actual, gaps.filter((gap) => gap.includes('instead of default')).length]
    })
    const told1 = kind === 'stubborn' ? ['auto', 1] : ['default', 0]
    expect(told).toEqual([
      ['new', ...told1],
      ['resumed', ...told1],
    ])
  },
)
