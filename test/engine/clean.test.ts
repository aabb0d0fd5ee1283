import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { cleanUp } from '../../src/engine/clean.ts'
import { prepareIntegrationWorktree } from '../../src/integration/worktree.ts'
import { lockWorktreeAt } from '../support/repository.ts'
import { piece, stage } from '../support/services.ts'

const clean = (it: Awaited<ReturnType<typeof stage>>) =>
  cleanUp(it.services, {}, new AbortController().signal)

async function endedRun() {
  const it = await stage({ 'a.txt': 'one\n' })
  await it.run({ pieces: [piece('a')] })
  it.services.store.append({ stream: 'work-1/run', key: 'run.ended:work-1', type: 'run.ended', data: {} })
  return it
}

test('a session of which only its branch is left is kept, however often it is cleaned', async () => {
  await using it = await endedRun()
  const branch = 'quintet/work-1/a/work'
  const base = await it.repository.git('rev-parse', 'main')
  await it.repository.git('branch', branch, base)
  const path = join(it.repository.path, '..', 'repo.quintet', 'work-1', 'a')
  it.fact('work-1/session/a', 'session.preparing', { path, branch, base })
  const kept = {
    what: 'session work-1/a',
    outcome: 'kept',
    reason: 'its branch quintet/work-1/a/work has not landed and is kept',
    proof: ['The branch quintet/work-1/a/work has not landed: it stays.'],
  }
  expect(await clean(it)).toEqual([kept])
  expect(await clean(it)).toEqual([kept])
  expect([...it.services.store.events({ types: ['session.released'] })]).toEqual([])
})

test('the integration worktree goes, and what was done in it by hand is named', async () => {
  await using it = await endedRun()
  const path = join(it.repository.path, '..', 'repo.quintet', 'work-1', '_integration')
  const at = { repo: it.services.repo, path, run: 'work-1' }
  await prepareIntegrationWorktree(at, await it.repository.git('rev-parse', 'main'))
  await writeFile(join(path, 'notes.txt'), 'notes\n')
  expect(await clean(it)).toEqual([
    {
      what: 'integration worktree of work-1',
      outcome: 'removed',
      backup: expect.stringContaining('refs/quintet/backup/integration/'),
    },
  ])
  expect(await clean(it)).toEqual([])
})

test('an integration worktree that cannot go is named with the reason', async () => {
  await using it = await endedRun()
  const path = join(it.repository.path, '..', 'repo.quintet', 'work-1', '_integration')
  await lockWorktreeAt(it.repository, path)
  expect(await clean(it)).toEqual([
    {
      what: 'integration worktree of work-1',
      outcome: 'kept',
      reason: `${path} is kept: it is locked: mine`,
    },
  ])
})

test('a line of the git hooks that no session needs is taken out of the configuration', async () => {
  await using it = await endedRun()
  const config = join(it.repository.path, '.git/config')
  const before = await readFile(config, 'utf8')
  await writeFile(config, `${before}[includeIf "gitdir:**"]\n\tpath = quintet/guards/config\n`)
  await clean(it)
  expect(await readFile(config, 'utf8')).toBe(before)
})

async function recorded(it: Awaited<ReturnType<typeof stage>>, piece: string): Promise<readonly string[]> {
  const paths = ['traces', 'handoffs'].map((kind) =>
    join(it.services.state, kind, 'work-1', piece, kind === 'traces' ? '1.jsonl' : '2.md'),
  )
  for (const path of paths) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'x'.repeat(2_000))
  }
  return paths
}

const PROOF = 'Its traces and handoffs go with it (2 files, 4 kB): they hold no work.'

test('traces and handoffs go with the session, and a dry run says so', async () => {
  await using it = await endedRun()
  const paths = await recorded(it, 'a')
  const path = join(it.repository.path, '..', 'repo.quintet', 'work-1', 'a')
  await it.repository.git('branch', 'quintet/work-1/a/work')
  await it.repository.git('worktree', 'add', '--quiet', path, 'quintet/work-1/a/work')
  const base = await it.repository.git('rev-parse', 'main')
  it.fact('work-1/session/a', 'session.preparing', { path, branch: 'quintet/work-1/a/work', base })
  const [seen] = await cleanUp(it.services, { dryRun: true }, new AbortController().signal)
  expect(seen?.outcome).toBe('removable')
  expect(seen?.proof).toContain(PROOF)
  expect(paths.map((file) => existsSync(file))).toEqual([true, true])

  // A worktree that somebody holds keeps them.
  await it.repository.git('worktree', 'lock', '--reason', 'mine', path)
  const dry = await cleanUp(it.services, { dryRun: true }, new AbortController().signal)
  expect(dry[0]).toMatchObject({ outcome: 'kept', proof: [] })
  expect((await clean(it))[0]?.outcome).toBe('kept')
  expect(paths.map((file) => existsSync(file))).toEqual([true, true])
  await it.repository.git('worktree', 'unlock', path)

  expect((await clean(it))[0]?.outcome).toBe('removed')
  for (const kind of ['traces', 'handoffs']) expect(existsSync(join(it.services.state, kind))).toBe(false)
})

test('traces of a session at work stay', async () => {
  await using it = await endedRun()
  const paths = await recorded(it, 'a')
  const { claims } = it.services.store
  claims.create({ id: 'work-1/session/a', workflow: 'session', input: { run: 'work-1', piece: 'a' } })
  expect(await clean(it)).toEqual([])
  expect(paths.map((file) => existsSync(file))).toEqual([true, true])
})

test('traces of which nothing else is left are named, then removed', async () => {
  await using it = await endedRun()
  await recorded(it, 'a')
  const what = 'traces of session work-1/a'
  expect(await cleanUp(it.services, { dryRun: true }, new AbortController().signal)).toEqual([
    { what, outcome: 'removable', proof: [PROOF] },
  ])
  expect(await clean(it)).toEqual([{ what, outcome: 'removed' }])
  expect(existsSync(join(it.services.state, 'traces'))).toBe(false)
  expect(await clean(it)).toEqual([])
})
