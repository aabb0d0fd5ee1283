// The real headless programs with a scripted model behind them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { agentsCache, missingOf } from '../../scripts/agents/pins.ts'
import { HEADLESS_AGENTS, runOnce } from '../../src/agents/headless/driver.ts'
import { offlineModel, offlineSetup } from '../../src/agents/conformance/offline.ts'
import { agentCommand } from '../../src/agents/presets.ts'
import { Stage } from '../../src/cli/conformance/stage.ts'
import { startScriptedModel } from '../../src/agents/conformance/model/server.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'quintet.js')
const cache = agentsCache()

describe.each(HEADLESS_AGENTS)('%s', (agent) => {
  const missing = missingOf(agent, cache)
  if (missing.length > 0)
    console.warn(`SKIPPED: ${agent}, ${missing.join(', ')} not in ${cache}. Run: npm run agents:install`)

  test.skipIf(missing.length > 0)('answers one prompt, and tells what it has used', async ({ signal }) => {
    // A request without tools is no turn of a script.
    const aside = /What is the answer/
    await using model = await startScriptedModel([], { ...offlineModel(agent), aside })
    const folder = await mkdtemp(join(tmpdir(), 'quintet-once-'))
    try {
      const setup = offlineSetup(agent, model.url)
      for (const [path, text] of Object.entries(setup?.files ?? {})) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      const PATH = [join(cache, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
      const env = { ...setup?.env, HOME: folder, PATH }
      const prompt = 'What is the answer?'
      const once = await runOnce({ agent, cwd: folder, prompt, env, box: false, signal })
      expect(once).toMatchObject({ outcome: 'answered', why: null, text: 'ok' })
      expect(once.usage?.tokens).toBeGreaterThan(0)
      expect(once.conversation).not.toBeNull()
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  })
})

const missing = missingOf('claude', cache)

test.skipIf(missing.length > 0)(
  'claude: a conversation that has ended is probed by a copy of it',
  async ({ signal }) => {
    const PATH = [join(cache, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
    vi.stubEnv('PATH', PATH)
    onTestFinished(() => void vi.unstubAllEnvs())
    const agent = agentCommand({ id: 'case', agent: 'claude' }, { agents: {} }, { root: cache })
    const edit = { kind: 'write', path: 'src/auth/a.txt', content: 'more\n' } as const
    // It never commits, and may have one turn.
    const script = { name: 'ended', turns: [{ text: 'Writing.', calls: [edit] }, { text: 'Done.' }] }
    const setting = { title: 'Ends and is probed', script, piece: { budget: { turns: 1 } } }
    await using stage = await Stage.set(agent, setting, { program: [process.execPath, ENTRY], signal })
    await stage.play()
    await stage.quintet('stop', '--force')
    const asked = stage.model.seen.length
    const probed = await stage.quintet('diagnose', 'auth', '--probe', '--json')
    expect(JSON.parse(probed.stdout.toString('utf8'))).toMatchObject({
      ok: true,
      data: { probe: { via: 'claude -p', reply: 'ok' } },
    })
    // The copy remembers the conversation.
    const copied = stage.model.seen.slice(asked).find(({ kind }) => kind === 'aside')
    expect(copied?.told).toContain('Ends and is probed')
    const counted = await stage.facts('spend.counted')
    const copies = counted.filter(({ by }) => by === 'claude -p')
    expect(copies).toHaveLength(1)
    expect(copies[0]?.tokens).toBeGreaterThan(0)
    // One call of the model after several: what the conversation had cost is not counted again.
    const before = counted.reduce((sum, { cost, by }) => (by === undefined ? sum + (cost ?? 0) : sum), 0)
    expect(before).toBeGreaterThan(0)
    expect(copies[0]?.cost).toBeGreaterThan(0)
    expect(copies[0]?.cost).toBeLessThan(before)
  },
)
