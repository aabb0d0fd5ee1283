import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../../src/agents/driver.ts'
import { FACTS } from '../../../src/contract/facts.ts'
import { AttemptHealth } from '../../../src/engine/health/attempt-health.ts'
import { lostInProbes, probeAfterTurn, type PlayedTurn } from '../../../src/engine/health/auto-probe.ts'
import { tracePath } from '../../../src/engine/health/session-trace.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import type { TurnInput } from '../../../src/engine/session/turn/input.ts'
import { composePrompt } from '../../../src/engine/session/words/prompt.ts'
import { DEFAULT_GAUGE_LIMITS } from '../../../src/health/gauge.ts'
import { traceLine } from '../../../src/health/trace/format.ts'
import { preparedSession, type PreparedSession } from '../../support/prepared.ts'
import { piece } from '../../support/services.ts'

const AGENT = fileURLToPath(new URL('../../fixtures/agents/forker.mjs', import.meta.url))
const NEVER = new AbortController().signal
const RULE = 'Never call the payment service from a test.'
const STANDING = { cutOff: false, remembers: true, signal: NEVER }

interface Scene extends AsyncDisposable {
  readonly it: PreparedSession
  readonly input: TurnInput
  /** Plays the end of a turn; the probes that are in the log then. */
  probe(
    changed?: Partial<Omit<TurnInput, 'session'>>,
    played?: Partial<PlayedTurn>,
  ): Promise<readonly v.InferOutput<(typeof FACTS)['health.probed']>[]>
}

/** A session whose conversation has been compacted once, and whose copies know nothing. */
async function scene(way = 'answer'): Promise<Scene> {
  const it = await preparedSession({ 'src/a/one.txt': 'one\n' }, [
    piece('a', { brief: `Do the a part. ${RULE}` }),
  ])
  const { services, path, branch } = it
  const session = sessionSpec(services, { run: 'work-1', piece: 'a' })
  const trace = tracePath(services.state, session.name, 1)
  await mkdir(dirname(trace), { recursive: true })
  const header = { t: 'session', v: 1, id: 'x', source: 'quintet', agent: 'forker', cwd: path } as const
  await writeFile(trace, [header, { t: 'user', text: 'Do it.', meta: true } as const].map(traceLine).join(''))
  const conversation: Conversation = await services.driver.open({
    cwd: path,
    command: [process.execPath, AGENT, way],
    env: { QUINTET_SESSION: session.marker },
    box: false,
    log: `${path}/../agent.log`,
    signal: NEVER,
    onEvent: () => undefined,
    onQuestion: () => Promise.resolve({ kind: 'declined' }),
  })
  const boxed = { box: null, level: 'advisory', gaps: [], env: {} } as const
  const live = await services.conversations.open(
    session.label,
    { attempt: 1, fingerprint: null, boxed },
    () => Promise.resolve(conversation),
  )
  const health = new AttemptHealth({
    agent: 'forker',
    root: path,
    limits: DEFAULT_GAUGE_LIMITS,
    ledger: [],
    decisions: [],
  })
  health.note({ t: 'usage', ctx: 100_000, window: 200_000, source: 'provider' })
  health.note({ t: 'usage', ctx: 59_000, window: 200_000, source: 'provider' })
  const input: TurnInput = {
    session,
    workspace: {
      path,
      branch,
      base: await it.repository.git('rev-parse', 'main'),
      ports: { first: 0, count: 0 },
    },
    attempt: 1,
    turn: 1,
    reprompt: 0,
    prompt: { kind: 'news' },
  }
  const followed = { health, before: 0, probe: null }
  return {
    it,
    input,
    probe: async (changed = {}, played = {}) => {
      const turn = { live, followed, compactions: 0, advice: null, signal: NEVER, ...played }
      await probeAfterTurn(services, it.effect(session.stream), { ...input, ...changed }, turn)
      return [...services.store.events({ stream: session.stream, types: ['health.probed'] })].map(
        ({ data }) => v.parse(FACTS['health.probed'], data),
      )
    },
    [Symbol.asyncDispose]: async () => {
      await services.conversations.stop(session.label)
      await it[Symbol.asyncDispose]()
    },
  }
}

describe('probeAfterTurn', () => {
  it('probes once after a turn in which the context shrank by more than two fifths', async () => {
    await using at = await scene()
    const [found, ...more] = await at.probe()
    expect(more).toEqual([])
    expect(found).toMatchObject({
      attempt: 1,
      turn: 1,
      cause: 'compaction',
      probe: { act: 'constraint lost' },
    })
    expect(await at.probe()).toHaveLength(1)
  })

  it('probes after the first turn of an attempt that began with a handoff', async () => {
    await using at = await scene()
    const first = { attempt: 2, prompt: { kind: 'first', handoff: 'Begun anew.' } } as const
    expect(await at.probe(first, { compactions: 1 })).toMatchObject([{ attempt: 2, cause: 'reset' }])
  })

  it('asks nothing without a reason, nor of what is replaced, nor of an agent that cannot fork', async () => {
    await using at = await scene()
    expect(await at.probe({}, { compactions: 1 })).toEqual([])
    expect(await at.probe({ prompt: { kind: 'first', handoff: null } }, { compactions: 1 })).toEqual([])
    const advice = { kind: 'abandon', cut: false, auto: true, why: 'It comes no further.' } as const
    expect(await at.probe({}, { advice })).toEqual([])
    await using plain = await scene('plain')
    expect(await plain.probe()).toEqual([])
  })

  it('states a lost constraint again with the next prompt, word for word and once', async () => {
    await using at = await scene()
    const { services } = at.it
    const { stream } = at.input.session
    at.it.fact(stream, 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
    await at.probe()
    at.it.fact(stream, 'turn.started', { attempt: 1, turn: 2, prompt: 'news' })
    const text = await composePrompt(services, { ...at.input, turn: 2 }, STANDING)
    expect(text).toContain(`A copy of this conversation did not know the following, which is still true.\n`)
    expect(text).toContain(`- ${RULE}`)
    at.it.fact(stream, 'turn.started', { attempt: 1, turn: 3, prompt: 'news' })
    expect(await composePrompt(services, { ...at.input, turn: 4 }, STANDING)).not.toContain(RULE)
  })

  it('leaves what the operator has asked to the operator', async () => {
    await using at = await scene()
    const { stream } = at.input.session
    const [found] = await at.probe()
    const { cause: _cause, ...asked } = found ?? {}
    const last = [...at.it.services.store.events({ stream })].at(-1)?.seq ?? 0
    at.it.fact(stream, 'health.probed', asked)
    expect(lostInProbes(at.it.services.store, stream, 0)).toContain(RULE)
    expect(lostInProbes(at.it.services.store, stream, last)).toEqual([])
  })
})
