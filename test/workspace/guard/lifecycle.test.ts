// The guards over the life of a workspace: set when it is prepared, after its setup, and gone when it is released.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stateFolder } from '../../../src/git/repository.ts'
import {
  guardState,
  installGuards,
  loadGuardRecord,
  removeGuards,
} from '../../../src/workspace/guard/install.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { releaseWorkspace } from '../../../src/workspace/release.ts'
import { gitIn } from '../../support/repository.ts'
import type { WorkspaceSpec } from '../../../src/workspace/spec.ts'
import { FIXTURES, ground, type Ground } from '../sessions.ts'
import { guardSpec, ran } from './session.ts'

const NEVER = new AbortController().signal
/** As tools do that set hooks up: they refuse when others are set. */
const SETUP = [
  'sh',
  '-c',
  'if git config core.hooksPath; then exit 1; fi; git config core.hooksPath .own-hooks',
]

test('a prepared workspace has its guards, and a released one has left nothing behind', async () => {
  await using where = await ground()
  const config = join(where.repo.commonDir, 'config')
  const spec = await where.spec('auth', { guard: guardSpec('auth'), setup: SETUP })
  await prepareWorkspace(spec, NEVER)
  expect(await guardState(spec)).toEqual({ active: true })
  expect((await loadGuardRecord(spec))?.theirs).toEqual({ folder: '.own-hooks', outer: '', pinned: false })
  expect((await ran('git', ['tag', 'v1'], spec.path)).stderr).toContain(
    'may not write the reference refs/tags/v1',
  )
  await gitIn(where.repo.root, 'config', '--unset', 'core.hooksPath')

  await prepareWorkspace(spec, NEVER)
  expect((await loadGuardRecord(spec))?.theirs.folder).toBe('')
  await writeFile(`${config}.lock`, '')
  expect(await releaseWorkspace(spec, { mode: 'keep-work' })).toEqual({
    kind: 'half',
    left: [`the line of the git hooks in ${config}`],
  })
  await rm(`${config}.lock`)
  expect(await releaseWorkspace(spec, { mode: 'keep-work' })).toMatchObject({ kind: 'removed' })
  expect(await readFile(config, 'utf8')).not.toContain('quintet')
  await expect(readFile(join(where.repo.commonDir, 'quintet/guards/config'))).rejects.toThrow('ENOENT')
})

test('guards hold that are set while the last other session loses its own', async () => {
  await using where = await ground()
  const [old, young] = [await where.spec('old'), await where.spec('young')]
  for (const spec of [old, young]) await prepareWorkspace(spec, NEVER)
  for (let round = 0; round < 20; round += 1) {
    await installGuards(old, guardSpec('auth'))
    await Promise.all([removeGuards(old), installGuards(young, guardSpec('auth'))])
    expect(await guardState(young)).toEqual({ active: true })
    expect((await ran('git', ['tag', 'v1'], young.path)).code).not.toBe(0)
    await removeGuards(young)
  }
})

test('guards without their script are not said to be active', async () => {
  await using where = await ground()
  const spec = await where.spec('auth', { guard: guardSpec('auth') })
  await prepareWorkspace(spec, NEVER)
  await rm(join(stateFolder(where.repo), 'guards/hooks'), { recursive: true })
  expect(await guardState(spec)).toEqual({
    active: false,
    reason: 'The script of the git hooks is not there.',
  })
})

describe('after kill -9 the configuration is what it was, to the byte', () => {
  const session = async (where: Ground): Promise<WorkspaceSpec> => {
    return await where.spec('auth', { guard: guardSpec('auth') })
  }
  const config = (where: Ground): Promise<string> => readFile(join(where.repo.commonDir, 'config'), 'utf8')
  const excluded = (where: Ground): Promise<string> => {
    return readFile(join(where.repo.commonDir, 'info/exclude'), 'utf8')
  }
  const EXCLUDED = '# mine\n/own'

  /** What stands in both files, as a person leaves it there. */
  async function noted(where: Ground): Promise<string> {
    await appendFile(join(where.repo.commonDir, 'config'), '# mine')
    await writeFile(join(where.repo.commonDir, 'info/exclude'), EXCLUDED)
    return await config(where)
  }

  async function expectNothingLeft(where: Ground, before: string): Promise<void> {
    expect(await config(where)).toBe(before)
    expect(await excluded(where)).toBe(EXCLUDED)
    expect(await readdir(stateFolder(where.repo))).not.toContain('guards')
    expect(await readdir(where.repo.commonDir)).not.toContain('config.quintet')
    expect(await gitIn(where.repo.root, 'config', '--list', '--show-origin')).not.toContain('guards')
  }

  test('of the preparation', async () => {
    await using where = await ground()
    const before = await noted(where)
    const spec = await session(where)
    for (const delay of [40, 80, 120, 160, 240]) {
      await killed('prepare.ts', delay, JSON.stringify(spec))
      expect((await releaseWorkspace(spec, { mode: 'keep-work' })).kind).toBe('removed')
      await expectNothingLeft(where, before)
    }
    await prepareWorkspace(spec, NEVER)
    expect(await config(where)).not.toBe(before)
    expect((await releaseWorkspace(spec, { mode: 'keep-work' })).kind).toBe('removed')
    await expectNothingLeft(where, before)
  })

  test('of the first write of the preparation', async () => {
    await using where = await ground()
    const before = await noted(where)
    const spec = await session(where)
    await prepareWorkspace(await where.spec('auth', {}), NEVER)
    const folder = join(stateFolder(where.repo), 'guards', spec.run)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `.${spec.piece}.json.1.0.tmp`), '{')
    expect((await releaseWorkspace(spec, { mode: 'keep-work' })).kind).toBe('removed')
    await expectNothingLeft(where, before)
  })

  test('of the first write of the list of sessions', async () => {
    await using where = await ground()
    const before = await noted(where)
    const spec = await session(where)
    await prepareWorkspace(spec, NEVER)
    await writeFile(join(stateFolder(where.repo), 'guards', '.config.1.0.tmp'), '[gc]')
    expect((await releaseWorkspace(spec, { mode: 'keep-work' })).kind).toBe('removed')
    await expectNothingLeft(where, before)
  })

  test('of the release', async () => {
    await using where = await ground()
    const before = await noted(where)
    const spec = await session(where)
    for (const delay of [20, 60, 120]) {
      await prepareWorkspace(spec, NEVER)
      await killed('release.ts', delay, JSON.stringify(spec), JSON.stringify({ mode: 'keep-work' }))
      expect((await releaseWorkspace(spec, { mode: 'keep-work' })).kind).toMatch(
        /^(?:removed|absent|nothing)/,
      )
      await expectNothingLeft(where, before)
    }
  })
})

/** Runs a fixture and kills it `delay` ms after it has begun, or lets it end before. */
async function killed(fixture: string, delay: number, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [join(FIXTURES, fixture), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  const timer = setTimeout(() => child.kill('SIGKILL'), delay)
  await exited
  clearTimeout(timer)
}

test('a workspace without guards is prepared as before', async () => {
  await using where = await ground()
  const spec = await where.spec('auth')
  await prepareWorkspace(spec, NEVER)
  expect(await guardState(spec)).toEqual({ active: false, reason: 'No git hooks were set.' })
  expect((await ran('git', ['tag', 'v1'], spec.path)).code).toBe(0)
})
