import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { textOfRegular } from '../../../src/agents/attached/regular-file.ts'
import { FileTail } from '../../../src/agents/attached/tail.ts'
import { temporaryFolder } from '../../support/repository.ts'

const maxBytes = 8

test('a pipe, a folder and a link keep nobody waiting and count as absent', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  await promisify(execFile)('mkfifo', [at('pipe')])
  await mkdir(at('folder'))
  await writeFile(at('file'), 'one\n')
  await symlink('file', at('link'))
  for (const name of ['pipe', 'folder', 'link', 'none', 'file/below']) {
    expect(await textOfRegular(at(name), { maxBytes })).toBeNull()
    expect(await new FileTail(at(name)).read()).toEqual({ lines: [], anew: false, more: false })
  }
  expect(await textOfRegular(at('link'), { maxBytes, follow: true })).toBe('one\n')
  expect((await new FileTail(at('file')).read()).lines).toEqual(['one'])
})

test('of a file no more is read than is allowed', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, '')
  expect(await textOfRegular(file, { maxBytes })).toBe('')
  await writeFile(file, '12345678')
  expect(await textOfRegular(file, { maxBytes })).toBe('12345678')
  await writeFile(file, '123456789')
  expect(await textOfRegular(file, { maxBytes })).toBeNull()
})
