import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type FactData, type FactType, parseFact } from '../../src/contract/facts.ts'
import { boxAvailable } from '../../src/process/box.ts'
import { temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet, type Result } from './process.ts'

const script = (steps: readonly object[]): string => JSON.stringify({ schema: 1, name: 'test', steps })
const commit = (message: string): object => ({
  // Past every hook, as an agent would that means to.
  run: ['git', '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--no-verify', '-am', message],
})

function plan(pieces: readonly string[], rest = '', land: 'each' | 'together' = 'each'): string {
  const list = pieces.map(
    (id) =>
      `{ id = "${id}", title = "${id}", brief = "Change it.", scope = { include = ["/src/${id}/"] }, agent = "scripted", script = "${id}.json" },`,
  )
  const integration = `integration = { land = "${land}", checks = [{ name = "git", run = ["git", "--version"] }] }`
  return [`goal = "Change it"`, `target = "main"`, rest, 'pieces = [', ...list, ']', integration].join('\n')
}

/** A repository whose daemon is stopped in the end. */
async function homeOf(files: Readonly<Record<string, string>>) {
  const repository = await temporaryRepository({ files })
  const state = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_STATE_HOME: state.path, XDG_CONFIG_HOME: state.path } }
  return {
    repository,
    at,
    [Symbol.asyncDispose]: async () => {
      await quintet(['stop', '--force'], at)
      await state[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

interface LoggedFact<T extends FactType> {
  readonly stream: string
  readonly data: FactData<T>
}

/** The facts of one type in what `run --json` wrote. */
function facts<T extends FactType>(text: string, type: T): LoggedFact<T>[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{"kind":"fact"') || !line.endsWith('}')) return []
    const { stream, type: own, data }: { stream: string; type: string; data: unknown } = JSON.parse(line)
    const fact = own === type ? parseFact(own, data) : null
    return fact === null ? [] : [{ stream, data: fact.data }]
  })
}

/** Runs each deed once, as soon as its condition holds for what was written so far. */
function director(deeds: readonly { when(text: string): boolean; run(): Promise<Result> }[]) {
  const done = new Map<number, Promise<Result>>()
  return {
    onOutput: (text: string): undefined => {
      for (const [index, deed] of deeds.entries()) {
        if (!done.has(index) && deed.when(text)) done.set(index, deed.run())
      }
    },
    results: () => Promise.all(deeds.map((_, index) => Promise.resolve(done.get(index)))),
  }
}

test('a free path is granted at once; a path of somebody else moves when the operator says so, and only then', async () => {
  await using home = await homeOf({
    'src/a/x.txt': '1\n',
    'src/b/y.txt': '1\n',
    'a.json': script([
      {
        mcp: {
          tool: 'whose_file',
          arguments: { paths: ['src/a/x.txt', 'src/b/y.txt', 'notes.md', '.git/config'] },
          into: 'whose',
        },
      },
      {
        mcp: {
          tool: 'scope_request',
          arguments: { paths: ['notes.md'], reason: 'It lists the changes.' },
          into: 'free',
        },
      },
      { endTurn: true },
      { write: { path: 'notes.md', content: 'by a\n' } },
      {
        mcp: {
          tool: 'scope_request',
          arguments: { paths: ['/src/b/y.txt'], reason: 'Its type needs a field.' },
          into: 'foreign',
        },
      },
      {
        write: {
          path: 'src/a/heard.txt',
          content: '{{answer.whose}}\n{{answer.free}}\n{{answer.foreign}}\n',
        },
      },
      { run: ['git', 'add', '--all'], expect: 0 },
      { commit: 'Change what needs nobody' },
      { endTurn: true },
      { write: { path: 'src/b/y.txt', content: 'by a\n' } },
      { write: { path: 'src/a/x.txt', content: '2\n' } },
      { run: ['git', 'add', '--all'], expect: 0 },
      { commit: 'Change a' },
    ]),
    'b.json': script([
      { ask: { name: 'go', question: 'May b go on?', options: ['yes'] } },
      { write: { path: 'src/b/z.txt', content: '2\n' } },
      { write: { path: 'src/b/y.txt', content: 'by b\n' } },
      { run: ['git', 'add', '--all'] },
      commit('Change b'),
      { endTurn: true },
      { run: ['git', 'checkout', 'main', '--', 'src/b/y.txt'] },
      commit('Take it back'),
    ]),
    '.quintet/plans/two.toml': plan(['a', 'b']),
  })
  const { at, repository } = home
  const open: Promise<Result>[] = []
  const { onOutput, results } = director([
    {
      when: (text) => facts(text, 'session.waiting').some(({ stream }) => stream === 'two-1/session/a'),
      run: async () => {
        open.push(quintet(['blocked', '--json'], at), quintet(['scope', 'list'], at))
        await Promise.all(open)
        return quintet(['scope', 'grant', 'a', '--reason', 'It may.'], at)
      },
    },
    {
      when: (text) => facts(text, 'scope.granted').some(({ data }) => data.from === 'b'),
      run: () => quintet(['answer', 'b', 'yes'], at),
    },
  ])
  const landed = await quintet(['run', 'two', '--json'], { ...at, onOutput })
  expect(landed).toMatchObject({ code: 0 })
  const [granted] = await results()
  expect(granted?.stdout).toBe('Request 2, src/b/y.txt: granted to a, before it was of b.\n')

  const [blocked, list] = await Promise.all(open)
  expect(JSON.parse(blocked?.stdout ?? '').data.needs).toContainEqual(
    expect.objectContaining({
      session: 'two-1/a',
      kind: 'scope',
      text: 'asks for src/b/y.txt (of b): Its type needs a field.',
      command: 'quintet scope grant a src/b/y.txt',
      others: [
        { command: 'quintet scope hand a src/b/y.txt', label: 'let b make the change' },
        { command: 'quintet scope refuse a src/b/y.txt --reason "<why>"', label: 'refuse it' },
      ],
    }),
  )
  expect(list?.stdout).toMatch(/2 +a +open +src\/b\/y\.txt +b /)
  expect(list?.stdout).toMatch(/1 +a +granted +notes\.md +- /)

  const asked = facts(landed.stdout, 'scope.requested').map(({ data }) => data)
  expect(asked.filter(({ via }) => via === 'mcp')).toEqual([
    { n: 1, session: 'a', paths: ['notes.md'], reason: 'It lists the changes.', via: 'mcp', owner: null },
    { n: 2, session: 'a', paths: ['src/b/y.txt'], reason: 'Its type needs a field.', via: 'mcp', owner: 'b' },
  ])
  expect(facts(landed.stdout, 'scope.granted').map(({ data }) => data)).toEqual([
    { n: 1, paths: ['notes.md'], to: 'a', from: null, by: 'policy', reason: 'Nobody owns it.' },
    { n: 2, paths: ['src/b/y.txt'], to: 'a', from: 'b', by: 'operator', reason: 'It may.' },
  ])
  const judged = facts(landed.stdout, 'evidence.gathered').filter(({ stream }) => stream.endsWith('/b'))
  const handed = facts(landed.stdout, 'scope.handed').map(({ data }) => data)
  // A box closes the path with the next turn: the session could not put the file back itself, so that is done for it.
  const boxed = (await boxAvailable()).available
  const patches = await Promise.all(handed.map(({ patch = '' }) => readFile(patch, 'utf8')))
  const takenBack = {
    handed: handed.map(({ n, to, by }) => ({ n, to, by })),
    patches: patches.map((patch) => /^\+by b$/m.test(patch)),
    told: boxed ? [] : judged[0]?.data.outOfScope,
  }
  expect(takenBack).toEqual(
    boxed
      ? { handed: [{ n: 3, to: 'a', by: 'policy' }], patches: [true], told: [] }
      : { handed: [], patches: [], told: [{ path: 'src/b/y.txt', owner: 'a' }] },
  )
  expect(judged.at(-1)?.data).toMatchObject({ outOfScope: [], inScope: ['src/b/z.txt'] })

  expect(await repository.git('show', 'main:src/b/y.txt')).toBe('by a')
  expect(await repository.git('show', 'main:notes.md')).toBe('by a')
  const heard = await repository.git('show', 'main:src/a/heard.txt')
  expect(heard).toContain('src/a/x.txt: this session may write it.')
  expect(heard).toContain('src/b/y.txt: owned by b (b). Ask for it with scope_request.')
  expect(heard).toContain('notes.md: owned by no session; this session may not write it either.')
  expect(heard).toContain('.git/config: nobody may write it.')
  expect(heard).toContain('notes.md: granted (request 1).')
  expect(heard).toContain('src/b/y.txt: not granted yet (request 2). It belongs to b.')
}, 90_000)

test('what is outside the scope is handed to its owner as a patch, taken off the branch, and the owner hears of it', async () => {
  await using home = await homeOf({
    'src/a/x.txt': '1\n',
    'src/b/y.txt': '1\n',
    'a.json': script([
      { write: { path: 'src/a/x.txt', content: '2\n' } },
      // A box keeps the file from being written; git's own index it cannot.
      {
        run: [
          'sh',
          '-c',
          'git update-index --cacheinfo 100644,$(echo "by a" | git hash-object -w --stdin),src/b/y.txt',
        ],
      },
      { run: ['git', 'add', 'src/a'] },
      {
        run: ['git', '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--no-verify', '-m', 'Change a'],
        expect: 0,
      },
      { run: ['git', 'checkout', '--', '.'] },
      { endTurn: true },
      {
        status: {
          completed: [],
          inProgress: [],
          blockedOn: ['scope: `src/b/y.txt` — the type needs a field'],
        },
      },
    ]),
    'b.json': script([
      { ask: { name: 'go', question: 'May b go on?', options: ['yes'] } },
      { write: { path: 'src/b/z.txt', content: '2\n' } },
      { commit: 'Change b' },
      { endTurn: true },
      { run: ['git', 'apply', '--index', '.quintet/session/handed/1.patch'], expect: 0 },
      { commit: 'Take over what a wrote' },
    ]),
    '.quintet/plans/two.toml': plan(['a', 'b'], 'coordination = "on"\nlimits = { reprompts = 1 }'),
  })
  const { at, repository } = home
  const { onOutput, results } = director([
    {
      when: (text) => facts(text, 'session.waiting').some(({ stream }) => stream === 'two-1/session/a'),
      run: () => quintet(['scope', 'hand', 'a', '--reason', 'Yours.', '--json'], at),
    },
    {
      when: (text) => facts(text, 'scope.handed').length > 0,
      run: () => quintet(['answer', 'b', 'yes'], at),
    },
  ])
  const landed = await quintet(['run', 'two', '--json'], { ...at, onOutput })
  expect(landed).toMatchObject({ code: 0 })
  const [handed] = await results()
  expect(handed?.stderr).toBe('')
  const patch = `${repository.path}/.git/quintet/patches/two-1/a-to-b-1.patch`
  expect(JSON.parse(handed?.stdout ?? '').data).toEqual({
    session: 'two-1/a',
    requests: [{ n: 1, paths: ['src/b/y.txt'], outcome: 'handed', owner: 'b', to: 'b', patch }],
  })
  expect(facts(landed.stdout, 'scope.requested')[0]?.data).toMatchObject({
    session: 'a',
    paths: ['src/b/y.txt'],
    reason: 'the type needs a field',
    via: 'status',
    owner: 'b',
  })
  expect(await readFile(patch, 'utf8')).toMatch(/^\+by a$/m)
  expect(await repository.git('show', 'main:src/b/y.txt')).toBe('by a')
  expect(await repository.git('show', 'main:src/a/x.txt')).toBe('2')
  const taken = facts(landed.stdout, 'session.finished').find(({ stream }) => stream.endsWith('/a'))
  expect(await repository.git('show', `${taken?.data.tip ?? ''}:src/b/y.txt`)).toBe('1')
  expect(await repository.git('log', '-1', '--format=%an %s', taken?.data.tip ?? '')).toBe(
    'Quintet Hand over to b',
  )
}, 90_000)

test('tools to ask and to report; a refused write is told and filed; what cannot move does not', async () => {
  await using home = await homeOf({
    'src/a/x.txt': '1\n',
    'src/b/y.txt': '1\n',
    'a.json': script([
      {
        mcp: {
          tool: 'ask_operator',
          arguments: { question: 'Which way?', options: ['left', 'right'] },
          into: 'way',
        },
      },
      { mcp: { tool: 'report_status', arguments: { completed: ['went {{answer.way}}'] } } },
      { mcp: { tool: 'decisions', into: 'decided' } },
      { write: { path: 'src/a/x.txt', content: '{{answer.way}}\n{{answer.decided}}' } },
      { commit: 'Change a' },
      { permission: { title: 'Edit src/b/y.txt', path: 'src/b/y.txt' } },
      { endTurn: true },
      { write: { path: 'src/a/z.txt', content: 'after the refusal\n' } },
      { commit: 'Go on' },
    ]),
    'b.json': script([
      { ask: { name: 'go', question: 'May b go on?', options: ['yes'] } },
      { write: { path: 'src/b/z.txt', content: '2\n' } },
      { commit: 'Change b' },
    ]),
    // A session that has landed holds nothing any more; one that has only finished does.
    '.quintet/plans/two.toml': plan(['a', 'b'], '', 'together'),
  })
  const { at, repository } = home
  const refusals: Result[] = []
  const { onOutput, results } = director([
    {
      when: (text) => facts(text, 'question.asked').some(({ data }) => data.text === 'Which way?'),
      run: async () => {
        await quintet(['decide', 'Use', 'UTC'], at)
        return quintet(['answer', 'a', 'left'], at)
      },
    },
    {
      when: (text) => facts(text, 'session.finished').some(({ stream }) => stream.endsWith('/a')),
      run: async () => {
        for (const words of [
          ['refuse', 'b'],
          ['grant', 'b'],
          ['grant', 'b', '.git/config'],
          ['grant', 'b', 'src/*.ts'],
          ['grant', 'b', 'src/a/x.txt'],
          ['grant', 'b', 'src/b/'],
          ['hand', 'b', 'notes.md'],
          ['grant', 'b', 'free dir/a b.md'],
        ])
          refusals.push(await quintet(['scope', ...words], at))
        const refused = await quintet(['scope', 'refuse', 'a', '--reason', 'Leave it.'], at)
        await quintet(['answer', 'b', 'yes'], at)
        return refused
      },
    },
  ])
  const landed = await quintet(['run', 'two', '--json'], { ...at, onOutput })
  expect(landed).toMatchObject({ code: 0 })
  const [, refused] = await results()
  expect(refused?.stdout).toBe('Request 1, src/b/y.txt: refused; a is told.\n')
  expect(
    refusals.map(({ code, stderr, stdout }) => [code, /\((E_\w+)\)/.exec(stderr)?.[1] ?? stdout]),
  ).toEqual([
    [3, 'E_NO_REQUEST'],
    [3, 'E_NO_REQUEST'],
    [3, 'E_SCOPE_FORBIDDEN'],
    [3, 'E_SCOPE_FORBIDDEN'],
    [6, 'E_SCOPE_IN_USE'],
    [3, 'E_NO_REQUEST'],
    [3, 'E_SCOPE_UNOWNED'],
    [0, 'Request 2, free dir/a b.md: granted to b.\n'],
  ])
  expect(facts(landed.stdout, 'scope.requested').map(({ data }) => data)).toEqual([
    {
      n: 1,
      session: 'a',
      paths: ['src/b/y.txt'],
      reason: 'The agent tried: Edit src/b/y.txt',
      via: 'permission',
      owner: 'b',
    },
    {
      n: 2,
      session: 'b',
      paths: ['free dir/a b.md'],
      reason: expect.any(String),
      via: 'operator',
      owner: null,
    },
  ])
  const turns = facts(landed.stdout, 'turn.started').filter(({ stream }) => stream.endsWith('/a'))
  expect(turns.map(({ data }) => data.prompt)).toEqual(['first', 'refused'])
  expect(facts(landed.stdout, 'status.read').map(({ data }) => data.completed)).toContainEqual(['went left'])
  const heard = await repository.git('show', 'main:src/a/x.txt')
  expect(heard).toMatch(/^left\n/)
  expect(heard).toMatch(/Use UTC/)
  expect(await repository.git('show', 'main:src/a/z.txt')).toBe('after the refusal')
}, 90_000)
