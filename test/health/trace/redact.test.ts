import { describe, expect, test } from 'vitest'
import { redact, redactEnvironment, namesEnvironmentFile } from '../../../src/health/trace/redact.ts'
import { KEEP, keptText } from '../../../src/health/trace/text.ts'
import { traceLine } from '../../../src/health/trace/format.ts'

// Put together here, so that no scanner takes the file itself for a leak.
const join = (...parts: readonly string[]): string => parts.join('')
const KEY_BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'
const BEGIN = join('-----BEGIN RSA PRIV', 'ATE KEY-----')
const END = join('-----END RSA PRIV', 'ATE KEY-----')

const SECRETS: readonly (readonly [string, string])[] = [
  [join('sk-', 'ant-api03-abcdefghijklmnop1234'), 'a key of a model provider'],
  [join('ghp', '_abcdefghijklmnopqrstuvwxyz012345'), 'a token of a forge'],
  [join('github', '_pat_11ABCDEFG0abcdefghijkl_mnopqrstuv'), 'another'],
  [join('glpat', '-abcdefghij0123456789'), 'and another'],
  [join('AKIA', 'IOSFODNN7EXAMPLE'), 'an access key'],
  [join('AIza', 'SyA1234567890abcdefghijklmnopqrstuv'), 'an interface key'],
  [join('xoxb', '-123456789012-abcdefghijkl'), 'a chat token'],
  [join('sk', '_live_abcdefghijklmnop'), 'a payment key'],
  [join('npm', '_abcdefghijklmnopqrstuvwxyz0123456789'), 'a registry token'],
  [join('eyJhbGciOiJI', 'UzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnop'), 'a web token'],
]

describe('what is a secret by its form goes', () => {
  test.each(SECRETS)('%s', (secret) => {
    const text = `before ${secret} after`
    expect(redact(text)).toBe('before [redacted] after')
    expect(redact(redact(text))).toBe(redact(text))
  })

  test('private keys, whole or cut off', () => {
    expect(redact(`a\n${BEGIN}\n${KEY_BODY}\n${END}\nb`)).toBe('a\n[redacted]\nb')
    expect(redact(`a\n${BEGIN}\n${KEY_BODY}`)).toBe('a\n[redacted]')
    expect(redact(`${KEY_BODY}\n${END}\nb`)).toBe('[redacted]\nb')
  })
})

test.each([
  ['Authorization: Bearer abcdef0123456789', 'Authorization: [redacted]'],
  ['curl -H "authorization: Basic dXNlcjpwYXNz" x', 'curl -H "authorization: [redacted]" x'],
  ['use bearer abcdefghijkl012345 now', 'use bearer [redacted] now'],
  ['X-Api-Key: 12345-abcde', 'X-Api-Key: [redacted]'],
  ['Set-Cookie: sid=abcdef; Path=/', 'Set-Cookie: [redacted]'],
  ['postgres://app:hunter2secret@db/x', 'postgres://app:[redacted]@db/x'],
  ['export DB_PASSWORD=hunter2 && run', 'export DB_PASSWORD=[redacted] && run'],
  ['STRIPE_SECRET_KEY: whatever1', 'STRIPE_SECRET_KEY: [redacted]'],
  ['{"api_key": "abcdef123"}', '{"api_key": "[redacted]"}'],
  [String.raw`{\"password\":\"abcdef123\"}`, String.raw`{\"password\":\"[redacted]\"}`],
  ["const clientSecret = 'abcdef123'", "const clientSecret = '[redacted]'"],
  ['login --token abcdef123', 'login --token [redacted]'],
])('what is one by its name goes: %s', (text, clean) => {
  expect(redact(text)).toBe(clean)
  expect(redact(clean)).toBe(clean)
})

test.each([
  'const token = await login(user)',
  'function password(text: string): string',
  'The token is read from the environment.',
  'API_KEY=$(pass show key)',
  'TOKEN="$TOKEN" run',
  'src/auth/token.ts:12: error TS2322: Type is not assignable.',
  'commit 0123456789abcdef0123456789abcdef01234567',
])('what is none stays: %s', (text) => {
  expect(redact(text)).toBe(text)
})

test('every value of an environment file goes', () => {
  expect(redactEnvironment('# local\nPORT=3000\nexport NAME="a b"\nEMPTY=\n     3→URL=http://x')).toBe(
    '# local\nPORT=[redacted]\nexport NAME=[redacted]\nEMPTY=\n     3→URL=[redacted]',
  )
  expect(['.env', 'a/.env.local', 'cat .env | head', 'cp x .env.test'].map(namesEnvironmentFile)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['src/env.ts', 'process.env.HOME', 'a.environment'].map(namesEnvironmentFile)).toEqual([
    false,
    false,
    false,
  ])
})

test('a secret on the edge of a cut leaves nothing behind', () => {
  const secret = join('ghp', '_abcdefghijklmnopqrstuvwxyz012345')
  for (let shift = 0; shift < secret.length; shift += 3) {
    const text = `${'x '.repeat(300).slice(shift)} ${secret} ${' y'.repeat(9_000)}`
    const end = `${' y'.repeat(9_000)} ${secret} ${'x '.repeat(450).slice(shift)}`
    for (const { text: kept } of [keptText(text, KEEP.result), keptText(end, KEEP.result)]) {
      expect(kept).not.toMatch(/ghp_|abcdef|uvwxyz|012345/)
      expect(kept.length).toBeLessThan(1_600)
      expect(kept).toContain('chars cut')
    }
  }
})

test('no line is written with a secret in it, wherever it stands', () => {
  const secret = join('ghp', '_abcdefghijklmnopqrstuvwxyz012345')
  const line = traceLine({ t: 'call', a: 0, id: '1', tool: 'Bash', kind: 'exec', cmd: `git push ${secret}` })
  expect(line).not.toContain('ghp_')
  expect(line.endsWith('\n')).toBe(true)
})
