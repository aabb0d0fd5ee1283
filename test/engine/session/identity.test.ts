import { lstat, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bringIdentity } from '../../../src/engine/session/identity.ts'
import { gitIn, temporaryFolder, temporaryRepository } from '../../support/repository.ts'

test('an agent with a home of its own commits as the operator, unless the repository says otherwise', async () => {
  await using it = await temporaryRepository()
  await using home = await temporaryFolder()
  const name = 'Ana "the \\ first" #1'
  await gitIn(it.path, 'config', 'user.name', name)
  await gitIn(it.path, 'config', 'user.email', 'ana@example.invalid')
  await bringIdentity(it.path, home.path)
  const file = join(home.path, '.gitconfig')
  const asked = await gitIn(home.path, 'config', '--file', file, '--get-regexp', '^user')
  expect(asked).toBe(`user.name ${name}\nuser.email ana@example.invalid`)
})

test('what stands in the home is left as it is, and no link is followed', async () => {
  await using it = await temporaryRepository()
  await using home = await temporaryFolder()
  await gitIn(it.path, 'config', 'user.name', 'Ana')
  await gitIn(it.path, 'config', 'user.email', 'ana@example.invalid')
  await symlink(join(home.path, 'elsewhere'), join(home.path, '.gitconfig'))
  await bringIdentity(it.path, home.path)
  await expect(lstat(join(home.path, 'elsewhere'))).rejects.toThrow('ENOENT')
  await writeFile(join(home.path, 'elsewhere'), 'own')
  await bringIdentity(it.path, home.path)
  expect(await readFile(join(home.path, 'elsewhere'), 'utf8')).toBe('own')
})
