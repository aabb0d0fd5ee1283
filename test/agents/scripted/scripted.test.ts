// The scripted agent as a process, driven by the real driver: every kind of step, and kill -9 between any two of them.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { client } from '@agentclientprotocol/sdk'
import { describe, expect, test } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { scriptedAgent } from '../../../src/agents/scripted/agent.ts'
import { run } from '../../../src/process/run.ts'
import { temporaryFolder, type TemporaryRepository } from '../../support/repository.ts'
import { NEVER, Stage, type Step } from '../stage.ts'

const END = { kind: 'stopped', reason: 'end_turn' }
const set = (): Promise<Stage> => Stage.set({ driver: acpDriver() })

const gitIn =
  (repository: TemporaryRepository) =>
  (...args: string[]): Promise<string> =>
    repository.git(...args)

/** Titles and endings of the tool calls. */
const tools = (stage: Stage): string[] =>
  stage.events.flatMap((event) =>
    event.kind === 'tool' && event.status !== 'running' && event.status !== 'pending'
      ? [`${event.tool} ${event.title}: ${event.status}`]
      : [],
  )

describe.concurrent('steps', () => {
  test('read, write, edit, delete and run', async () => {
    await using stage = await set()
    await writeFile(join(stage.home, 'long.txt'), 'from a file, {{answer.none}}\n')
    await using conversation = await stage.play([
      { read: 'a.txt' },
      { read: 'none.txt' },
      { write: { path: 'deep/er/x.txt', content: 'x\n' } },
      { write: { path: 'y.txt', from: 'long.txt' } },
      { edit: { path: 'a.txt', old: 'one', new: 'one and one' } },
      { edit: { path: 'a.txt', old: 'seven', new: 'eight' } },
      { delete: 'deep' },
      { delete: 'none.txt' },
      { run: ['git', 'status', '--short'] },
      { run: ['false'] },
      { run: ['quintet-no-such-program'] },
      { run: [process.execPath, '-e', 'process.exit(4)'], expect: 4 },
    ])
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(tools(stage)).toEqual([
      'read Read a.txt: completed',
      'read Read none.txt: failed',
      'edit Write deep/er/x.txt: completed',
      'edit Write y.txt: completed',
      'edit Edit a.txt: completed',
      'edit Edit a.txt: failed',
      'delete Delete deep: completed',
      'delete Delete none.txt: completed',
      'execute git status --short: completed',
      'execute false: failed',
      'execute quintet-no-such-program: failed',
      `execute ${process.execPath} -e process.exit(4): completed`,
    ])
    expect(await stage.read('y.txt')).toBe('from a file, {{answer.none}}\n')
    expect(await stage.read('a.txt')).toBe('one and one\n')
    expect(await stage.read('deep/er/x.txt')).toBeUndefined()
  })

  test('calls that are only told touch nothing, and several are made at once', async () => {
    await using stage = await set()
    await using conversation = await stage.play([
      { call: { tool: 'Bash', input: { command: 'npm test' }, output: '1 failing', exit: 1 } },
      {
        call: [
          { tool: 'Edit', input: { file_path: 'a.txt' }, edits: [{ path: 'a.txt', old: 'one', new: 'two' }] },
          { tool: 'Read', input: { file_path: 'b.txt' }, output: 'There is none.', ok: false },
        ],
      },
    ])
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    const told = stage.events.filter((event) => event.kind === 'tool')
    expect(told).toMatchObject([
      { tool: 'execute', title: 'npm test', name: 'Bash', status: 'running', input: { command: 'npm test' } },
      { tool: 'execute', status: 'failed', output: '1 failing', exit: 1 },
      { tool: 'edit', status: 'running', paths: ['a.txt'] },
      { tool: 'read', status: 'running', paths: ['b.txt'] },
      { tool: 'edit', status: 'completed', edits: [{ path: 'a.txt', old: 'one', new: 'two' }] },
      { tool: 'read', status: 'failed', output: 'There is none.' },
    ])
    expect(await stage.read('a.txt')).toBe('one\n')
  })

  test('what is done is told with arguments, output and exit code', async () => {
    await using stage = await set()
    await using conversation = await stage.play([
      { edit: { path: 'a.txt', old: 'one', new: 'two' } },
      { run: [process.execPath, '-e', 'console.log(1); process.exit(3)'] },
    ])
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(stage.events.filter((event) => event.kind === 'tool' && event.status !== 'running')).toMatchObject(
      [
        { name: 'Edit', edits: [{ path: 'a.txt', old: 'one\n', new: 'two\n' }] },
        { name: 'Bash', status: 'failed', output: '1\n', exit: 3 },
      ],
    )
  })

  test('an exit code that the script expects and does not get is an error answer', async () => {
    await using stage = await set()
    await using conversation = await stage.play([{ run: ['false'], expect: 0 }, { say: 'on' }])
    expect(await conversation.prompt('go', NEVER)).toMatchObject({
      kind: 'failed',
      message: 'false ended with 1, the script expects 0.',
    })
  })

  test('commit and apply', async () => {
    await using stage = await set()
    const git = gitIn(stage.repository)
    await git('checkout', '--quiet', '-b', 'other')
    await writeFile(join(stage.cwd, 'b.txt'), 'b\n')
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'Add b')
    await git('checkout', '--quiet', 'main')
    await using conversation = await stage.play([
      { write: { path: 'c.txt', content: 'c\n' } },
      { commit: 'Add c' },
      { commit: 'Add nothing' },
      { apply: 'other' },
      { apply: 'nowhere' },
    ])
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(await git('log', '--format=%s')).toBe('Add b\nAdd c\nfirst')
    expect(
      tools(stage)
        .slice(1)
        .map((line) => line.split(': ').at(-1)),
    ).toEqual(['completed', 'completed', 'completed', 'failed'])
  })

  test('status goes to the file that is named, and nowhere without one', async () => {
    const steps = [{ status: { completed: ['schema'], blockedOn: ['a decision'] } }, { say: 'told' }]
    await using stage = await set()
    const file = join(stage.home, 'folder', 'status.md')
    await using conversation = await stage.play(steps, { env: { QUINTET_STATUS_FILE: file } })
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(await readFile(file, 'utf8')).toBe(
      '## Completed\n\n- schema\n\n## In Progress\n\n- none\n\n## Blocked On\n\n- a decision\n',
    )
    await using other = await set()
    await using silent = await other.play(steps)
    expect(await silent.prompt('go', NEVER)).toEqual(END)
    expect(other.events).toMatchObject([{ kind: 'text', text: 'told' }])
  })

  test('waits can be left out, and a path is waited for however deep it comes', async () => {
    await using stage = await set()
    const steps = [{ wait: 600_000 }, { say: 'waiting' }, { waitFor: 'x/y/z.txt' }, { say: 'there' }]
    await using conversation = await stage.play(steps, { env: { QUINTET_SCRIPT_SPEED: '0' } })
    const turn = conversation.prompt('go', NEVER)
    await stage.said('waiting')
    await mkdir(join(stage.cwd, 'x'))
    await mkdir(join(stage.cwd, 'x/y'))
    await writeFile(join(stage.cwd, 'x/y/z.txt'), '')
    expect(await turn).toEqual(END)
    expect(stage.words).toBe('waiting|there')
  })

  test('garbage is survived', async () => {
    await using stage = await set()
    await using conversation = await stage.play([{ garbage: 'segmentation fault\n' }, { say: 'fine' }])
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(stage.words).toBe('fine')
    await conversation.stop()
    expect(await readFile(stage.log, 'utf8')).toContain('no protocol message: segmentation fault')
  })

  test('in the mode in which it is free it asks for no permission', async () => {
    await using stage = await set()
    const steps = [{ permission: { title: 'Write x', path: 'x' } }, { write: { path: 'x', content: 'x' } }]
    await using conversation = await stage.play(steps, { mode: 'free' })
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    expect(stage.questions).toEqual([])
    expect(await stage.read('x')).toBe('x')
  })

  test('after its last step it says so, whenever it is prompted', async () => {
    await using stage = await set()
    await using conversation = await stage.play([{ say: 'all' }])
    await conversation.prompt('go', NEVER)
    expect(await conversation.prompt('more', NEVER)).toEqual(END)
    expect(stage.words).toBe('all|The script has no more steps.')
  })
})

describe.concurrent('faults happen once', () => {
  test.each<[string, Step]>([
    ['die', { die: 9 }],
    ['fail', { fail: 'no' }],
  ])('%s', async (_name, fault) => {
    await using stage = await set()
    const command = await stage.script([fault, { say: 'behind it' }])
    await using first = await stage.open(command)
    expect((await first.prompt('go', NEVER)).kind).not.toBe('stopped')
    await first.stop()
    await using second = await stage.open(command, { resume: first.id })
    expect(await second.prompt('go', NEVER)).toEqual(END)
    expect(stage.words).toBe('behind it')
  })
})

describe('a script', () => {
  test.each([
    ['{"schema": 1, "name": "x", "steps": [{"say": "a"}, {"shout": "b"}]}', 'steps.1'],
    ['{"schema": 2, "name": "x", "steps": []}', 'schema'],
    ['not JSON', 'not valid JSON'],
  ])('that is wrong is named: %s', async (text, words) => {
    await using stage = await set()
    const command = await stage.script([])
    await writeFile(command.at(-1) ?? '', text)
    await expect(stage.open(command)).rejects.toMatchObject({
      code: 'E_AGENT_EXITED',
      message: expect.stringContaining(words),
    })
  })

  test('that is missing is named', async () => {
    await using stage = await set()
    const command = await stage.script([])
    const result = await run(command[0] ?? '', [...command.slice(1, -1), '/no/such/script.json'], {
      cwd: '/',
    })
    expect(result).toMatchObject({ exitCode: 2 })
    expect(result.stderr.toString()).toContain('/no/such/script.json')
  })
})

test('a client without forms is asked by a choice, and told nothing of compaction', async () => {
  await using folder = await temporaryFolder()
  const { app } = scriptedAgent({
    script: {
      schema: 1,
      name: 'x',
      window: 100,
      steps: [
        { ask: { name: 'n', question: 'Which?', options: ['a', 'b'] } },
        { say: 'chose {{answer.n}}' },
        { compact: 'gone' },
      ],
    },
    scriptFile: join(folder.path, 'x.json'),
    state: folder.path,
    statusFile: null,
    speed: 0,
    env: {},
    version: '1',
  })
  const heard: unknown[] = []
  const asked: string[] = []
  await client()
    .onRequest('session/request_permission', ({ params }) => {
      asked.push(...params.options.map(({ name }) => name))
      return { outcome: { outcome: 'selected', optionId: params.options[1]?.optionId ?? '' } }
    })
    .onNotification('session/update', ({ params }) => {
      const { update } = params
      heard.push(
        'content' in update && update.content !== null && 'text' in update.content
          ? update.content.text
          : update.sessionUpdate,
      )
    })
    .connectWith(app, async (agent) => {
      await agent.request('initialize', { protocolVersion: 1, clientCapabilities: {} })
      const { sessionId } = await agent.request('session/new', { cwd: folder.path, mcpServers: [] })
      await agent.request('session/prompt', { sessionId, prompt: [{ type: 'text', text: 'go' }] })
    })
  expect(asked).toEqual(['a', 'b', 'No answer'])
  expect(heard).toEqual(['chose b', 'usage_update'])
})

test(
  'killed at any moment and resumed, it comes to the same end, and commits everything once',
  { timeout: 60_000 },
  async () => {
    await using stage = await set()
    stage.answer = () => Promise.resolve({ kind: 'text', text: 'blue' })
    const git = gitIn(stage.repository)
    await git('checkout', '--quiet', '-b', 'other')
    await writeFile(join(stage.cwd, 'other.txt'), 'other\n')
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'Add other')
    await git('checkout', '--quiet', 'main')
    const rounds = [1, 2, 3, 4, 5, 6]
    const command = await stage.script([
      { ask: { name: 'colour', question: 'Which colour?' } },
      ...rounds.flatMap((round) => [
        { write: { path: `file-${round}.txt`, content: `{{answer.colour}} ${round}\n` } },
        { edit: { path: 'a.txt', old: 'one', new: `one ${round}` } },
        { commit: `Round ${round}` },
      ]),
      { apply: 'other' },
    ])
    let conversation = await stage.open(command)
    let kills = 0
    for (const delay of [0, 25, 50, 75, 100, 140]) {
      const turn = conversation.prompt('go', NEVER)
      await new Promise((resolve) => setTimeout(resolve, delay))
      const group = stage.groups.at(-1) ?? 0
      if (conversation.alive) process.kill(group, 'SIGKILL')
      if ((await turn).kind === 'lost') kills += 1
      await conversation.stop()
      conversation = await stage.open(command, { resume: conversation.id })
    }
    expect(await conversation.prompt('go', NEVER)).toEqual(END)
    await conversation.stop()
    expect(kills).toBeGreaterThan(0)
    const subjects = rounds.map((round) => `Round ${round}`)
    expect((await git('log', '--format=%s')).split('\n').reverse()).toEqual([
      'first',
      ...subjects,
      'Add other',
    ])
    expect(await stage.read('a.txt')).toBe(`one ${[...rounds].reverse().join(' ')}\n`)
    expect(await stage.read('file-6.txt')).toBe('blue 6\n')
    expect(await git('status', '--porcelain')).toBe('')
    expect(await readdir(join(stage.cwd, '.git'))).not.toContain('index.lock')
  },
)
