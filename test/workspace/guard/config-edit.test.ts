// The repository's configuration as text: what it is given for the guards is taken out again to the byte, whatever stands
// around it, and a kill in the middle leaves nothing that the next edit does not mend.
import { link, lstat, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { editConfig } from '../../../src/workspace/guard/config-edit.ts'
import { withInclude, withoutInclude } from '../../../src/workspace/guard/include-line.ts'
import { removeGuards } from '../../../src/workspace/guard/install.ts'
import { gitIn, temporaryFolder } from '../../support/repository.ts'
import { guardedRepository, guardSpec } from './session.ts'

const TEXTS = {
  'of git': '[core]\n\tbare = false\n',
  empty: '',
  'with a comment at its end': '[core]\n\tbare = false\n# mine\n',
  'with a comment at its end and no last line end': '[core]\n\tbare = false\n# mine',
  'with no last line end': '[core]\n\tbare = false',
  'with empty lines at its end': '[core]\n\tbare = false\n\n\n',
  'with line ends of Windows': '[core]\r\n\tbare = false\r\n; mine\r\n',
  'with line ends of Windows and no last one': '[core]\r\n\tbare = false\r\n; mine',
  'with bytes that are no text': '[user]\n\tname = J\u00f6rg \u00ff\n# \u00fe',
  'with the same section': '[includeIf "gitdir:**"]\n\tpath = mine\n',
}

describe('a configuration', () => {
  test.each(Object.entries(TEXTS))('%s comes back to the byte', async (_name, text) => {
    await using guarded = await guardedRepository()
    const session = { repo: guarded.repo, run: 'r-1', piece: 'auth' }
    await removeGuards(session)
    const file = join(guarded.repo.commonDir, 'config')
    const start = text === '' ? '' : '[core]\n\trepositoryformatversion = 0\n'
    await writeFile(file, `${start}${text}`, 'latin1')
    const before = await readFile(file)
    for (let round = 0; round < 2; round += 1) {
      expect(await guarded.install(guardSpec('auth'))).toEqual({ active: true })
      expect((await guarded.git(['tag', `v${round}`])).stderr).toContain('may not write')
      await removeGuards(session)
      expect((await readFile(file)).equals(before)).toBe(true)
    }
  })

  test('keeps what was written below our lines, and what was written into their section', () => {
    const open = withInclude('[a]\n\tb = c # mine')
    expect(withoutInclude(`${open}[x]\n\ty = z\n`)).toBe('[a]\n\tb = c # mine\n[x]\n\ty = z\n')
    expect(withoutInclude(`${withInclude('[a]\n')}# mine`)).toBe('[a]\n# mine')
    const into = `${withInclude('[a]\n')}\tpath = mine\n`
    expect(withoutInclude(into)).toBe('[a]\n[includeIf "gitdir:**"]\n\tpath = mine\n')
    expect(withoutInclude(withInclude(withInclude('[a]\n')))).toBe('[a]\n')
  })

  test('is what git itself goes on to write into', async () => {
    await using guarded = await guardedRepository()
    const file = join(guarded.repo.commonDir, 'config')
    const session = { repo: guarded.repo, run: 'r-1', piece: 'auth' }
    await removeGuards(session)
    await writeFile(file, '[core]\n\tbare = false\n# mine')
    await guarded.install()
    await gitIn(guarded.repo.root, 'config', 'alias.x', 'status')
    await removeGuards(session)
    expect(await readFile(file, 'utf8')).toBe('[core]\n\tbare = false\n# mine\n[alias]\n\tx = status\n')
  })

  test('in which our line was written anew in another form loses it all the same', async () => {
    await using guarded = await guardedRepository()
    const file = join(guarded.repo.commonDir, 'config')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('\tpath = quintet/guards/config', '  path="quintet/guards/config"'))
    await removeGuards({ repo: guarded.repo, run: 'r-1', piece: 'auth' })
    expect(await readFile(file, 'utf8')).not.toContain('quintet')
  })
})

describe('an edit', () => {
  test('that takes away no more than the end cuts it off, in the same file, and leaves no lock', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'config')
    await writeFile(file, 'caf\u00e9\nours\n', 'latin1')
    const { ino } = await stat(file)
    await editConfig(file, (text) => text.replace('ours\n', ''))
    expect(await readFile(file, 'latin1')).toBe('caf\u00e9\n')
    expect((await stat(file)).ino).toBe(ino)
    expect(await readdir(folder.path)).toEqual(['config'])
    await editConfig(file, (text) => text.replace('caf', ''))
    expect(await readFile(file, 'latin1')).toBe('\u00e9\n')
    expect((await stat(file)).ino).not.toBe(ino)
  })

  test('keeps the permissions and follows a link', async () => {
    await using folder = await temporaryFolder()
    const [file, name] = [join(folder.path, 'real'), join(folder.path, 'config')]
    await writeFile(file, 'a', { mode: 0o600 })
    await symlink('real', name)
    await editConfig(name, (text) => `${text}b`)
    expect(await readFile(file, 'utf8')).toBe('ab')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await lstat(name)).isSymbolicLink()).toBe(true)
  })

  test('waits for a lock, sees what was written under it, and gives up with a command in the end', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'config')
    await writeFile(file, 'a')
    await writeFile(`${file}.lock`, '')
    await expect(editConfig(file, (text) => `${text}b`)).rejects.toMatchObject({
      code: 'E_GIT',
      hints: [{ command: `rm ${file}.lock` }],
    })
    expect(await readFile(`${file}.lock`, 'utf8')).toBe('')
    const edited = editConfig(file, (text) => `${text}b`)
    await writeFile(file, 'A')
    await rm(`${file}.lock`)
    await edited
    expect(await readFile(file, 'utf8')).toBe('Ab')
  })

  test('after kill -9 takes away what was left, wherever it was', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'config')
    const left = { draft: `${file}.quintet`, lock: `${file}.lock` }
    const gone = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) === null
    await writeFile(file, 'a')
    // Before the lock was taken; with it; after it had become the configuration.
    for (const step of ['draft', 'lock', 'renamed']) {
      if (step === 'renamed') await link(file, left.draft)
      else await writeFile(left.draft, 'half')
      if (step === 'lock') await link(left.draft, left.lock)
      const before = await readFile(file, 'utf8')
      await editConfig(file, (text) => `${text}+`)
      expect(await readFile(file, 'utf8')).toBe(`${before}+`)
      expect([await gone(left.draft), await gone(left.lock)]).toEqual([true, true])
    }
  })
})
