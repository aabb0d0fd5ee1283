import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boxAvailable, boxed, probeBox, type Box } from '../../src/process/box.ts'
import { runBoxed } from '../../src/process/run-boxed.ts'
import { temporaryFolder } from '../support/repository.ts'

const BOXED = (await boxAvailable()).available && process.platform === 'linux'
const NOTHING: Box = { mounts: [], network: 'shared' }

/** The words after an option, each time it is given. */
const given = (args: readonly string[], option: string): readonly (string | undefined)[] =>
  args.flatMap((word, at) => (word === option ? [args[at + 1]] : []))

test('it is tried once, and again when asked', async () => {
  expect(await probeBox()).toEqual(await boxAvailable())
  expect(boxAvailable()).toBe(boxAvailable())
})

test.skipIf(process.platform !== 'linux')('without mounts everything can be written', () => {
  const { program, args } = boxed('true', ['a'], { cwd: '/somewhere' })
  expect(program).toBe('bwrap')
  expect(args).toEqual(expect.arrayContaining(['--dev-bind', '--unshare-pid', '--die-with-parent']))
  expect(args.slice(-5)).toEqual(['--chdir', '/somewhere', '--', 'true', 'a'])
})

test.skipIf(process.platform !== 'linux')(
  'mounts are made in their order, on a file system that is read-only',
  () => {
    const mounts: Box['mounts'] = [
      { kind: 'empty', path: '/hidden' },
      { kind: 'read', path: '/hidden/seen' },
      { kind: 'write', path: '/own', from: '/elsewhere' },
      { kind: 'blank', path: '/door' },
    ]
    const { args } = boxed('true', [], { cwd: '/', box: { mounts, network: 'none' } })
    expect(args.slice(0, 3)).toEqual(['--ro-bind', '/', '/'])
    expect(args.join(' ')).toContain(
      '--tmpfs /hidden --ro-bind /hidden/seen /hidden/seen --bind /elsewhere /own --ro-bind /dev/null /door',
    )
    expect(args).toContain('--unshare-net')
    expect(boxed('true', [], { cwd: '/', box: NOTHING }).args).not.toContain('--unshare-net')
  },
)

test.skipIf(process.platform !== 'linux')('no capability is kept that could undo a mount', () => {
  const { args } = boxed('true', [], { cwd: '/', box: NOTHING })
  expect(given(args, '--cap-drop')).toEqual(['ALL'])
  const root = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID']
  expect(given(args, '--cap-add')).toEqual(process.getuid?.() === 0 ? root : [])
})

test.skipIf(!BOXED)('only what the mounts name can be written, and what is empty is not seen', async () => {
  await using folder = await temporaryFolder()
  const own = join(folder.path, 'own')
  const secret = join(folder.path, 'secret')
  for (const path of [own, secret]) await mkdir(path)
  await writeFile(join(secret, 'file'), 'x')
  const box: Box = {
    mounts: [
      { kind: 'empty', path: secret },
      { kind: 'write', path: own },
    ],
    network: 'shared',
  }
  const script = `echo y > '${own}/a'; ! echo y > '${folder.path}/b'; ! test -e '${secret}/file'`
  const result = await runBoxed('sh', ['-c', `(${script}) 2>&1`], { cwd: folder.path, box })
  expect(result.exitCode).toBe(0)
  expect(await readFile(join(own, 'a'), 'utf8')).toBe('y\n')
  expect(existsSync(join(folder.path, 'b'))).toBe(false)
})

test.skipIf(!BOXED)('settings of the kernel cannot be opened for writing', async () => {
  const script = ': >> /proc/sys/kernel/core_pattern'
  const result = await runBoxed('sh', ['-c', `(${script}) 2>&1`], { cwd: '/', box: NOTHING })
  expect(result.exitCode).not.toBe(0)
  expect(result.stdout.toString('utf8')).toContain('/proc/sys/kernel/core_pattern')
})

test.skipIf(!BOXED)('what it has left running ends with it, whatever session it moved to', async () => {
  await using folder = await temporaryFolder()
  const box: Box = { mounts: [{ kind: 'write', path: folder.path }], network: 'shared' }
  const left = `(setsid sh -c 'echo begun > begun; sleep 600; touch late' &) ; until test -s begun; do :; done`
  const result = await runBoxed('sh', ['-c', left], { cwd: folder.path, box, timeout: 10_000 })
  expect(result).toMatchObject({ exitCode: 0, timedOut: false })
  expect(existsSync(join(folder.path, 'begun'))).toBe(true)
})

test.skipIf(!BOXED)('a time limit ends all of it', async () => {
  const script = `trap '' TERM; sleep 600`
  const result = await runBoxed('sh', ['-c', script], { cwd: '/', box: NOTHING, timeout: 200, graceMs: 100 })
  expect(result.timedOut).toBe(true)
})

test.skipIf(!BOXED)('a program that is not there is named', async () => {
  const missing = runBoxed('no-such-program', [], { cwd: '/', box: NOTHING })
  await expect(missing).rejects.toMatchObject({ code: 'E_PROGRAM_MISSING' })
})
