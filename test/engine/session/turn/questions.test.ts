import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Conversation } from '../../../../src/agents/driver.ts'
import type { AgentQuestion } from '../../../../src/contract/agent.ts'
import type { EnforcementLevel } from '../../../../src/contract/session.ts'
import { sessionSpec } from '../../../../src/engine/session/spec.ts'
import { QuestionDesk } from '../../../../src/engine/session/turn/questions.ts'
import { piece, stage, type Stage } from '../../../support/services.ts'

const STREAM = 'work-1/session/a'
const OPTIONS: AgentQuestion['options'] = [
  { id: 'always', label: 'Always', effect: 'allow_always' },
  { id: 'once', label: 'Once', effect: 'allow_once' },
  { id: 'no', label: 'No', effect: 'reject' },
]
const may = (paths: string[] = []): AgentQuestion => ({
  kind: 'permission',
  text: 'npm test',
  options: OPTIONS,
  paths,
  tool: 'execute',
})

const CONVERSATION: Conversation = {
  id: 'c',
  how: 'new',
  capabilities: {
    name: 'fake',
    version: '1',
    resume: false,
    load: false,
    fork: false,
    systemPrompt: false,
  },
  mode: { wanted: null, actual: null },
  usage: null,
  alive: true,
  exited: Promise.resolve(),
  prompt: () => Promise.resolve({ kind: 'stopped', reason: 'end_turn' }),
  cancel: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

let it: Stage
beforeEach(async () => {
  it = await stage()
  await it.run({ pieces: [piece('a'), piece('b')] })
})
afterEach(() => it[Symbol.asyncDispose]())

/** What the desk answers an agent that runs at this level; `asked` when the operator is asked. */
async function answered(level: EnforcementLevel, question: AgentQuestion): Promise<string> {
  const { services } = it
  const boxed = { box: null, level, gaps: [], env: {} }
  await services.conversations.open('work-1/a', { attempt: 1, fingerprint: null, boxed }, () =>
    Promise.resolve(CONVERSATION),
  )
  const session = sessionSpec(services, { run: 'work-1', piece: 'a' })
  const desk = new QuestionDesk(services, it.effect(STREAM), session, 1)
  const over = new AbortController()
  const answer = desk.answer(question, over.signal).then(
    (given) => (given.kind === 'option' ? given.id : given.kind),
    () => 'asked',
  )
  // Rules answer without waiting for anybody; what is asked is written down before it is waited for.
  const asked = new Promise<void>((resolve) => {
    const look = (): void => {
      if ([...services.store.events({ stream: STREAM, types: ['question.asked'] })].length > 0) resolve()
      else timer = setTimeout(look, 5)
    }
    let timer = setTimeout(look, 5)
    void answer.then(() => clearTimeout(timer))
  })
  await Promise.race([answer, asked])
  over.abort(new Error('over'))
  return answer
}

describe('a permission that names no path', () => {
  test('is given once where the kernel holds the session', async () => {
    expect(await answered('enforced', may())).toBe('once')
  })

  test.each(['guarded', 'advisory'] as const)('is asked of the operator where it is %s', async (level) => {
    expect(await answered(level, may())).toBe('asked')
  })

  test('is decided by the configuration where that speaks', async () => {
    it.configure({ permissions: 'ask' })
    expect(await answered('enforced', may())).toBe('asked')
    it.configure({ permissions: 'allow' })
    expect(await answered('guarded', may())).toBe('once')
  })
})

test('one that names paths is decided by the scope at every level', async () => {
  expect(await answered('enforced', may(['src/b/x.ts']))).toBe('no')
  expect(await answered('guarded', may(['src/a/x.ts']))).toBe('once')
})
