// Whatever is asked for, granted, handed over or given up, in whatever order and however much of it at once: no path ever
// has two sessions at work that may write it, and none is taken from one at work but by the operator's word.
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { RequestPolicy } from '../../src/contract/scope.ts'
import { openEngine } from '../../src/engine/embedded/engine.ts'
import { runWorkflowId, sessionWorkflowId, type SessionName } from '../../src/engine/names.ts'
import { toJson } from '../../src/engine/record.ts'
import { RunInput } from '../../src/engine/run/input.ts'
import { isAtWork } from '../../src/engine/scope/elsewhere.ts'
import { fileRequest } from '../../src/engine/scope/file.ts'
import { handScope } from '../../src/engine/scope/hand.ts'
import { requestsOf } from '../../src/engine/scope/log.ts'
import { mapInForce } from '../../src/engine/scope/map.ts'
import { grantScope, refuseScope } from '../../src/engine/scope/move.ts'
import type { Services } from '../../src/engine/services.ts'
import { QuintetError } from '../../src/contract/errors.ts'
import type { OwnershipMap } from '../../src/scope/ownership.ts'
import { openStore } from '../../src/store/store.ts'
import { seeded, type Random } from '../scope/random.ts'
import { stage } from '../support/services.ts'

const SEQUENCES = 300
const STEPS = 15

/** What each of two runs owns by its plan; all else is free, or shared. */
const PLANS = [
  {
    run: 'one-1',
    pieces: { a: ['/src/a/', '*.gen.ts'], b: ['/src/b/', '/tools/'], c: ['/src/'] },
    without: { a: ['/lib/', '/web/', '/tools/', '/src/b/'], b: [], c: ['/src/a/', '/src/b/', '*.gen.ts'] },
  },
  {
    run: 'two-1',
    pieces: { d: ['/lib/'], e: ['/web/', '!/web/old/'] },
    without: { d: ['/lib/old/'], e: [] },
  },
] as const
const SHARED = [
  { path: 'package.json', policy: 'operator' as const },
  { path: 'tools/table.ts', policy: 'owner' as const, owner: 'a' },
]

/** What is asked for. */
const ASKED = [
  'src/', 'src/a/', 'src/a/x.ts', 'src/a/deep/', 'src/a/deep/y.ts', 'src/b/x.ts', 'src/b/', 'src/main.ts', 'SRC/a/x.ts', 'src/A/x.ts',
  'docs/', 'docs/one.md', 'docs/deep/', 'docs/deep/two.md', 'Docs/one.md', 'readme.md', 'README.md', 'package.json', 'tools/', 'tools/table.ts',
  'lib/', 'lib/x.ts', 'lib/old/', 'lib/old/y.ts', 'web/old/z.ts', 'web/index.ts', 'lib/q.gen.ts', '.git/config', '*.md', '.gitattributes', '../x',
] // prettier-ignore

/** Paths that are looked at: those, and some below them and beside them. */
const LOOKED_AT = [...new Set([...ASKED, ...ASKED.map((path) => `${path.replace(/\/$/, '')}/new.ts`), 'src/z.gen.ts', 'docs/a/b/c.md'])]
  .filter((path) => !path.endsWith('/') && !path.includes('*')) // prettier-ignore

const REASON = { reason: 'It is needed.' }

const labelOf = ({ run, piece }: SessionName): string => `${run}/${piece}`

class World implements AsyncDisposable {
  readonly services: Services
  readonly names: readonly SessionName[]
  readonly #random: Random
  readonly #close: () => Promise<void>
  /** Facts that the world itself wrote. */
  #ended = 0

  constructor(services: Omit<Services, 'store' | 'engine'>, path: string, random: Random) {
    const store = openStore(path)
    const engine = openEngine({ store, workflows: {} })
    this.services = { ...services, config: services.config, store, engine: () => engine }
    this.#random = random
    this.#close = async () => {
      await engine[Symbol.asyncDispose]()
      store[Symbol.dispose]()
    }
    const scope_requests: RequestPolicy = random.pick(['auto-free', 'auto-free', 'hand', 'ask'])
    const ignoreCase = random.below(3) === 0
    for (const input of PLANS.map((plan) => runInput(plan, { scope_requests, ignoreCase }))) {
      store.claims.create({ id: runWorkflowId(input.run), workflow: 'run', input: toJson(input) })
    }
    this.names = PLANS.flatMap(({ run, pieces }) => Object.keys(pieces).map((piece) => ({ run, piece })))
  }

  /** One to three deeds at once. Refusals are expected; anything else that is thrown is not. */
  async step(): Promise<void> {
    const deeds = Array.from({ length: 1 + this.#random.below(3) }, () => this.#deed())
    await Promise.all(
      deeds.map(async (deed) => {
        try {
          await deed()
        } catch (error) {
          if (!(error instanceof QuintetError) || error.kind === 'internal') throw error
        }
      }),
    )
  }

  #deed(): () => unknown {
    const random = this.#random
    const name = random.pick(this.names)
    const paths = Array.from({ length: random.below(3) }, () => random.pick(ASKED))
    const { services } = this
    switch (random.pick(['ask', 'ask', 'ask', 'ask', 'grant', 'grant', 'grant', 'hand', 'refuse', 'end'])) {
      case 'ask': {
        const via = random.pick(['mcp', 'status', 'permission'] as const)
        return () => fileRequest(services, name, { paths: [...paths, random.pick(ASKED)], via, ...REASON })
      }
      case 'grant':
        return () => grantScope(services, name, { paths, ...REASON })
      case 'hand':
        return () => handScope(services, name, { paths, ...REASON })
      case 'refuse':
        return () => refuseScope(services, name, { paths, ...REASON })
      default:
        return () => this.#end(name)
    }
  }

  /** Two sessions stay at work, or nothing would happen any more. */
  #end(name: SessionName): void {
    const live = this.names.filter((one) => isAtWork(this.services, one))
    if (live.length <= 2 || !isAtWork(this.services, name)) return
    const [type, data] =
      this.#random.below(2) === 0
        ? (['session.landed', { commit: 'abc' }] as const)
        : (['session.abandoned', { reason: 'x' }] as const)
    this.services.store.append({
      stream: sessionWorkflowId(name),
      key: `${type}:${(this.#ended += 1)}`,
      type,
      data,
    })
  }

  /** Every looked-at path with the sessions at work that may write it. */
  writers(): ReadonlyMap<string, readonly string[]> {
    const { store, config } = this.services
    const maps = new Map<string, OwnershipMap>(
      PLANS.map(({ run }) => {
        const input = v.parse(RunInput, store.claims.claim(runWorkflowId(run))?.input)
        return [run, mapInForce(store, input, config.coordination_folder)]
      }),
    )
    const live = this.names.filter((name) => isAtWork(this.services, name))
    const mayWrite = (path: string): string[] =>
      live.filter(({ run, piece }) => maps.get(run)?.owns(piece, path) === true).map(labelOf)
    return new Map(LOOKED_AT.map((path) => [path, mayWrite(path)]))
  }

  live(): ReadonlySet<string> {
    return new Set(this.names.filter((name) => isAtWork(this.services, name)).map(labelOf))
  }

  /** What the operator has granted so far: the request, and the session that has the paths. */
  granted(): ReadonlyMap<string, string> {
    const all = PLANS.flatMap(({ run }) =>
      requestsOf(this.services.store, run).flatMap(({ n, piece, state, settled }): [string, string][] =>
        state === 'granted' && settled?.by === 'operator' ? [[`${run} ${n}`, `${run}/${piece}`]] : [],
      ),
    )
    return new Map(all)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

function runInput(
  { run, pieces, without }: (typeof PLANS)[number],
  { scope_requests, ignoreCase }: { readonly scope_requests: RequestPolicy; readonly ignoreCase: boolean },
): RunInput {
  const excluded: Readonly<Record<string, readonly string[]>> = without
  return v.parse(RunInput, {
    version: 1,
    run,
    name: run,
    plan: {
      goal: 'x',
      scope_requests,
      shared: run === 'one-1' ? SHARED : [],
      pieces: Object.entries(pieces).map(([id, include]) => {
        const scope = { include: [...include], exclude: [...(excluded[id] ?? [])] }
        return { id, title: id, brief: id, scope }
      }),
    },
    order: Object.keys(pieces),
    base: { ref: 'main', commit: '0'.repeat(40) },
    target: 'main',
    coordination: { on: false, why: '' },
    rehearsal: false,
    ignoreCase,
  })
}

test('at no time do two sessions at work own one path', async () => {
  await using base = await stage({ 'readme.md': '' })
  const seen = { moved: 0, taken: 0 }
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    await using world = new World(base.services, join(base.services.state, `${seed}.db`), seeded(seed))
    let before = world.writers()
    let granted = world.granted()
    for (let step = 1; step <= STEPS; step++) {
      await world.step()
      const [now, given] = [world.writers(), world.granted()]
      const favoured = new Set([...given].flatMap(([request, to]) => (granted.has(request) ? [] : [to])))
      const live = world.live()
      for (const [path, [owner = 'nobody', ...more]] of now) {
        const old = before.get(path)?.[0]
        const where = `seed ${seed}, step ${step}: ${path}`
        if (more.length > 0) throw new Error(`${where} is of ${[owner, ...more].join(' and ')}.`)
        if (old !== undefined && owner !== old && live.has(old)) {
          seen.taken += 1
          // Whoever was granted it may have ended at the same step.
          const passed = [...favoured].some((to) => !live.has(to))
          if (!favoured.has(owner) && !passed)
            throw new Error(`${where} went from ${old} to ${owner} unasked.`)
        } else if (owner !== (old ?? 'nobody')) seen.moved += 1
      }
      before = now
      granted = given
    }
  }
  // It has looked at what it means to look at.
  expect(seen.moved).toBeGreaterThan(1_000)
  expect(seen.taken).toBeGreaterThan(100)
})
