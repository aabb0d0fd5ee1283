// The demo's plan with real Claude Code and real Codex sessions side by side, through the built command line; their model is
// scripted. Skipped, and said so, where the agents are not installed.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'

const CACHE = process.env['QUINTET_AGENTS_CACHE'] ?? join(homedir(), '.cache', 'quintet-agents')
const PIECES = ['auth', 'data', 'api', 'tests', 'docs']
const AGENTS = { claude: 'claude-agent-acp', codex: 'codex-acp' }
const missing = Object.entries(AGENTS)
  .filter(([, program]) => !existsSync(join(CACHE, 'node_modules', '.bin', program)))
  .map(([name]) => name)
if (missing.length > 0)
  process.stderr.write(
    `SKIPPED, the demo with real agents: ${missing.join(', ')} not found in ${CACHE}; run: npm run agents:install\n`,
  )

test.skipIf(missing.length > 0)(
  'demo --agents: Claude Code and Codex side by side land all five pieces, a decision is asked for and given, and nothing is left',
  async () => {
    await using machine = await Machine.make()
    const home = machine.home(machine.path)
    const args = ['demo', '--agents', 'claude,codex', '--dir', 'here', '--json']
    const demo = await home.call(args, { env: { QUINTET_AGENTS_CACHE: CACHE } }).ended
    expect(demo.stderr).toContain('claude and codex play the pieces by turns')
    expect(demo.stderr).toContain('decide "')
    expect(answerOf(demo)).toEqual({
      schema: 1,
      ok: true,
      data: { verdict: 'landed', landed: PIECES, abandoned: [], leftovers: [] },
    })

    const facts = factsIn(demo.stdout)
    const started = factsOf(facts, 'attempt.started').map(({ stream, data }) => [stream, data.agent])
    expect(Object.fromEntries(started)).toEqual({
      'demo-1/session/auth': '@agentclientprotocol/claude-agent-acp',
      'demo-1/session/data': '@agentclientprotocol/codex-acp',
      'demo-1/session/api': '@agentclientprotocol/claude-agent-acp',
      'demo-1/session/tests': '@agentclientprotocol/codex-acp',
      'demo-1/session/docs': '@agentclientprotocol/claude-agent-acp',
    })
    expect(factsOf(facts, 'decision.made')).toHaveLength(1)
    expect(factsOf(facts, 'question.answered').map(({ stream }) => stream)).toEqual(['demo-1/session/auth'])
    const checks = factsOf(facts, 'integration.checked')
    expect(checks.length).toBeGreaterThan(0)
    expect(checks.every(({ data }) => data.green)).toBe(true)

    const service = machine.home(join(machine.path, 'here', 'accounts'))
    expect(await service.git('show', 'main:src/auth/config.ts')).toContain('loginSessionDays = 7')
    expect(await service.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
    expect(await service.git('status', '--porcelain')).toBe('')
    expect(await machine.processes()).toEqual([])
  },
)

test('demo --agents: an agent that is not installed is named, with the command that installs it', async () => {
  await using machine = await Machine.make()
  const env = { QUINTET_AGENTS_CACHE: join(machine.path, 'none'), PATH: '/usr/bin:/bin' }
  const demo = await machine.home(machine.path).call(['demo', '--agents', 'claude,codex'], { env }).ended
  expect([demo.code, demo.stdout]).toEqual([1, ''])
  expect(demo.stderr).toContain('Not installed: claude, codex. (E_AGENT_MISSING)')
  expect(demo.stderr).toContain('→ run: npm run agents:install')
})
