import { describe, expect, test } from 'vitest'
import { agentGuards } from '../../../src/agents/guards/guards.ts'
import { claudeSettings } from '../../../src/agents/guards/claude.ts'
import { openCodeConfig } from '../../../src/agents/guards/opencode.ts'
import { PRESETS } from '../../../src/agents/presets.ts'
import type { GuardRecord } from '../../../src/contract/guard.ts'
import { guardRecord } from './record.ts'

const FILE = "/repo/.git/quintet/guards/r-1/it's.json"

function deny(record: GuardRecord): unknown {
  const { permissions } = claudeSettings(record, FILE)
  return permissions
}

describe('Claude', () => {
  test('is denied what certainly belongs to others', () => {
    const record = guardRecord({
      pieces: [
        { id: 'auth', title: 'Login', scope: { include: ['src/auth/', 'src/shared/'], exclude: [] } },
        {
          id: 'api',
          title: 'API',
          scope: { include: ['/src/api/', 'docs/x.md', 'LICENSE', '*.css'], exclude: [] },
        },
        { id: 'app', title: 'App', scope: { include: ['app/(group)/', 'lib/*/x'], exclude: [] } },
      ],
    })
    expect(deny(record)).toEqual({
      deny: ['Edit(src/api/**)', 'Edit(docs/x.md)', 'Edit(LICENSE/**)', 'Edit(*.css)'],
    })
  })

  test.each([[['**']], [['/**']], [['*']], [['/*']], [['src/*']]])(
    'is never denied everything, whatever the others own (%j)',
    (include) => {
      const pieces = [
        { id: 'auth', title: 'Login', scope: { include: ['src/auth/'], exclude: [] } },
        { id: 'rest', title: 'Rest', scope: { include, exclude: ['src/auth/'] } },
      ]
      expect(deny(guardRecord({ pieces }))).toEqual({ deny: [] })
    },
  )

  test('is not denied what was granted to its session', () => {
    const grants = [{ paths: ['src/api/b.ts'], to: 'auth' }]
    expect(deny(guardRecord({ grants }))).toEqual({ deny: [] })
  })

  test('calls a hook that is taken for a refusal when it cannot be started', () => {
    const { hooks } = claudeSettings(guardRecord({ program: ['/opt/a node', '/q/main.js'] }), FILE)
    expect(hooks).toEqual({
      PreToolUse: [
        {
          matcher: 'Write|Edit|MultiEdit|NotebookEdit|Bash',
          hooks: [
            {
              type: 'command',
              command: String.raw`'/opt/a node' /q/main.js tool '/repo/.git/quintet/guards/r-1/it'\''s.json' || exit 2`,
              timeout: 60,
            },
          ],
        },
      ],
      SessionStart: [
        {
          matcher: 'compact',
          hooks: [
            {
              type: 'command',
              command: String.raw`'/opt/a node' /q/main.js rules '/repo/.git/quintet/guards/r-1/it'\''s.json'`,
              timeout: 60,
            },
          ],
        },
      ],
    })
  })
})

describe('OpenCode', () => {
  const given = PRESETS['opencode']?.env?.['OPENCODE_CONFIG_CONTENT']

  test('denies foreign folders and asks for the rest; agents that it starts could not ask, so there are none', () => {
    expect(JSON.parse(openCodeConfig(guardRecord(), { given, boxed: false }))).toEqual({
      permission: { edit: { '*': 'ask', 'src/api/*': 'deny' }, bash: 'ask', task: 'deny' },
      agent: {},
    })
  })

  test('in a box the two agents of its own may be started, and ask for nothing', () => {
    const unasked = { bash: 'allow', external_directory: 'allow', doom_loop: 'deny' }
    expect(JSON.parse(openCodeConfig(guardRecord(), { given, boxed: true }))).toEqual({
      permission: {
        edit: { '*': 'ask', 'src/api/*': 'deny' },
        bash: 'ask',
        task: { '*': 'deny', general: 'allow', explore: 'allow' },
      },
      agent: {
        general: { permission: { ...unasked, edit: { '*': 'allow', 'src/api/*': 'deny' } } },
        explore: { permission: unasked },
      },
    })
  })

  test('keeps what it was given', () => {
    const own = {
      model: 'm',
      permission: { edit: { '*': 'allow', 'x/*': 'ask' }, webfetch: 'deny', task: 'allow' },
      agent: { explore: { disable: true } },
    }
    expect(
      JSON.parse(openCodeConfig(guardRecord(), { given: JSON.stringify(own), boxed: true })),
    ).toMatchObject({
      model: 'm',
      permission: {
        edit: { '*': 'allow', 'x/*': 'ask', 'src/api/*': 'deny' },
        webfetch: 'deny',
        task: 'allow',
      },
      agent: { explore: { disable: true } },
    })
    expect(openCodeConfig(guardRecord(), { given: '{ // comment', boxed: true })).toBe('{ // comment')
  })
})

describe('Codex', () => {
  const codex = (boxed: boolean, env: Record<string, string> = {}): unknown => {
    const record = guardRecord()
    const guards = agentGuards({ command: ['codex-acp'], env, record, file: '/r.json', boxed })
    return guards.env['CODEX_CONFIG'] === undefined ? null : JSON.parse(guards.env['CODEX_CONFIG'])
  }
  const hook = {
    matcher: 'apply_patch|Bash',
    hooks: [
      { type: 'command', command: '/usr/bin/node /quintet/main.js tool /r.json || exit 2', timeout: 60 },
    ],
  }

  test('gets the hook in a box, where hooks that nobody reviewed can do no more than the agent', () => {
    expect(codex(true)).toEqual({ hooks: { PreToolUse: [hook] }, bypass_hook_trust: true })
    expect(codex(false)).toBeNull()
  })

  test('keeps what it was given', () => {
    const given = { model: 'm', hooks: { Stop: [], PreToolUse: [{ matcher: 'x' }] } }
    expect(codex(true, { CODEX_CONFIG: JSON.stringify(given) })).toEqual({
      model: 'm',
      hooks: { Stop: [], PreToolUse: [{ matcher: 'x' }, hook] },
      bypass_hook_trust: true,
    })
  })
})

describe('which agent it is', () => {
  const meta = (...command: string[]): boolean =>
    agentGuards({ command, env: {}, record: guardRecord(), file: FILE, boxed: false }).meta !== undefined

  test('shows in the program that is started', () => {
    expect(meta('claude-agent-acp')).toBe(true)
    expect(meta('/usr/lib/bin/claude-agent-acp')).toBe(true)
    expect(meta('npx', '-y', '@agentclientprotocol/claude-agent-acp@0.101.0')).toBe(true)
    expect(meta('node', 'x/claude-agent-acp.js')).toBe(true)
    expect(meta('codex-acp')).toBe(false)
    expect(meta('my-claude-agent-acp-wrapper')).toBe(false)
    expect(
      Object.keys(
        agentGuards({
          command: ['opencode', 'acp'],
          env: {},
          record: guardRecord(),
          file: FILE,
          boxed: false,
        }).env,
      ),
    ).toEqual(['OPENCODE_CONFIG_CONTENT'])
  })

  test('every preset can be started with its guards', () => {
    for (const { command, env = {} } of Object.values(PRESETS)) {
      expect(() =>
        agentGuards({ command, env, record: guardRecord(), file: FILE, boxed: true }),
      ).not.toThrow()
    }
  })
})
