// A login that is refused in the middle of work, in every way in which the measured agents tell it.
import { describe, expect, test } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { saysLogin } from '../../../src/agents/acp/refused-login.ts'
import { FIXTURES, NEVER, Stage } from '../stage.ts'
import { join } from 'node:path'

const refuser = (way: string): string[] => [process.execPath, join(FIXTURES, 'refuser.mjs'), way]

describe('a turn', () => {
  test.each([
    ['with the code of the protocol', 'code', 'Authentication required'],
    ["with its provider's status as the code", 'status', 'invalid x-api-key'],
    ['with a general error', 'internal', 'Internal error: invalid x-api-key'],
    [
      'as its message, by an ordinary end',
      'message',
      'Authentication failed with provider at http://model (HTTP 401).',
    ],
  ])('whose login is refused %s is a refused login', async (_how, way, words) => {
    await using stage = await Stage.set({ driver: acpDriver(), box: false })
    await using conversation = await stage.open(refuser(way))
    expect(await conversation.prompt('go', NEVER)).toEqual({
      kind: 'failed',
      code: 'E_AGENT_AUTH',
      message: expect.stringContaining(words),
    })
  })

  test.each([
    ['a general error of another kind', 'overloaded', 'Internal error: Overloaded'],
    ['an error as its message', 'quota', 'Request failed: no requests left (HTTP 402).'],
    ['no word at all', 'silent', 'ended its turn without a word'],
  ])('that ends with %s has failed, and the login is not to blame', async (_how, way, words) => {
    await using stage = await Stage.set({ driver: acpDriver(), box: false })
    await using conversation = await stage.open(refuser(way))
    expect(await conversation.prompt('go', NEVER)).toEqual({
      kind: 'failed',
      code: 'E_AGENT_ERROR',
      message: expect.stringContaining(words),
    })
  })

  test.each(['talks', 'works', 'other'])('that %s of errors is an ordinary one', async (way) => {
    await using stage = await Stage.set({ driver: acpDriver(), box: false })
    await using conversation = await stage.open(refuser(way))
    expect(await conversation.prompt('go', NEVER)).toEqual({ kind: 'stopped', reason: 'end_turn' })
  })
})

test.each([
  ['invalid x-api-key', true],
  ['Incorrect API key provided: sk-none', true],
  ['Authentication required', true],
  ['{"type":"authentication_error"}', true],
  ['API key not valid. Please pass a valid API key.', true],
  ['Not logged in · Please run /login', true],
  ['OAuth token has expired', true],
  ['401 Unauthorized', true],
  ['Overloaded', false],
  ['The author could not be found', false],
  ['Rate limit exceeded', false],
  ['Cannot connect to API: Unable to connect.', false],
])('%j says so: %s', (message, says) => {
  expect(saysLogin(message)).toBe(says)
})
