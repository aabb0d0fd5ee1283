import { expect, test } from 'vitest'
import { gitSettings } from '../../../src/engine/session/environment.ts'
import { run } from '../../../src/process/run.ts'
import { temporaryRepository } from '../../support/repository.ts'

/** What git takes `key` for, in a child of a child. */
async function value(
  key: string,
  { env, options = [] }: { readonly env: Readonly<Record<string, string>>; readonly options?: string[] },
): Promise<string> {
  await using repository = await temporaryRepository()
  const read = ['-c', `git ${options.join(' ')} config --get ${key}`]
  const result = await run('sh', read, { cwd: repository.path, env })
  return result.stdout.toString('utf8').trimEnd()
}

const numbered = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Somebody' }

test('git is told not to tidy up, and what else is set', async () => {
  const env = gitSettings({ 'commit.gpgSign': 'false' })
  expect(await value('gc.auto', { env })).toBe('0')
  expect(await value('maintenance.auto', { env })).toBe('false')
  expect(await value('commit.gpgSign', { env })).toBe('false')
})

test('quotes, exclamation marks and spaces arrive as they are', async () => {
  const text = "it's !here! = \"so\" \\ 'far'"
  expect(await value('quintet.text', { env: gitSettings({ 'quintet.text': text }) })).toBe(text)
})

test('numbered settings of an agent leave ours alone, and ours theirs', async () => {
  const env = { ...gitSettings(), ...numbered }
  expect(await value('gc.auto', { env })).toBe('0')
  expect(await value('user.name', { env })).toBe('Somebody')
})

test('settings on a command line are added, and win', async () => {
  const env = gitSettings()
  expect(await value('gc.auto', { env, options: ['-c', 'user.name=Other'] })).toBe('0')
  expect(await value('user.name', { env, options: ['-c', 'user.name=Other'] })).toBe('Other')
  expect(await value('gc.auto', { env, options: ['-c', 'gc.auto=7'] })).toBe('7')
})

test('they win over those of the repository', async () => {
  await using repository = await temporaryRepository()
  await repository.git('config', 'gc.auto', '6700')
  const result = await run('git', ['config', '--get', 'gc.auto'], {
    cwd: repository.path,
    env: gitSettings(),
  })
  expect(result.stdout.toString('utf8')).toBe('0\n')
})
