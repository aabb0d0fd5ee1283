// `quintet agents` as a real process, with agents of the configuration that are played by fixtures.
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { agentLines, agentView } from '../../src/cli/agents-table.ts'
import type { SurveyedAgent } from '../../src/agents/measured/survey.ts'
import { PRESETS } from '../../src/agents/presets.ts'
import { temporaryFolder, writeFiles } from '../support/repository.ts'
import { quintet, type Result } from './process.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/agents/', import.meta.url))
const KEEPER = join(FIXTURES, 'keeper.mjs')

interface Ground extends AsyncDisposable {
  readonly folder: string
  readonly requests: string
  call(...args: readonly string[]): Promise<Result>
}

/** A folder with a configuration in which every preset is a program that is not there, and some agents are fixtures. */
async function ground(
  agents: Readonly<Record<string, { command: string[]; mode?: string; writes?: string[] }>>,
): Promise<Ground> {
  const folder = await temporaryFolder()
  const nobody = Object.fromEntries(Object.keys(PRESETS).map((id) => [id, { command: ['/no/such/agent'] }]))
  await writeFiles(folder.path, {
    '.quintet/config.toml': stringify({ agents: nobody }),
    'config/quintet/config.toml': stringify({ agents }),
    'seen/requests': '',
  })
  const env = {
    HOME: folder.path,
    XDG_CONFIG_HOME: join(folder.path, 'config'),
    XDG_CACHE_HOME: join(folder.path, 'cache'),
  }
  return {
    folder: folder.path,
    requests: join(folder.path, 'seen', 'requests'),
    call: (...args) => quintet(['agents', ...args], { cwd: folder.path, env }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

describe('quintet agents', () => {
  test('starts what is installed once, tells it on standard error, and answers from memory afterwards', async () => {
    const command = ['/bin/sh', '-c', `exec ${process.execPath} ${KEEPER} "$HOME/seen/requests" resume`]
    await using here = await ground({ mine: { command, mode: 'default', writes: ['seen/'] } })
    const first = await here.call()
    expect([first.code, first.stderr]).toEqual([0, 'Starting mine once, to see what it can do.\n'])
    expect(first.stdout).toMatch(/^AGENT +VERSION +TRIED WITH +GOES ON BY +FORKS +TOOLS +MODE +USAGE$/m)
    expect(first.stdout).toMatch(/^mine +1 +- +resume +no +none +default +-$/m)
    expect(first.stdout).toMatch(/^claude +not installed/m)
    expect(await here.call()).toEqual({ ...first, stderr: '' })
    expect((await here.call('--fresh')).stderr).toContain('Starting mine once')
    const started = (await readFile(here.requests, 'utf8')).match(/"initialize"/g)
    expect(started).toHaveLength(2)
  })

  test('tells all of it with --json, what went wrong included', async () => {
    const misfit = (way: string): string[] => [process.execPath, join(FIXTURES, 'misfit.mjs'), way]
    await using here = await ground({
      quits: { command: misfit('quit') },
      wants: { command: misfit('login') },
    })
    const { code, stdout } = await here.call('--json')
    expect(code).toBe(0)
    const agents: { readonly name: string }[] = JSON.parse(stdout).data.agents
    expect(agents.find(({ name }) => name === 'quits')).toMatchObject({
      from: 'configuration',
      found: null,
      error: { code: 'E_AGENT_EXITED' },
    })
    expect(agents.find(({ name }) => name === 'wants')).toMatchObject({
      error: null,
      found: { measured: { session: null, login: { said: 'Authentication required' } } },
    })
    expect(agents.find(({ name }) => name === 'codex')).toMatchObject({ file: null, found: null })
  })

  test('starts nothing that the repository describes, and lists the rest beside a file that is broken', async () => {
    await using here = await ground({})
    const file = { id: 'theirs', name: 'T', version: '1', description: '' }
    await writeFiles(here.folder, {
      '.quintet/agents/theirs.json': JSON.stringify({
        ...file,
        distribution: { npx: { package: 'theirs', env: { PATH: join(here.folder, 'bin') } } },
      }),
      '.quintet/agents/torn.json': '{',
      'bin/npx': '#!/bin/sh\necho started > "$HOME/seen/requests"\n',
    })
    await chmod(join(here.folder, 'bin/npx'), 0o755)
    const listed = await here.call()
    expect([listed.code, listed.stderr]).toEqual([0, ''])
    expect(listed.stdout).toMatch(/^torn +not readable/m)
    expect(listed.stdout).toContain('  The file .quintet/agents/torn.json is not valid JSON')
    expect(listed.stdout).toMatch(/^theirs +not tried/m)
    expect(listed.stdout).toContain('  → run: quintet agents theirs\n')
    expect(listed.stdout).toContain(
      '  .quintet/config.toml describes it, instead of the agent of that name that Quintet knows; its program /no/such/agent is not there.',
    )
    expect(listed.stdout).not.toContain('npm install')
    const named = await here.call('theirs')
    expect([named.code, named.stderr]).toEqual([0, 'Starting theirs once, to see what it can do.\n'])
    expect(named.stdout).toMatch(/^theirs +does not start/m)
    expect(named.stdout).not.toContain('claude')
    expect(await here.call('torn')).toMatchObject({ stderr: expect.stringContaining('E_REGISTRY_SYNTAX') })
    expect(await readFile(here.requests, 'utf8')).toBe('')
  })

  test('has the test below it, and a word that it does not know is told', async () => {
    const { stdout } = await quintet(['agents', '--help'])
    expect(stdout).toContain('quintet agents --fresh')
    expect(stdout).toMatch(/^ {2}agents test .*scripted model/m)
    const wrong = await quintet(['agents', 'tset'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('Did you mean agents test?')
  })
})

test('an agent that is not installed is told how, one that wants a login by what, one that never asks that it does', () => {
  const { gemini, copilot, pi } = PRESETS
  if (gemini === undefined || copilot === undefined || pi === undefined) throw new Error('no presets')
  const one = (name: string, differs: Partial<SurveyedAgent>): SurveyedAgent => ({
    name,
    from: 'preset',
    command: [name],
    file: `/bin/${name}`,
    preset: null,
    source: null,
    untried: null,
    found: null,
    error: null,
    ...differs,
  })
  const measured = {
    name: 'x',
    version: '1.0.102',
    resume: false,
    load: true,
    fork: false,
    tools: ['http' as const, 'sse' as const],
    session: null,
    login: { said: 'Authentication required', offers: [] },
  }
  const session = { modes: ['off'], mode: { wanted: null, actual: 'off' }, window: null }
  const bridge = { ...measured, version: '0.0.34', tools: [], session, login: null }
  const lines = agentLines(
    [
      one('gemini', { file: null, preset: gemini }),
      one('copilot', { preset: copilot, found: { at: '2026-01-01', measured } }),
      one('pi', { preset: pi, found: { at: '2026-01-01', measured: bridge } }),
    ],
    false,
  )
  expect(lines).toEqual([
    'AGENT    VERSION        TRIED WITH  GOES ON BY  FORKS  TOOLS      MODE           USAGE',
    'gemini   not installed  0.61.0      -           -      -          -              none',
    '  → run: npm install --global @google/gemini-cli@0.61.0',
    'copilot  1.0.102        1.0.102     load        no     http, sse  needs a login  estimate',
    '  It opens no session without a login: Authentication required',
    '  Log in to Copilot CLI.',
    '  → run: copilot login',
    'pi       0.0.34         0.0.34      load        no     none       -              provider',
    '  It writes without asking: only a box, the hooks of git and the gate hold it to its scope.',
  ])
})

test('an agent that is described is not told how another one is installed', () => {
  const { gemini = null } = PRESETS
  const view = agentView({
    name: 'gemini',
    from: 'configuration',
    command: ['/opt/mine/gemini'],
    file: null,
    preset: gemini,
    source: '.quintet/agents/gemini.json',
    untried: null,
    found: null,
    error: null,
  })
  expect(view.install).toBeNull()
  expect(view.notes).toEqual([
    '.quintet/agents/gemini.json describes it, instead of the agent of that name that Quintet knows; its program /opt/mine/gemini is not there.',
  ])
})
