import { describe, expect, test } from 'vitest'
import { PRESETS } from '../../../src/agents/presets.ts'
import { loginError, presetOf } from '../../../src/agents/presets/login.ts'

describe('the preset of an agent', () => {
  test.each([
    ['its name', 'codex', ['my-wrapper'], 'codex'],
    ['its program', 'mine', ['/opt/bin/claude-agent-acp'], 'claude'],
    ['a package that npx starts', 'mine', ['npx', '--yes', '@google/gemini-cli@0.61.0', '--acp'], 'gemini'],
    ['a pinned package of the same name', 'mine', ['npx', '--yes', 'pi-acp@0.0.34'], 'pi'],
    ['a script of Node', 'mine', ['node', '/x/codex-acp.js'], 'codex'],
    ['nothing', 'mine', ['other'], null],
  ])('is known by %s', (_what, name, command, id) => {
    expect(presetOf({ name, command }, PRESETS)?.id ?? null).toBe(id)
  })
})

describe('a refused login', () => {
  test('names the command that logs in, in its message and as a hint', () => {
    expect(loginError({ name: 'gemini', command: ['gemini'] }, PRESETS, 'No key.')).toMatchObject({
      code: 'E_AGENT_AUTH',
      kind: 'agent',
      message: 'The agent gemini is not logged in: No key. Log in with: gemini',
      hints: [
        {
          text: 'Log in to Gemini CLI: choose a way to log in, then /quit; or set GEMINI_API_KEY.',
          command: 'gemini',
        },
      ],
    })
  })

  test('of an agent that nobody knows names its program', () => {
    expect(loginError({ name: 'mine', command: ['my-agent'] }, PRESETS, 'no')).toMatchObject({
      message: 'The agent mine is not logged in: no.',
      hints: [{ text: 'Log in with my-agent, or set its key in the environment.' }],
    })
  })
})
