import { copyFile, chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseLsof, ProgramWatch, startedWith } from '../../src/process/programs.ts'

test('what lsof tells is taken apart by processes', () => {
  const text = [
    'p12',
    'fcwd',
    'n/work/one',
    'ftxt',
    'n/bin/codex',
    'f7',
    'n/home/a.jsonl',
    'p13',
    'ftxt',
    'n/x',
    '',
  ].join('\n')
  expect(parseLsof(text)).toEqual([{ pid: 12, cwd: '/work/one', files: ['/bin/codex', '/home/a.jsonl'] }])
  expect(parseLsof('')).toEqual([])
})

test.skipIf(process.platform !== 'linux')(
  'a program is found by its name, with its folder, words and open files',
  async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'programs-')))
    const name = `stand-in-${process.pid}`
    const program = join(folder, name)
    await copyFile('/bin/cat', program)
    await chmod(program, 0o755)
    const watch = new ProgramWatch(name)
    for (let look = 0; look < 6; look += 1) expect(await watch.find()).toEqual([])
    const child = spawn(program, ['-', '-u'], {
      cwd: folder,
      env: { MARKED: 'yes' },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    try {
      child.stdin.write('x\n')
      await once(child.stdout, 'data')
      expect(await watch.find()).toMatchObject([
        { process: { pid: child.pid }, args: ['-', '-u'], cwd: folder },
      ])
      expect(await startedWith(child.pid ?? 0, 'MARKED')).toBe('yes')
      expect(await startedWith(child.pid ?? 0, 'OTHER')).toBeNull()
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    }
    expect(await watch.find()).toEqual([])
  },
)
