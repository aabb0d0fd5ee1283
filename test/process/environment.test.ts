import { expect, test } from 'vitest'
import { childEnvironment } from '../../src/process/environment.ts'
import { run } from '../../src/process/run.ts'

test('git variables that redirect a child are removed, others stay', () => {
  const base = {
    PATH: '/bin',
    GIT_DIR: '/x',
    GIT_INDEX_FILE: '/y',
    GIT_AUTHOR_NAME: 'A',
    QUINTET_TOKEN: 't',
    EMPTY: undefined,
  }
  expect(childEnvironment({}, base)).toEqual({ PATH: '/bin', GIT_AUTHOR_NAME: 'A' })
})

test('everything that git calls local to a repository is removed', async () => {
  const { stdout } = await run('git', ['rev-parse', '--local-env-vars'], { cwd: '/' })
  const names = stdout.toString().trim().split('\n')
  expect(names.length).toBeGreaterThan(10)
  expect(childEnvironment({}, Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual({})
})

test('what is given wins, and the mark of a session is inherited', () => {
  const base = { QUINTET_SESSION: 'a/b', X: '1', GIT_DIR: '/other' }
  expect(childEnvironment({ X: '2', GIT_DIR: '/wanted' }, base)).toEqual({
    QUINTET_SESSION: 'a/b',
    X: '2',
    GIT_DIR: '/wanted',
  })
})
