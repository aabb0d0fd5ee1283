import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import type { Conversation } from '../../../src/agents/driver.ts'
import { askFork } from '../../../src/engine/health/fork.ts'
import { Conversations, type Live } from '../../../src/engine/session/turn/conversations.ts'
import { NEVER, Stage } from '../../agents/stage.ts'

const AGENT = fileURLToPath(new URL('../../fixtures/agents/forker.mjs', import.meta.url))

/** A conversation of the agent that goes wrong in this way, when a copy of it is asked. */
async function forker(stage: Stage, way: string, mode = 'bypass'): Promise<Live> {
  const conversation: Conversation = await stage.open([process.execPath, AGENT, way], { mode })
  return await new Conversations().open(
    's',
    { attempt: 1, fingerprint: null, boxed: { box: null, level: 'advisory', gaps: [], env: {} } },
    () => Promise.resolve(conversation),
  )
}

describe('askFork', () => {
  it('asks in the most cautious mode, though the session is in another', async () => {
    await using stage = await Stage.set({ driver: acpDriver() })
    const live = await forker(stage, 'answer')
    await using _end = live.conversation
    expect(live.conversation.mode.actual).toBe('bypass')
    expect(await askFork(live, 'What is known?', { signal: NEVER })).toEqual({
      kind: 'reply',
      text: 'mode plan',
    })
    expect(live.conversation.mode.actual).toBe('bypass')
  })

  it('is ended by the first tool that it takes up, before that can go on', async () => {
    await using stage = await Stage.set({ driver: acpDriver() })
    await writeFile(join(stage.cwd, 'src.txt'), 'as it was\n')
    const live = await forker(stage, 'write')
    await using _end = live.conversation
    expect(await askFork(live, 'What is known?', { signal: NEVER })).toEqual({
      kind: 'none',
      why: 'The fork took up a tool (Write src.txt) and was ended.',
    })
    expect(await stage.read('src.txt')).toBe('as it was\n')
  })

  it('is not asked when it cannot be held back', async () => {
    await using stage = await Stage.set({ driver: acpDriver() })
    const live = await forker(stage, 'stubborn')
    await using _end = live.conversation
    expect(await askFork(live, 'What is known?', { signal: NEVER })).toEqual({
      kind: 'none',
      why: 'A fork of this agent cannot be held back: it stays in the mode bypass.',
    })
  })
})
