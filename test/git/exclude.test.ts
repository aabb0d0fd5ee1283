import { lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { excludeFromStatus, removeExcluded } from '../../src/git/exclude.ts'
import { openRepository } from '../../src/git/repository.ts'
import { status } from '../../src/git/status.ts'
import { temporaryRepository, writeFiles } from '../support/repository.ts'

test('patterns are excluded once, in all worktrees, and what was there stays', async () => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  const file = join(main.path, '.git/info/exclude')
  await writeFile(file, '# mine\n/own')
  await Promise.all([1, 2, 3].map(() => excludeFromStatus(repo, ['/.quintet/session/', '/x', '/x'])))
  await excludeFromStatus(repo, ['/own', '/y'])
  expect(await readFile(file, 'utf8')).toBe('# mine\n/own\n/.quintet/session/\n/x\n/y\n')
  const linked = join(main.path, '..', 'linked')
  await main.git('worktree', 'add', '-q', '-b', 'side', linked)
  await writeFiles(linked, { '.quintet/session/status.md': '' })
  expect((await status(linked)).entries).toEqual([])
  await rm(join(main.path, '.git/info'), { recursive: true })
  await excludeFromStatus(repo, ['/z'])
  expect(await readFile(file, 'utf8')).toBe('/z\n')
})

test.each([
  ['# mine\n/own\n'],
  ['# mine\n/own'],
  ['# mine\r\n/own\r\n'],
  ['# mine\r\n/own'],
  [''],
  ['\n\n'],
  ['# J\u00f6rg \u00ff'],
])('what was added is taken out again, to the byte: %j', async (text) => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  const file = join(main.path, '.git/info/exclude')
  await writeFile(file, text, 'latin1')
  const before = await readFile(file)
  for (let round = 0; round < 2; round += 1) {
    await excludeFromStatus(repo, ['/.quintet/session/'])
    await excludeFromStatus(repo, ['/.quintet/session/', '/ärger/'])
    expect(await readFile(file, 'utf8')).toContain('/.quintet/session/\n/ärger/\n')
    await removeExcluded(repo)
    expect((await readFile(file)).equals(before)).toBe(true)
  }
})

test('a file that was made for it goes, one that is a link stays one', async () => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  const file = join(main.path, '.git/info/exclude')
  await rm(file)
  await excludeFromStatus(repo, ['/x/'])
  await removeExcluded(repo)
  await expect(stat(file)).rejects.toThrow('ENOENT')
  const real = join(main.path, '..', 'ignored')
  await writeFile(real, '/own\n', { mode: 0o600 })
  await symlink(real, file)
  await excludeFromStatus(repo, ['/x/'])
  await removeExcluded(repo)
  expect((await lstat(file)).isSymbolicLink()).toBe(true)
  expect(await readFile(real, 'utf8')).toBe('/own\n')
  expect((await stat(real)).mode & 0o777).toBe(0o600)
})

test('lines of others stay, also those that were there before and those that came later', async () => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  const file = join(main.path, '.git/info/exclude')
  await writeFile(file, '/x/\n# mine')
  await excludeFromStatus(repo, ['/x/', '/y/'])
  await writeFile(file, `${await readFile(file, 'utf8')}/later\n`)
  await removeExcluded(repo)
  expect(await readFile(file, 'utf8')).toBe('/x/\n# mine\n/later\n')
  await removeExcluded(repo)
  await writeFile(file, '/y/\n')
  await removeExcluded(repo)
  expect(await readFile(file, 'utf8')).toBe('/y/\n')
  await rename(file, `${file}.gone`)
  await removeExcluded(repo)
})

test('where what was added cannot be noted, it is added all the same, told once, and nothing is taken out', async () => {
  await using main = await temporaryRepository()
  const repo = await openRepository(main.path)
  const noted = join(main.path, '.git/quintet/excluded.json')
  await mkdir(noted, { recursive: true })
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  for (let round = 0; round < 2; round += 1) await excludeFromStatus(repo, ['/x'])
  expect(warn.mock.calls).toEqual([[expect.stringContaining(`${noted} cannot be read`)]])
  warn.mockRestore()
  await removeExcluded(repo)
  expect(await readFile(join(main.path, '.git/info/exclude'), 'utf8')).toMatch(/\/x\n$/)
})
