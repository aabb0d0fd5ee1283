// What is mounted where, when an agent is looked at.
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AGENT_HOMES, NO_HOME } from '../../../src/agents/home.ts'
import { lookingBox, type LookedAt } from '../../../src/agents/measured/box.ts'
import { temporaryFolder, writeFiles } from '../../support/repository.ts'

async function looked(differs: Partial<LookedAt> = {}): Promise<{
  readonly home: string
  readonly folder: string
  readonly kinds: Readonly<Record<string, string>>
  readonly [Symbol.asyncDispose]: () => PromiseLike<void>
}> {
  const temporary = await temporaryFolder()
  const home = join(temporary.path, 'home')
  const folder = join(temporary.path, 'own')
  await mkdir(folder)
  await writeFiles(home, {
    '.local/share/opencode/auth.json': 'login',
    '.local/share/opencode/log': 'private',
    '.local/share/other': 'o',
    '.local/bin/program': 'p',
    '.config/opencode/opencode.json': '{}',
    '.config/opencode/package.json': '{}',
    '.cache/x': 'c',
    '.profile': 'p',
  })
  await symlink('nothing', join(home, 'dangling'))
  const agent = { folder, home, places: AGENT_HOMES.opencode, writes: [], renews: true, command: ['agent'] }
  const { mounts } = await lookingBox({ ...agent, ...differs })
  const shown = (path: string): string => path.replace(home, '~').replace(folder, '.')
  return {
    home,
    folder,
    kinds: Object.fromEntries(mounts.map(({ kind, path }) => [shown(path), kind])),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  }
}

test('the home folder is read, but for what the agent has there for itself', async () => {
  await using it = await looked()
  expect(it.kinds).toEqual({
    '/tmp': 'write',
    '~': 'write',
    '~/.local/share/other': 'read',
    '~/.local/bin': 'read',
    '~/.profile': 'read',
    '~/.config/opencode/opencode.json': 'read',
    '~/.local/share/opencode/auth.json': 'write',
    '.': 'write',
  })
  expect(await readdir(join(it.folder, 'home/.config/opencode'))).toEqual(['package.json'])
  expect(await readdir(join(it.folder, 'home/.cache'))).toEqual([])
})

test('whoever may not renew a login can only read it', async () => {
  await using it = await looked({ renews: false })
  expect(it.kinds['~/.local/share/opencode/auth.json']).toBe('read')
})

test('a program in the folder for what is temporary is shown, and what is shared can be written', async () => {
  await using programs = await temporaryFolder()
  await writeFiles(programs.path, { agent: '' })
  const program = join(programs.path, 'agent')
  await using it = await looked({ command: [program, '/tmp'], places: NO_HOME, writes: ['.local/share/'] })
  expect(it.kinds['~/.local/share']).toBe('write')
  expect(it.kinds[programs.path]).toBe(programs.path.startsWith('/tmp/') ? 'read' : undefined)
})
