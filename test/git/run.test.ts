import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { records, runGit } from '../../src/git/run.ts'
import { checkoutFiles } from '../../src/git/worktree.ts'
import { run } from '../../src/process/run.ts'
import { gitIn, temporaryFolder, temporaryRepository, writeFiles } from '../support/repository.ts'

const ROOT_ON_LINUX = process.platform === 'linux' && process.geteuid?.() === 0

afterEach(() => {
  delete process.env['GIT_DIR']
  delete process.env['LC_ALL']
})

test('an unexpected exit code is one error with everything in it', async () => {
  await using main = await temporaryRepository()
  await expect(
    runGit(['rev-parse', '--verify', 'nope'], { cwd: main.path, op: 'find it' }),
  ).rejects.toMatchObject({
    code: 'E_GIT',
    kind: 'git',
    message: expect.stringMatching(/^Git could not find it: git rev-parse ended with 128\. /),
    details: { args: ['rev-parse', '--verify', 'nope'], cwd: main.path, exitCode: 128, signal: null },
  })
  const allowed = await runGit(['rev-parse', '--verify', '-q', 'nope'], {
    cwd: main.path,
    op: 'find it',
    ok: [0, 1],
  })
  expect(allowed.exitCode).toBe(1)
})

test('output is never cut', async () => {
  await using main = await temporaryRepository({ files: { big: 'x'.repeat(1000) } })
  const reading = runGit(['cat-file', 'blob', 'HEAD:big'], { cwd: main.path, op: 'read', maxBytes: 999 })
  await expect(reading).rejects.toMatchObject({
    code: 'E_GIT',
    message: expect.stringContaining('more than can be held'),
  })
})

test('neither hooks, nor monitors, nor a redirected repository', async () => {
  await using main = await temporaryRepository()
  const trace = join(main.path, '..', 'trace')
  const program = join(main.path, '.git', 'hooks', 'post-checkout')
  await writeFiles(main.path, { '.git/hooks/post-checkout': `#!/bin/sh\necho hook >> '${trace}'\n` })
  await chmod(program, 0o755)
  await main.git('config', 'core.fsmonitor', program)
  await main.git('status')
  expect(await readFile(trace, 'utf8')).toContain('hook')
  await rm(trace)
  process.env['GIT_DIR'] = '/nowhere'
  await runGit(['status', '--porcelain=v2'], { cwd: main.path, op: 'read' })
  await runGit(['checkout', '-q', '-b', 'other'], { cwd: main.path, op: 'switch' })
  await expect(stat(trace)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('an abort rejects with its reason', async () => {
  await using main = await temporaryRepository()
  const signal = AbortSignal.timeout(100)
  // Without input that ends, this would wait; with it, the alias waits.
  const waiting = runGit(['-c', 'alias.wait=!sleep 60', 'wait'], { cwd: main.path, op: 'wait', signal })
  await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
  const slow = runGit(['-c', 'alias.wait=!sleep 60', 'wait'], { cwd: main.path, op: 'wait', timeout: 100 })
  await expect(slow).rejects.toMatchObject({
    code: 'E_GIT',
    message: expect.stringContaining('took too long'),
  })
})

test('a locked index is named, in a linked worktree too', async () => {
  await using main = await temporaryRepository()
  const linked = join(main.path, '..', "it's linked")
  await main.git('worktree', 'add', '-q', '-b', 'side', linked)
  const folder = await gitIn(linked, 'rev-parse', '--absolute-git-dir')
  const lock = join(folder, 'index.lock')
  await writeFile(lock, '')
  await expect(checkoutFiles(linked, 'HEAD')).rejects.toMatchObject({
    code: 'E_INDEX_LOCKED',
    kind: 'precondition',
    message: `Git could not check out the files: the index is locked by ${lock}.`,
    hints: [
      { command: expect.stringContaining('ps -eo') },
      { command: `rm '${lock.replace("'", String.raw`'\''`)}'` },
    ],
  })
  // A call that does not write the index must not blame the lock that happens to be there.
  await expect(
    runGit(['rev-parse', '--verify', 'nope'], { cwd: linked, op: 'find it' }),
  ).rejects.toMatchObject({ code: 'E_GIT' })
  await rm(lock)
  await checkoutFiles(linked, 'HEAD')
})

test.skipIf(!ROOT_ON_LINUX)('a full disk is named', async ({ skip }) => {
  await using folder = await temporaryFolder()
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder.path], { cwd: '/' })
  if (mounted.exitCode !== 0) skip('mounting is not permitted here')
  try {
    const path = join(folder.path, 'repo')
    await gitIn(folder.path, 'init', '-q', path)
    await writeFile(join(path, 'big'), Buffer.alloc(8 * 1024 * 1024, 'x'))
    await gitIn(path, 'add', '-A')
    await gitIn(path, 'commit', '-q', '-m', 'big')
    const linked = join(folder.path, 'linked')
    await gitIn(path, 'worktree', 'add', '-q', '--no-checkout', '-b', 'side', linked)
    await expect(checkoutFiles(linked, 'HEAD')).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      kind: 'environment',
      hints: [{ command: `df -h ${linked}` }],
    })
  } finally {
    await run('umount', [folder.path], { cwd: '/' })
  }
})

test.each([
  ['smudge', 'no-such-lfs smudge -- %f', /no-such-lfs: (command )?not found$/],
  ['smudge', 'no-such-lfs', /cannot run no-such-lfs: No such file or directory$/],
  ['process', 'no-such-lfs filter-process', /no-such-lfs: (command )?not found$/],
])('a filter of which the program is not installed is named: %s %s', async (kind, command, message) => {
  await using main = await temporaryRepository({
    files: { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': '' },
  })
  await writeFile(join(main.path, 'a.bin'), 'content')
  await main.git('add', 'a.bin')
  await main.git('commit', '-q', '-m', 'content')
  await main.git('config', 'filter.lfs.required', 'true')
  await main.git('config', `filter.lfs.${kind}`, command)
  const linked = join(main.path, '..', 'linked')
  await main.git('worktree', 'add', '-q', '--no-checkout', '-b', 'side', linked)
  await expect(checkoutFiles(linked, 'HEAD')).rejects.toMatchObject({
    code: 'E_GIT',
    message: expect.stringMatching(message),
  })
})

test('records of -z output', () => {
  expect(records('')).toEqual([])
  expect(records('a\0b c\nd\0')).toEqual(['a', 'b c\nd'])
  expect(records('a\0\0b')).toEqual(['a', '', 'b'])
})
