// `quintet agents test` with an agent that is none: what goes wrong in a case is its result, and an interrupt leaves nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, watch, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { registryPlatform } from '../../src/contract/registry.ts'
import { program, ROOT } from '../cli/process.ts'
import { temporaryFolder } from '../support/repository.ts'

const ARGS = [join(ROOT, 'bin', 'quintet.js'), 'agents', 'test', 'claude', '--case', 'edit', '--json']

/** The environment of a machine on which `text` is what claude is started by; temporary files are in the folder. */
async function machine(folder: string, text: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'claude-agent-acp')
  await writeFile(file, `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
  return { PATH: [folder, process.env['PATH']].join(delimiter), TMPDIR: folder }
}

async function leftCases(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('quintet-agent-'))
}

test('an agent that ends at once fails its case with its own words', async () => {
  await using folder = await temporaryFolder()
  const env = await machine(folder.path, 'echo "no such luck" >&2; exit 3')
  const { code, stdout } = await program(process.execPath, ARGS, { env })
  expect(code).toBe(1)
  const finding = { kind: 'fail', text: expect.stringContaining('no such luck') }
  expect(JSON.parse(stdout)).toMatchObject({ data: { failures: 1, version: null, results: [{ finding }] } })
  expect(await leftCases(folder.path)).toEqual([])
})

test('an interrupt in the middle of a case takes all of it away', async () => {
  await using folder = await temporaryFolder()
  const env = await machine(folder.path, 'exec cat')
  const child = spawn(process.execPath, ARGS, { env: { ...process.env, ...env }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  for await (const { filename } of watch(folder.path))
    if (filename?.startsWith('quintet-agent-') === true) break
  child.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(await leftCases(folder.path)).toEqual([])
})

test('an agent of the configuration is tried where it says how, and is never started where it does not', async () => {
  await using folder = await temporaryFolder()
  const agent = join(folder.path, 'own-agent')
  await writeFile(agent, '#!/bin/sh\necho "started with $OWN_URL and $(cat "$HOME/.own/url")" >&2; exit 3\n')
  await chmod(agent, 0o755)
  const args = (...words: string[]) => [ARGS[0] ?? '', 'agents', 'test', ...words, '--json']
  const cwd = folder.path
  const described = {
    id: 'own',
    name: 'Own',
    version: '1',
    description: '',
    distribution: { binary: { [registryPlatform(process.platform, process.arch)]: { cmd: './own-agent' } } },
  }
  const file = join(cwd, '.quintet', 'agents', 'own.json')
  await mkdir(dirname(file), { recursive: true })
  const env = { PATH: [cwd, process.env['PATH']].join(delimiter), TMPDIR: cwd }
  await writeFile(file, JSON.stringify(described))
  const refused = await program(process.execPath, args('own'), { env, cwd })
  expect(refused.code).toBe(2)
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'E_AGENT_OFFLINE' } })
  expect(refused.stdout).toContain('[agents.own.offline]')
  const started = await program(process.execPath, [...args(), '--', agent, '--acp'], { env, cwd })
  expect(started.stdout).toContain('[agents.own-agent.offline]')
  const offline = { env: { OWN_URL: '{model}/v1' }, files: { '.own/url': '{model}' } }
  await writeFile(file, JSON.stringify({ ...described, quintet: { offline } }))
  const tried = await program(process.execPath, args('own', '--case', 'edit'), { env, cwd })
  expect(tried.code).toBe(1)
  expect(tried.stdout).toMatch(/started with http:\/\/127\.0\.0\.1:(\d+)\/v1 and http:\/\/127\.0\.0\.1:\1/)
  const { stdout } = await program(process.execPath, [ARGS[0] ?? '', 'completion', '--list', 'agents'], {
    cwd,
  })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['own', 'claude']))
})

test('a command that starts a known agent is tried as that agent', async () => {
  await using folder = await temporaryFolder()
  const env = await machine(folder.path, 'echo "started with $ANTHROPIC_BASE_URL" >&2; exit 3')
  const words = [
    ARGS[0] ?? '',
    'agents',
    'test',
    '--case',
    'edit',
    '--json',
    '--',
    'claude-agent-acp',
    '--verbose',
  ]
  const { stdout } = await program(process.execPath, words, { env })
  expect(JSON.parse(stdout)).toMatchObject({ data: { agent: 'claude', failures: 1 } })
  expect(stdout).toContain('started with http://127.0.0.1:')
})
