import { describe, expect, test } from 'vitest'
import { NO_HOME } from '../../src/agents/home.ts'
import * as v from 'valibot'
import { compareVersions } from '../../src/agents/measured/judge.ts'
import { RegistryAgent } from '../../src/contract/registry.ts'
import { agentCommand, PRESETS } from '../../src/agents/presets.ts'
import { scriptedProgram } from '../../src/agents/scripted/location.ts'

const context = { root: '/r', scripted: ['node', 'main.js'] }
const config = {
  agents: { mine: { command: ['my-agent', '--acp'], env: { KEY: '1' }, mode: 'careful' } },
}

describe('the command of a piece', () => {
  test('is the configured one', () => {
    expect(agentCommand({ id: 'a', agent: 'mine' }, config, context)).toEqual({
      name: 'mine',
      command: ['my-agent', '--acp'],
      env: { KEY: '1' },
      mode: 'careful',
      writes: [],
      home: NO_HOME,
      network: 'shared',
    })
  })

  test('is the one of the default agent where the piece names none', () => {
    expect(agentCommand({ id: 'a' }, { ...config, agent: 'mine' }, context).name).toBe('mine')
  })

  test('is a preset where nothing is configured, in the mode in which it asks', () => {
    expect(agentCommand({ id: 'a', agent: 'codex' }, config, context)).toMatchObject({
      name: 'codex',
      command: ['codex-acp'],
      env: {},
      mode: 'read-only',
      writes: [],
      home: { own: ['.codex/'], settings: expect.arrayContaining(['.codex/config.toml']) },
    })
    expect(Object.keys(PRESETS)).toEqual(['claude', 'codex', 'gemini', 'opencode', 'copilot', 'pi'])
  })

  test('may replace a preset by configuration', () => {
    const agents = { claude: { command: ['other'], env: {} } }
    const found = agentCommand({ id: 'a', agent: 'claude' }, { agents }, context)
    expect(found.command).toEqual(['other'])
    expect(found.writes).toEqual([])
    expect(found.home.own).toContain('.claude/')
    expect(found.home.settings).toContain('.claude/settings.json')
  })

  test('says what the agent shares with the home folder', () => {
    const agents = { mine: { command: ['my-agent'], env: {}, writes: ['.mine/'], network: 'none' as const } }
    expect(agentCommand({ id: 'a', agent: 'mine' }, { agents }, context)).toMatchObject({
      writes: ['.mine/'],
      network: 'none',
    })
  })

  test('has the settings and logins of every preset in its own folders, each named once', () => {
    for (const { home } of Object.values(PRESETS)) {
      const brought = [...home.settings, ...home.logins, ...home.copies].filter((path) => path.includes('/'))
      for (const path of brought) expect(home.own.some((folder) => path.startsWith(folder))).toBe(true)
      expect(new Set(brought).size).toBe(brought.length)
    }
  })

  test.each(Object.entries(PRESETS))(
    'of %s is described as the public registry describes agents',
    (id, preset) => {
      const { mode, ...entry } = preset
      expect(v.parse(RegistryAgent, entry)).toMatchObject({ id, version: preset.version })
      const { npx } = preset.distribution
      expect(npx?.package.endsWith(`@${preset.version}`)).toBe(true)
      expect(preset.install).toContain(npx?.package)
      expect(compareVersions(preset.version, preset.tested)).toBe('inside')
      expect(preset.command.slice(1)).toEqual(npx?.args ?? [])
      expect(mode === undefined || preset.permissions.style !== 'unasked').toBe(true)
    },
  )

  test.each([
    ['plans/a.json', '/r/plans/a.json'],
    ['/elsewhere/a.json', '/elsewhere/a.json'],
  ])('plays the script %s', (script, path) => {
    const { name, command } = agentCommand({ id: 'a', script }, { ...config, agent: 'mine' }, context)
    expect(name).toBe('scripted')
    expect(command).toEqual(['node', 'main.js', '--script', path])
  })

  test('starts the scripted agent with this very Node', () => {
    expect(scriptedProgram()).toEqual([
      process.execPath,
      expect.stringMatching(/agents\/scripted\/main\.ts$/),
    ])
  })

  test('prefers a named agent to the script', () => {
    expect(agentCommand({ id: 'a', agent: 'mine', script: 's.json' }, config, context).name).toBe('mine')
  })
})

describe('no command', () => {
  test.each([
    [{ id: 'a' }, 'E_AGENT_UNSET', 'for the piece a'],
    [{ id: 'a', agent: 'scripted' }, 'E_SCRIPT_MISSING', 'names no script'],
    [{ id: 'a', agent: 'calude' }, 'E_AGENT_UNKNOWN', 'did the plan mean claude?'],
    [{ id: 'a', agent: 'Mien' }, 'E_AGENT_UNKNOWN', 'did the plan mean mine?'],
    [{ id: 'a', agent: 'emacs' }, 'E_AGENT_UNKNOWN', 'There is no agent named emacs.'],
    [{ id: 'a', agent: 'toString' }, 'E_AGENT_UNKNOWN', 'toString'],
  ])('for %j: %s', (piece, code, words) => {
    expect(() => agentCommand(piece, config, context)).toThrow(
      expect.objectContaining({ code, kind: 'config', message: expect.stringContaining(words) }),
    )
  })
})
