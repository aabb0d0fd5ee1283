import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { errorData } from '../../src/contract/errors.ts'
import { adminEntry, writeLock } from '../../src/git/worktree-admin.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { gitIn } from '../support/repository.ts'
import { ground, type Ground } from './sessions.ts'

let here: Ground
let spec: WorkspaceSpec
let admin: string
let ref: string
const never = new AbortController().signal

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n' })
  spec = await here.spec('auth')
  await prepareWorkspace(spec, never)
  await gitIn(spec.path, 'commit', '-q', '--allow-empty', '-m', 'work')
  admin = (await adminEntry(here.repo, spec.path))?.folder ?? ''
  ref = join(here.repo.commonDir, 'refs/heads', spec.branch)
})
afterEach(() => here[Symbol.asyncDispose]())

it('a HEAD that a power cut has left empty is put on the branch of the session', async () => {
  await truncate(join(admin, 'HEAD'))
  await prepareWorkspace(spec, never)
  expect(await gitIn(spec.path, 'status', '--porcelain', '--branch')).toBe(`## ${spec.branch}`)
  expect(await gitIn(spec.path, 'log', '-1', '--format=%s')).toBe('work')
})

it('a branch that a power cut has left empty is told, with the commit that it was at', async () => {
  const tip = await here.git('rev-parse', spec.branch)
  await truncate(ref)
  const told = errorData(await prepareWorkspace(spec, never).catch((error: unknown) => error))
  expect(told).toMatchObject({ code: 'E_WORKTREE', message: expect.stringContaining(spec.branch) })
  expect(told.hints?.[0]?.command).toBe(`git update-ref refs/heads/${spec.branch} ${tip}`)
  await here.git('update-ref', `refs/heads/${spec.branch}`, tip)
  await prepareWorkspace(spec, never)
  expect(await gitIn(spec.path, 'log', '-1', '--format=%s')).toBe('work')
})

it('a workspace that somebody else has locked is not called ready', async () => {
  const entry = await adminEntry(here.repo, spec.path)
  if (entry !== null) await writeLock(entry, 'mine')
  await expect(prepareWorkspace(spec, never)).rejects.toMatchObject({
    code: 'E_WORKTREE',
    message: `The worktree ${spec.path} is locked: mine.`,
  })
})
