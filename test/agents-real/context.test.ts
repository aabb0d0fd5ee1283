// What a real agent knows and has in its shell, with a scripted model behind it: the rules of its session are in what the
// model is told after a compaction, and its commands see the ports of the session.
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentsCache, missingOf } from '../../scripts/agents/pins.ts'
import { offlineModel } from '../../src/agents/conformance/offline.ts'
import type { ModelScript, ScriptedTurn } from '../../src/agents/conformance/model/script.ts'
import { agentCommand } from '../../src/agents/presets.ts'
import { Stage } from '../../src/cli/conformance/stage.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'quintet.js')
const program = [process.execPath, ENTRY]
const PORT: ScriptedTurn = {
  text: 'Looking at the port.',
  calls: [{ kind: 'run', command: `printf 'port=%s\\n' "$PORT" > src/auth/a.txt && git commit -qam port` }],
}
const DONE: ScriptedTurn = { text: 'Done.' }
const TOO_LONG = 'prompt is too long: 210000 tokens > 200000 maximum'
/** In the rules of the session, and in no prompt. */
const RULES = 'Context of piece auth'

/** Leads to the compaction that the agent makes by itself, or after a refusal of its provider. */
function compacting(agent: string): ModelScript {
  const at = offlineModel(agent).compactsAt
  const read: ScriptedTurn = { text: 'Reading.', calls: [{ kind: 'read', path: 'src/auth/a.txt' }] }
  const full: readonly ScriptedTurn[] =
    at === null
      ? [{ ...read, fill: 0.6 }, { fault: { kind: 'status', status: 400, message: TOO_LONG } }]
      : [{ ...read, fill: Math.min(0.98, at + 0.04) }]
  return {
    name: 'rules',
    turns: [{ ...read, fill: 0.3 }, ...full, { ...PORT, fill: 0.1 }, { ...DONE, fill: 0.1 }],
  }
}

const cache = agentsCache()
const path = process.env['PATH']
beforeAll(() => {
  process.env['PATH'] = [join(cache, 'node_modules', '.bin'), path].join(delimiter)
})
afterAll(() => {
  process.env['PATH'] = path
})

describe.each(['claude', 'codex'])('%s', (name) => {
  const missing = missingOf(name, cache)
  if (missing.length > 0)
    console.warn(`SKIPPED: ${name}, ${missing.join(', ')} not in ${cache}. Run: npm run agents:install`)

  test.skipIf(missing.length > 0)(
    'its rules outlive a compaction, and its shell has its port',
    async ({ signal }) => {
      const agent = agentCommand({ id: 'case', agent: name }, { agents: {} }, { root: cache })
      const setting = {
        title: 'Compacts and looks at its port',
        script: compacting,
        plan: { health: { limit_percent: 99 } },
      }
      await using stage = await Stage.set(agent, setting, { program, signal })
      await stage.play()
      const { seen } = stage.model
      const summary = seen.findIndex(({ kind }) => kind === 'summary')
      expect(summary).toBeGreaterThan(0)
      const after = seen.slice(summary + 1).find(({ kind }) => kind === 'turn')
      expect(after?.told).toContain(RULES)
      expect(await stage.facts('attempt.started')).toMatchObject([{ rules: 'system prompt' }])
      const [ready] = await stage.facts('workspace.ready')
      expect(await stage.landed('src/auth/a.txt')).toBe(`port=${ready?.ports.first}\n`)
    },
  )
})
