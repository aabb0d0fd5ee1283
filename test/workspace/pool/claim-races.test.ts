import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programFile } from '../../../src/process/spawn.ts'
import { loadJournal } from '../../../src/workspace/journal.ts'
import { fillSlot } from '../../../src/workspace/pool/fill.ts'
import { proveClaim } from '../../../src/workspace/pool/prove.ts'
import { listSlots } from '../../../src/workspace/pool/records.ts'
import type { Slot } from '../../../src/workspace/pool/slot.ts'
import { gitIn } from '../../support/repository.ts'
import { FIXTURES, ground, type Ground } from '../sessions.ts'
import { slotSpec } from './slots.ts'

let here: Ground
let slot: Slot
const never = new AbortController().signal

beforeEach(async () => {
  here = await ground({ 'readme.md': 'hello\n', '.gitignore': '*.log\n' })
  slot = await fillSlot(await slotSpec(here), never)
})
afterEach(() => here[Symbol.asyncDispose]())

/** Claims and prepares while somebody else does something in the slot just before, or after, its branch is made. */
async function claimBeside(when: 'before' | 'after', meddle: string): Promise<void> {
  const bin = join(here.top, 'meddling')
  await mkdir(bin)
  await symlink(join(FIXTURES, 'meddling-git.sh'), join(bin, 'git'))
  const env = {
    ...process.env,
    PATH: [bin, process.env['PATH']].join(delimiter),
    REAL_GIT: (await programFile('git', { cwd: '/' })) ?? '',
    MEDDLE_WHEN: when,
    MEDDLE: meddle,
  }
  const args = [join(FIXTURES, 'pool.ts'), 'claim', JSON.stringify({ session: await here.spec('auth') })]
  await promisify(execFile)(process.execPath, args, { env })
}

describe('somebody who is quicker than the claim', () => {
  it.each([
    ['a commit', '"$REAL_GIT" commit -q --allow-empty -m theirs'],
    ['another branch', '"$REAL_GIT" switch -q -c theirs && "$REAL_GIT" commit -q --allow-empty -m theirs'],
  ])('keeps %s, and the session begins at its base', async (_what, meddle) => {
    await claimBeside('before', meddle)
    const spec = await here.spec('auth')
    expect(await here.git('rev-parse', spec.branch)).toBe(spec.base)
    expect((await loadJournal(spec))?.path).toBe(spec.path)
    expect(await gitIn(slot.path, 'log', '-1', '--format=%s')).toBe('theirs')
    const [left] = await listSlots(here.repo)
    expect(left).toMatchObject({ id: slot.id, state: 'ready', kept: expect.stringMatching(/^HEAD of .+\.$/) })
  })
})

describe('a file that somebody has written', () => {
  it('while the branch was made is not the session’s', async () => {
    // Git's HEAD is older by at least one tick of the clock of files.
    const admin = join(here.repo.commonDir, 'worktrees', slot.id)
    const write = `until [ readme.md -nt '${admin}/HEAD' ]; do echo theirs > readme.md; done`
    await claimBeside('after', write)
    const own = { ...(await here.spec('auth')), path: slot.path }
    expect(await proveClaim(own, never)).toMatchObject({ kind: 'restored', paths: ['readme.md'] })
    expect(await readFile(join(slot.path, 'readme.md'), 'utf8')).toBe('hello\n')
  })
})
