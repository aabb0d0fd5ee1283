import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, configFrom } from '../src/config.ts'
import { createLog } from '../src/log.ts'

test('an empty environment gives the defaults', () => {
  assert.deepEqual(configFrom({}), {
    host: '127.0.0.1',
    port: 8080,
    databasePath: 'accounts.sqlite',
    logLevel: 'info',
  })
})

test('the port comes from the environment, and zero lets the system choose', () => {
  assert.equal(configFrom({ PORT: '3000' }).port, 3000)
  assert.equal(configFrom({ PORT: '0' }).port, 0)
})

test('a variable that makes no sense is named', () => {
  const names = (variable: string) => (error: unknown) =>
    error instanceof ConfigError && error.variable === variable
  assert.throws(() => configFrom({ PORT: 'http' }), names('PORT'))
  assert.throws(() => configFrom({ PORT: '65536' }), names('PORT'))
  assert.throws(() => configFrom({ LOG_LEVEL: 'loud' }), names('LOG_LEVEL'))
})

test('the log is one JSON object per line, without what is below its level', () => {
  const lines: string[] = []
  const log = createLog('info', (line) => lines.push(line))
  log('debug', 'unheard')
  log('error', 'request failed', { url: '/me' })
  assert.deepEqual(lines, ['{"level":"error","message":"request failed","url":"/me"}\n'])
})
