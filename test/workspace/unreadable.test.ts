// Folders and files that the user who runs Quintet may not read or write: a database's, those of a container.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../src/process/run.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { writeFiles } from '../support/repository.ts'
import { FIXTURES, ground, type Ground } from './sessions.ts'

let here: Ground
let spec: WorkspaceSpec

beforeEach(async () => {
  here = await ground({
    '.gitignore': '.env*\n/pgdata/\n/local/\n',
    '.worktreeinclude': '.env*\n',
    'readme.md': '',
  })
  spec = await here.spec('auth')
})
afterEach(async () => {
  await run('chmod', ['-R', 'u+rwX', here.top], { cwd: '/' })
  await here[Symbol.asyncDispose]()
})

/** What an ordinary user, to whom all of the ground belongs, is answered. */
async function asUser(what: 'prepare' | 'release' | 'rewrite' | 'state', input: object): Promise<unknown> {
  if (process.getuid?.() === 0) await run('chown', ['-R', '65534:65534', here.top], { cwd: '/' })
  const program = join(FIXTURES, 'ordinary.ts')
  const { stdout, stderr } = await run(process.execPath, [program, what, JSON.stringify(input)], {
    cwd: here.top,
    env: { HOME: here.top },
  })
  expect(stderr.toString()).toBe('')
  return JSON.parse(stdout.toString())
}

it('are left out when a session is prepared, and named', async () => {
  const { root } = here.repo
  await writeFiles(root, { '.env': 'A=1', '.env.secret': 'B=1', 'pgdata/base': '', 'local/deep/.env': 'C=1' })
  await chmod(join(root, '.env.secret'), 0)
  await chmod(join(root, 'local/deep'), 0)
  await chmod(join(root, 'pgdata'), 0)
  const told = await asUser('prepare', spec)
  expect(told).toContain('copied 1 environment file')
  expect(told).toContain('left out local/deep/, pgdata/, .env.secret')
  expect(await readFile(join(spec.path, '.env'), 'utf8')).toBe('A=1')
})

it.each([
  ['pgdata', 'pgdata/', 0],
  // It can be listed, and nothing in it can be looked at.
  ['pgdata', 'pgdata/base', 0o400],
  ['pgdata/base', 'pgdata/base', 0],
])('keep the worktree of a session that has such: %s', async (path, named, mode) => {
  await asUser('prepare', spec)
  await writeFiles(spec.path, { 'pgdata/base': 'rows' })
  if (process.getuid?.() === 0) await run('chown', ['-R', '65534:65534', spec.path], { cwd: '/' })
  await chmod(join(spec.path, path), mode)
  expect(await asUser('release', spec)).toEqual({
    kind: 'kept',
    reason: expect.stringContaining(`may not be read: ${named}.`),
  })
  await chmod(join(spec.path, path), 0o700)
  expect(await asUser('release', spec)).toMatchObject({ kind: 'removed' })
})

it('are no obstacle where the session did not make them', async () => {
  await writeFiles(here.repo.root, { '.env': 'A=1' })
  await asUser('prepare', spec)
  await chmod(join(here.repo.root, '.env'), 0)
  expect(await asUser('release', spec)).toMatchObject({ kind: 'removed' })
})

it('are written to all the same where they are a start script of a copy', async () => {
  const [from, to] = ['/main', join(here.top, 'copy')]
  await mkdir(to)
  await writeFile(join(to, 'start'), '#!/bin/sh\nexec "/main/tool"\n', { mode: 0o555 })
  expect(await asUser('rewrite', { places: { named: ['start'], obstacle: null }, trees: { from, to } })).toBe(
    null,
  )
  expect(await readFile(join(to, 'start'), 'utf8')).toContain(`"${to}/tool"`)
  expect((await stat(join(to, 'start'))).mode & 0o777).toBe(0o555)
})

it('are named where all repositories of the user keep what they share, and looked for ahead', async () => {
  const state = join(here.top, 'state')
  await mkdir(state, { mode: 0 })
  const refused = {
    thrown: expect.stringMatching(
      new RegExp(`^The folder ${state}/quintet, which .* cannot be used: EACCES`),
    ),
  }
  expect(await asUser('prepare', spec)).toEqual(refused)
  expect(await asUser('state', {})).toEqual(refused)
  await chmod(state, 0o700)
  expect(await asUser('state', {})).toBe(null)
  await writeFiles(state, { 'quintet/pool.lock': '' })
  expect(await asUser('state', {})).toBe(null)
  await chmod(join(state, 'quintet/pool.lock'), 0)
  expect(await asUser('state', {})).toEqual(refused)
})
