import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { examineConfig, loadConfig } from '../../src/plan/config.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { registryPlatform } from '../../src/contract/registry.ts'
import { parseRegistryFile, readRegistry, registryAgents } from '../../src/plan/registry-files.ts'
import { temporaryFolder, writeFiles } from '../support/repository.ts'

const GOOSE = {
  id: 'goose',
  name: 'Goose',
  version: '1.2.0',
  description: 'An agent',
  authors: ['somebody'],
  icon: 'icon.svg',
  distribution: {
    binary: {
      'linux-x86_64': { archive: 'https://example.invalid/a.tgz', cmd: './goose', args: ['acp'] },
      'darwin-aarch64': { archive: 'https://example.invalid/b.tgz', cmd: './goose', args: ['acp'] },
    },
  },
}
const QWEN = {
  id: 'qwen',
  name: 'Qwen',
  version: '0.1.0',
  description: 'An agent',
  distribution: { npx: { package: '@qwen/qwen@0.1.0', args: ['--acp'], env: { QUIET: '1', A: '1' } } },
  quintet: { mode: 'default', env: { A: '2' } },
}

async function described(
  files: Readonly<Record<string, unknown>>,
  config = '',
): Promise<AsyncDisposable & { path: string }> {
  const folder = await temporaryFolder()
  const texts = Object.entries(files).map(([name, value]) => [
    `.quintet/agents/${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  await writeFiles(folder.path, { ...Object.fromEntries(texts), '.quintet/config.toml': config })
  return folder
}

describe('an agent that is described as in the public registry', () => {
  test('is called by npx, or by its program for this platform', async () => {
    await using folder = await described({ 'goose.json': GOOSE, 'qwen.json': QWEN, 'README.md': 'text' })
    expect(await registryAgents(folder.path, 'linux-x86_64')).toEqual({
      goose: { command: ['goose', 'acp'], env: {} },
      qwen: {
        command: ['npx', '--yes', '@qwen/qwen@0.1.0', '--acp'],
        env: { QUIET: '1', A: '2' },
        mode: 'default',
      },
    })
  })

  test('is an agent of the configuration, unless that describes it itself', async () => {
    await using folder = await described({ 'qwen.json': QWEN }, 'agent = "qwen"\n')
    const env = { XDG_CONFIG_HOME: `${folder.path}/nobody` }
    expect((await loadConfig(folder.path, env)).agents['qwen']).toMatchObject({ mode: 'default' })
    await writeFiles(folder.path, { '.quintet/config.toml': '[agents.qwen]\ncommand = ["my-qwen"]\n' })
    expect((await loadConfig(folder.path, env)).agents['qwen']).toEqual({ command: ['my-qwen'], env: {} })
  })

  test('may be called by uvx', () => {
    const text = JSON.stringify({ ...QWEN, distribution: { uvx: { package: 'qwen==1' } } })
    expect(parseRegistryFile(text, 'q.json').distribution).toEqual({ uvx: { package: 'qwen==1' } })
  })

  test.each([
    ['no JSON', { 'a.json': '{"id": ' }, 'E_REGISTRY_SYNTAX', 'not valid JSON'],
    ['a field of the wrong kind', { 'qwen.json': { ...QWEN, name: 1 } }, 'E_REGISTRY_INVALID', 'name'],
    ['no way to start it', { 'qwen.json': { ...QWEN, distribution: {} } }, 'E_REGISTRY_INVALID', 'npx'],
    ['another name', { 'other.json': QWEN }, 'E_REGISTRY_INVALID', 'has to be named qwen.json'],
    ['another platform', { 'goose.json': GOOSE }, 'E_REGISTRY_INVALID', 'not on windows-x86_64'],
    [
      'a key of ours that there is not',
      { 'qwen.json': { ...QWEN, quintet: { modes: 'x' } } },
      'E_REGISTRY_INVALID',
      'modes',
    ],
    [
      'a control character in its name',
      { 'qwen.json': { ...QWEN, name: 'Q\u001b[2J' } },
      'E_REGISTRY_INVALID',
      'name must not have control characters',
    ],
    [
      'a control character in its description',
      { 'qwen.json': { ...QWEN, description: 'a\u009bb' } },
      'E_REGISTRY_INVALID',
      'description must not have control characters',
    ],
    [
      'a package that is an option',
      { 'qwen.json': { ...QWEN, distribution: { npx: { package: '--call=reboot' } } } },
      'E_REGISTRY_INVALID',
      'must not begin with a dash',
    ],
    [
      'a program in a folder of an archive',
      {
        'goose.json': { ...GOOSE, distribution: { binary: { 'windows-x86_64': { cmd: '.\\bin\\goose' } } } },
      },
      'E_REGISTRY_INVALID',
      'names the program bin/goose, in a folder',
    ],
    ['more than 1 MiB', { 'a.json': ' '.repeat(1024 * 1024 + 1) }, 'E_REGISTRY_INVALID', 'larger than 1 MiB'],
  ])('is refused with %s', async (_what, files, code, words) => {
    await using folder = await described(files)
    await expect(registryAgents(folder.path, 'windows-x86_64')).rejects.toMatchObject({
      code,
      kind: 'config',
      message: expect.stringContaining(words),
    })
  })

  test('none is no failure', async () => {
    await using folder = await temporaryFolder()
    expect(await registryAgents(folder.path)).toEqual({})
  })
})

test('a program that is named by its whole path is called by it', async () => {
  const binary = { 'linux-x86_64': { cmd: '/opt/goose/bin/goose' } }
  await using folder = await described({ 'goose.json': { ...GOOSE, distribution: { binary } } })
  const { goose } = await registryAgents(folder.path, 'linux-x86_64')
  expect(goose).toMatchObject({ command: ['/opt/goose/bin/goose'] })
})

describe('what is no plain file', () => {
  const fifo = (path: string): Promise<unknown> => promisify(execFile)('mkfifo', [path])

  test('is told by its name, and keeps nobody from the agents beside it', async () => {
    await using folder = await described({ 'qwen.json': QWEN, 'bad.json': '{' })
    const agents = join(folder.path, '.quintet/agents')
    await fifo(join(agents, 'pipe.json'))
    await mkdir(join(agents, 'folder.json'))
    await symlink('nothing', join(agents, 'dangling.json'))
    await symlink('circle.json', join(agents, 'circle.json'))
    const { tables, broken } = await readRegistry(folder.path, 'linux-x86_64')
    expect(Object.keys(tables)).toEqual(['qwen'])
    const told = Object.entries(broken).map(([name, { code, message }]) => [name, code, message])
    const prefix = 'The file .quintet/agents/'
    expect(told).toEqual([
      ['bad', 'E_REGISTRY_SYNTAX', expect.stringContaining(`${prefix}bad.json is not valid JSON`)],
      ['circle', 'E_REGISTRY_INVALID', `${prefix}circle.json cannot be read (ELOOP).`],
      ['dangling', 'E_REGISTRY_INVALID', `${prefix}dangling.json is a link to something that is not there.`],
      ['folder', 'E_REGISTRY_INVALID', `${prefix}folder.json is a folder.`],
      ['pipe', 'E_REGISTRY_INVALID', `${prefix}pipe.json is no plain file.`],
    ])
    expect(broken['pipe']?.hints).toHaveLength(1)
    await expect(registryAgents(folder.path)).rejects.toMatchObject({ code: 'E_REGISTRY_SYNTAX' })
  })

  test('is of no account where the configuration has a table of that name', async () => {
    await using folder = await described({}, '[agents.pipe]\ncommand = ["mine"]\n')
    await mkdir(join(folder.path, '.quintet/agents'))
    await fifo(join(folder.path, '.quintet/agents/pipe.json'))
    const env = { XDG_CONFIG_HOME: `${folder.path}/nobody` }
    expect((await loadConfig(folder.path, env)).agents['pipe']).toMatchObject({ command: ['mine'] })
    const { sources, broken } = await examineConfig(folder.path, env)
    expect([sources, broken]).toEqual([{ pipe: { file: '.quintet/config.toml', repository: true } }, {}])
  })

  test('is no configuration and no plan either', async () => {
    await using folder = await temporaryFolder()
    const env = { XDG_CONFIG_HOME: `${folder.path}/nobody` }
    await mkdir(join(folder.path, '.quintet/plans'), { recursive: true })
    await fifo(join(folder.path, '.quintet/config.toml'))
    await fifo(join(folder.path, '.quintet/plans/pipe.toml'))
    await expect(loadConfig(folder.path, env)).rejects.toMatchObject({
      code: 'E_CONFIG_INVALID',
      message: 'The file .quintet/config.toml is no plain file.',
    })
    await expect(loadPlan(folder.path, 'pipe')).rejects.toMatchObject({
      code: 'E_PLAN_INVALID',
      message: 'The file .quintet/plans/pipe.toml is no plain file.',
    })
  })
})

test('platforms are named as in the registry', () => {
  expect(registryPlatform('linux', 'x64')).toBe('linux-x86_64')
  expect(registryPlatform('darwin', 'arm64')).toBe('darwin-aarch64')
  expect(registryPlatform('plan9', 'mips')).toBe('plan9-mips')
})
