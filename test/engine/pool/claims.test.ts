// A session that begins while a workspace is being made for it: it waits for that, or makes its own at once.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Source } from '../../../src/engine/pool/actions.ts'
import { claimFor } from '../../../src/engine/pool/claims.ts'
import { Jobs, type JobEnd } from '../../../src/engine/pool/jobs.ts'
import { setupHash } from '../../../src/workspace/pool/inputs.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { preparedSession, type PreparedSession } from '../../support/prepared.ts'

const never = new AbortController().signal
let it: PreparedSession
let jobs: Jobs
let hold: string
let setup: readonly string[]
const ended: JobEnd['kind'][] = []

beforeEach(async () => {
  it = await preparedSession({})
  it.configure({ worktrees: '{repo}/.trees/{run}/{piece}' })
  await mkdir(it.services.state, { recursive: true })
  hold = join(it.repository.path, '.git', 'hold')
  await writeFile(hold, '')
  setup = ['sh', '-c', `while [ -e '${hold}' ]; do sleep 0.05; done`]
  jobs = new Jobs(it.services)
  ended.length = 0
})
afterEach(async () => {
  await jobs.abort()
  await it[Symbol.asyncDispose]()
})

/** A fill that goes on until the file is gone. */
async function begin(): Promise<Source> {
  const base = await it.repository.git('rev-parse', 'main')
  const source = { base, setupHash: setupHash(setup) }
  jobs.begin({ ...source, setup, slot: null }, (end) => Promise.resolve(void ended.push(end.kind)))
  await expect
    .poll(() => jobs.list.map(({ doing }) => doing))
    .toEqual([expect.stringContaining('running sh')])
  return source
}

const session = (source: Source, more: Partial<WorkspaceSpec> = {}): WorkspaceSpec => ({
  ...it.workspace,
  piece: 'b',
  branch: 'quintet/work-1/b/work',
  path: join(it.repository.path, '..', 'b'),
  marker: `${it.workspace.marker}-b`,
  base: source.base,
  setup,
  ...more,
})

test('it waits where that is the shorter way, and is given what was made', async () => {
  const source = await begin()
  const dropped: Source[] = []
  const onProgress = (step: string): void => {
    if (step.startsWith('waiting for a workspace')) void rm(hold)
  }
  const drop = (one: Source): Promise<void> => Promise.resolve(void dropped.push(one))
  const claiming = { jobs, on: true, patience: () => 60_000, drop }
  const path = await claimFor(claiming, session(source, { onProgress }), never)
  expect(path).toMatch(/slot-[0-9a-f]{8}$/)
  expect([ended, dropped]).toEqual([['ready'], []])
})

test('it does not wait where it is not, and what nobody wants any more is ended', async () => {
  const source = await begin()
  const drop = (one: Source): Promise<void> => {
    expect(one).toEqual(source)
    jobs.drop(jobs.list)
    return Promise.resolve()
  }
  expect(await claimFor({ jobs, on: true, patience: () => 0, drop }, session(source), never)).toBeNull()
  await expect.poll(() => ended).toEqual(['aborted'])
})

test('one that is made with another set-up is not waited for', async () => {
  const source = await begin()
  const waits: string[] = []
  const claiming = { jobs, on: true, patience: () => 60_000, drop: () => Promise.resolve() }
  const spec = session(source, { setup: ['true'], onProgress: (step) => void waits.push(step) })
  expect(await claimFor(claiming, spec, never)).toBeNull()
  expect(waits).toEqual([])
})
