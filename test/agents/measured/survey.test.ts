// Looking at agents: real processes that play them, started from the configuration.
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { surveyAgents, type SurveyedAgent, type SurveyOptions } from '../../../src/agents/measured/survey.ts'
import { PRESETS } from '../../../src/agents/presets.ts'
import { FIXTURES, misfit, NEVER } from '../stage.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { temporaryFolder } from '../../support/repository.ts'

interface Ground extends AsyncDisposable {
  readonly folder: string
  readonly started: string[]
  look(
    agents: Readonly<Record<string, { command: string[]; mode?: string; writes?: string[] }>>,
    how?: Partial<SurveyOptions>,
  ): Promise<Readonly<Record<string, SurveyedAgent>>>
}

async function ground(): Promise<Ground> {
  const temporary = await temporaryFolder()
  const folder = temporary.path
  await mkdir(join(folder, 'seen'))
  const started: string[] = []
  return {
    folder,
    started,
    async look(agents, how = {}) {
      // Presets of this machine are none of this test's business.
      const nobody = Object.fromEntries(
        Object.keys(PRESETS).map((id) => [id, { command: ['/no/such/agent'] }]),
      )
      const named = Object.entries({ ...nobody, ...agents }).map(
        ([id, agent]) => [id, { env: {}, ...agent }] as const,
      )
      const mine = { file: 'mine.toml', repository: false }
      const found = await surveyAgents({
        root: folder,
        config: { agents: Object.fromEntries(named) },
        sources: Object.fromEntries(named.map(([id]) => [id, mine])),
        names: [],
        home: folder,
        memory: join(folder, 'cache', 'agents'),
        fresh: false,
        signal: NEVER,
        onStart: (name) => started.push(name),
        ...how,
      })
      return Object.fromEntries(found.map((agent) => [agent.name, agent]))
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  }
}

/** Where the fixture notes what it is asked, below the home folder. */
const writes = ['seen/']

const keeper = (folder: string): string[] => [
  process.execPath,
  join(FIXTURES, 'keeper.mjs'),
  join(folder, 'seen', 'requests'),
  'resume',
]

describe('an agent', () => {
  test('is started once, put into its mode, and remembered', async () => {
    await using here = await ground()
    const agents = { mine: { command: keeper(here.folder), mode: 'default', writes: ['seen/'] } }
    const first = await here.look(agents)
    expect(first['mine']).toMatchObject({
      from: 'configuration',
      file: process.execPath,
      preset: null,
      error: null,
      found: {
        measured: {
          name: 'keeper',
          version: '1',
          resume: true,
          load: false,
          fork: false,
          tools: [],
          session: { modes: ['auto', 'default'], mode: { wanted: 'default', actual: 'default' } },
          login: null,
        },
      },
    })
    expect(first['claude']).toMatchObject({ file: null, found: null, error: null, from: 'configuration' })
    const asked = await readFile(join(here.folder, 'seen', 'requests'), 'utf8')
    expect(asked.match(/"method":"[^"]+"/g)).toEqual([
      '"method":"initialize"',
      '"method":"session/new"',
      '"method":"session/set_mode"',
    ])
    expect((await here.look(agents))['mine']?.found).toEqual(first['mine']?.found)
    expect(here.started).toEqual(['mine'])
    await here.look(agents, { fresh: true })
    expect(here.started).toEqual(['mine', 'mine'])
  })

  test('is started again when its program was replaced or is called in another way', async () => {
    await using here = await ground()
    const program = join(here.folder, 'agent.mjs')
    const text = await readFile(join(FIXTURES, 'keeper.mjs'), 'utf8')
    await writeFile(program, text.replace(/^#!.*/, `#!${process.execPath}`))
    await chmod(program, 0o755)
    const command = [program, join(here.folder, 'seen', 'requests'), 'load']
    await here.look({ mine: { command, writes } })
    await here.look({ mine: { command, writes } })
    expect(here.started).toHaveLength(1)
    await here.look({ mine: { command, writes, mode: 'default' } })
    expect(here.started).toHaveLength(2)
    await utimes(program, new Date(), new Date(Date.now() - 60_000))
    await here.look({ mine: { command, writes } })
    expect(here.started).toHaveLength(3)
  })

  test('that wants a login says so, and is not remembered', async () => {
    await using here = await ground()
    const found = await here.look({ mine: { command: misfit('login') } })
    expect(found['mine']?.found?.measured).toMatchObject({
      session: null,
      login: { said: 'Authentication required', offers: ['Log in with a browser'] },
    })
    await here.look({ mine: { command: misfit('login') } })
    expect(here.started).toEqual(['mine', 'mine'])
  })

  test('that cannot be started keeps the others from nothing', async () => {
    await using here = await ground()
    const found = await here.look({
      bad: { command: misfit('quit') },
      good: { command: keeper(here.folder), writes },
    })
    expect(found['bad']).toMatchObject({ found: null, error: { code: 'E_AGENT_EXITED' } })
    expect(found['good']?.error).toBeNull()
  })
})

describe('an agent that the repository describes', () => {
  const repository = { sources: { mine: { file: '.quintet/config.toml', repository: true } } }

  test('is not started, unless it is asked for by its name', async () => {
    await using here = await ground()
    const agents = { mine: { command: keeper(here.folder), writes } }
    const unasked = await here.look(agents, { ...repository, fresh: true })
    expect(unasked['mine']).toMatchObject({
      untried: 'repository',
      source: '.quintet/config.toml',
      found: null,
      error: null,
    })
    expect(here.started).toEqual([])
    const asked = await here.look(agents, { ...repository, names: ['mine'] })
    expect([Object.keys(asked), asked['mine']?.untried, here.started]).toEqual([['mine'], null, ['mine']])
    // What it said is remembered.
    const later = await here.look(agents, repository)
    expect([later['mine']?.untried, later['mine']?.found]).toEqual([null, asked['mine']?.found])
    expect(here.started).toEqual(['mine'])
  })

  test('is known neither from a start nor by the preset whose name it takes', async () => {
    await using here = await ground()
    const found = await here.look({ claude: { command: misfit('quit') } }, { sources: {} })
    expect(found['claude']).toMatchObject({ preset: null, untried: 'repository', found: null })
    expect(here.started).toEqual([])
  })
})

test.each([
  ['would be downloaded', 'npx', 'download'],
  ['has its program in the repository', './bin/agent', 'repository'],
])('an agent of the operator that %s is not started unasked', async (_what, program, untried) => {
  await using here = await ground()
  const bin = join(here.folder, 'bin')
  await mkdir(bin)
  for (const name of ['npx', 'agent'])
    await writeFile(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const command = [program === 'npx' ? join(bin, 'npx') : program, 'agent']
  expect((await here.look({ mine: { command } }))['mine']).toMatchObject({
    untried,
    found: null,
    error: null,
  })
  expect(here.started).toEqual([])
})

test('an agent that is looked at in a box writes nowhere but into folders of its own', async (context) => {
  if (process.platform !== 'linux' || !(await boxAvailable()).available)
    context.skip('There are no boxes here.')
  await using here = await ground()
  const home = join(here.folder, 'home')
  await mkdir(join(home, '.claude'), { recursive: true })
  await writeFile(join(home, '.claude', '.credentials.json'), 'login')
  await writeFile(join(home, '.claude', 'history'), 'private')
  await writeFile(join(home, '.profile'), 'settings')
  const script = [
    `cd ${home}`,
    'cat .claude/.credentials.json .profile > .claude/read',
    'test ! -e .claude/history || exit 1',
    'for at in .profile .claude/.credentials.json ../seen/x; do echo x >> $at; done',
    'echo x > new; echo x > .claude/new; cat .claude/read new "$TMPDIR"/* .claude/new > ../told/all',
  ].join('\n')
  await mkdir(join(here.folder, 'told'))
  await mkdir(join(home, 'told'))
  const command = ['/bin/sh', '-c', script.replaceAll('../told', 'told')]
  await here.look({ claude: { command, writes: ['told/'] } }, { names: ['claude'], home })
  expect(await readFile(join(home, 'told', 'all'), 'utf8')).toBe('loginsettingsx\nx\n')
  expect(await readFile(join(home, '.claude', '.credentials.json'), 'utf8')).toBe('login')
  expect(await readFile(join(home, '.profile'), 'utf8')).toBe('settings')
  expect(await readdir(home)).toEqual(['.claude', '.profile', 'told'])
  expect(await readdir(join(home, '.claude'))).toEqual(['.credentials.json', 'history'])
  expect(await readdir(join(here.folder, 'seen'))).toEqual([])
})

test('a cache that is torn or cannot be written is as good as none', async () => {
  await using here = await ground()
  const agents = { mine: { command: keeper(here.folder), writes } }
  await here.look(agents)
  const cache = join(here.folder, 'cache', 'agents')
  const [name = ''] = await readdir(cache)
  await writeFile(join(cache, name), '{"schema":1,')
  await here.look(agents)
  expect(here.started).toHaveLength(2)
  await using there = await ground()
  await mkdir(join(there.folder, 'cache'))
  await writeFile(join(there.folder, 'cache', 'agents'), 'a file')
  expect((await there.look({ mine: { command: keeper(there.folder), writes } }))['mine']?.error).toBeNull()
})
