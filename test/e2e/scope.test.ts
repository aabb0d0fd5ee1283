// One writer per path while agents run, on the built command line: what is asked for, who decides, who hears of it, and
// what the gate does with work on paths of others.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScopeRequest } from '../../src/contract/scope.ts'
import type { Need, RunView } from '../../src/contract/view.ts'
import { answerOf, type Call, factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { ask, GREEN, planFiles, prompts, work } from '../support/scenario.ts'
import { killNow } from '../support/processes.ts'

const END = { endTurn: true } as const
const of =
  (piece: string, run = 'work-1') =>
  (_data: unknown, stream: string): boolean =>
    stream === `${run}/session/${piece}`

const request = (path: string, reason = 'It is needed.') => ({
  mcp: { tool: 'scope_request', arguments: { paths: [path], reason } },
})

/** The text of the decision on a path as the log tells it. */
async function logged(home: Home): Promise<string> {
  return (await home.quintet('log')).stdout
}

/** Commits what the index is made to say, past every box and hook, as an agent would that means to. */
function smuggle(...updates: string[]) {
  return [
    ...updates.map((update) => ({ run: ['sh', '-c', update], expect: 0 })),
    {
      run: ['git', '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--no-verify', '-m', 'Reach out'],
      expect: 0,
    },
    { run: ['git', 'checkout', '--force', '--', '.'] },
  ]
}

/** Ends `call` and answers with its exit code and what it wrote, for a test to look at. */
async function landed(call: Call): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const { code, stderr } = await call.ended
  return { code, stderr: code === 0 ? '' : stderr }
}

test('a grant moves the path at once, for everybody: log, status, list, prompts and tools', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: {
          noted: true,
          steps: [
            ...work('a'),
            request('src/b/new.txt', 'A helper is missing.'),
            END,
            { write: { path: 'src/b/new.txt', content: 'by a\n' } },
            { commit: 'Add the helper' },
          ],
        },
        b: {
          noted: true,
          steps: [
            ask('Go on?', 'yes'),
            { mcp: { tool: 'decisions', into: 'decided' } },
            { write: { path: 'src/b/main.txt', content: '{{answer.decided}}' } },
            { commit: 'Change b' },
            END,
          ],
        },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  // Nothing else is missing: it waits for the answer all the same.
  expect(await run.until('session.waiting', of('a'))).toEqual({
    reason: 'It waits for the answer to scope request 1.',
  })
  await run.until('question.asked', of('b'))
  expect((await home.quintet('status')).stdout).toContain(
    'asks for src/b/new.txt (of b): A helper is missing.',
  )
  expect(await home.json<{ requests: ScopeRequest[] }>('scope', 'list')).toMatchObject({
    run: 'work-1',
    requests: [{ n: 1, piece: 'a', paths: ['src/b/new.txt'], owner: 'b', via: 'mcp', state: 'open' }],
  })
  expect(await home.json('scope', 'grant', 'a', '--reason', 'It may.')).toEqual({
    session: 'work-1/a',
    requests: [{ n: 1, paths: ['src/b/new.txt'], outcome: 'granted', owner: 'b', to: 'a' }],
  })
  await run.until('session.finished', of('a'))
  expect((await home.quintet('status')).stdout).toContain('moved to a: src/b/new.txt (b)')
  expect((await home.quintet('scope', 'list')).stdout).toMatch(/1 +a +granted +src\/b\/new\.txt +b/)
  expect(await home.quintet('answer', 'b', 'yes')).toMatchObject({ code: 0 })
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })

  const log = await logged(home)
  expect(log).toContain('scope request 1: a asks for src/b/new.txt of b: A helper is missing.')
  expect(log).toContain('scope request 1 granted by operator: src/b/new.txt now of a, before of b')
  expect((await prompts(home, 'a'))[1]).toContain(
    'Request 1, `src/b/new.txt`: granted. The session may write it from now on, and nobody else. It may.',
  )
  expect(await home.git('show', 'main:src/b/main.txt')).toContain('- src/b/new.txt: now of a')
  expect(await home.git('show', 'main:src/b/new.txt')).toBe('by a')
})

test('a refused request tells the agent why; the file that it reports in does as well as the tool', async () => {
  await using machine = await Machine.make()
  const scope = 'scope: `src/b/main.txt` — its type is private'
  const home = await machine.repository(
    planFiles({
      coordination: 'on',
      pieces: {
        a: {
          noted: true,
          steps: [{ status: { blockedOn: [scope] } }, END, ...work('a'), END],
        },
        b: { steps: [...work('b')] },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting', of('a'))
  const list = await home.json<{ requests: ScopeRequest[] }>('scope', 'list')
  expect(list.requests).toMatchObject([{ via: 'status', reason: 'its type is private', owner: 'b' }])
  expect((await home.quintet('scope', 'refuse', 'a', '--reason', 'Use what it exports.')).stdout).toBe(
    'Request 1, src/b/main.txt: refused; a is told.\n',
  )
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
  expect((await prompts(home, 'a'))[1]).toContain(
    'Request 1, `src/b/main.txt`: refused. Use what it exports. Do without it, and do not work around it.',
  )
  expect(await logged(home)).toContain('scope request 1 refused by operator: Use what it exports.')
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 2')
})

test('who does not accept a refusal is blocked on it, and the operator is asked', async () => {
  await using machine = await Machine.make()
  const blocked = (more: string) => ({
    status: { completed: [more], blockedOn: ['scope: `src/b/main.txt` — its type is private'] },
  })
  const home = await machine.repository(
    planFiles({
      coordination: 'on',
      pieces: {
        a: { steps: [...work('a'), blocked('one'), END, blocked('two'), END] },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting', of('a'))
  await home.quintet('scope', 'refuse', 'a', '--reason', 'No.')
  await run.until(
    'session.waiting',
    (data, stream) => of('a')(data, stream) && data.reason.startsWith('Blocked'),
  )
  const { needs } = await home.json<{ needs: Need[] }>('blocked')
  expect(needs.filter(({ session }) => session === 'work-1/a')).toMatchObject([
    { kind: 'waiting', text: 'Blocked on: scope: `src/b/main.txt` — its type is private' },
  ])
  await home.quintet('session', 'retry', 'a', 'Finish without it.')
  await run.until('session.finished', of('a'))
  await home.quintet('answer', 'b', 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
})

test('a plan, or the configuration, has changes handed to their owner without anybody being asked', async () => {
  await using machine = await Machine.make()
  const steps = [
    {
      mcp: {
        tool: 'scope_request',
        arguments: { paths: ['src/b/main.txt'], reason: 'Say c.' },
        into: 'told',
      },
    },
    { write: { path: 'src/a/main.txt', content: '{{answer.told}}\n' } },
    { commit: 'Change a' },
  ]
  const owner = [ask('Go on?', 'yes'), ...work('b'), END, ...work('b', 'c\n')]
  const home = await machine.repository(
    planFiles(
      { pieces: { a: { steps }, b: { noted: true, steps: owner } } },
      { config: { scope_requests: 'hand' } },
    ),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.finished', of('a'))
  await run.until('question.asked', of('b'))
  expect((await home.quintet('status')).stdout).toContain('handed to b: src/b/main.txt (asked by a)')
  await home.quintet('answer', 'b', 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
  expect(await home.git('show', 'main:src/a/main.txt')).toMatch(
    /^src\/b\/main\.txt: handed to b, which makes the change \(request 1\)\./,
  )
  const heard = (await prompts(home, 'b'))[1] ?? ''
  expect(heard).toContain('Request 1: `a` needs a change in `src/b/main.txt`, which this session owns.')
  expect(heard).toContain('> Say c.')
  expect(heard).not.toContain('The operator says')
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('c')
})

test('the policy "ask" leaves every grant to the operator', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      scope_requests: 'ask',
      pieces: { a: { steps: [request('notes.md'), ...work('a'), END, { run: ['true'] }] } },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting', of('a'))
  await home.quintet('scope', 'grant', 'a')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
})

test('what the gate finds is listed with its owner and the commands that help; granted, handed over or split off, nothing is lost', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      limits: { reprompts: 0 },
      pieces: {
        a: {
          steps: [
            { write: { path: 'src/a/main.txt', content: 'a 2\n' } },
            { run: ['git', 'add', 'src/a'], expect: 0 },
            ...smuggle(
              // A rename into its own scope, a link out, a mode, a submodule, a file that governs the repository.
              'git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:src/b/main.txt),src/a/taken.txt && git rm --quiet --cached src/b/main.txt',
              'git update-index --add --cacheinfo 120000,$(printf /etc/passwd | git hash-object -w --stdin),src/a/out',
              'git update-index --add --cacheinfo 100644,$(printf "* -text" | git hash-object -w --stdin),.gitattributes',
              'git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),src/a/vendor',
              'git update-index --chmod=+x src/a/tool.sh',
            ),
          ],
        },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    }),
  )
  await home.commit({ 'src/a/tool.sh': '#!/bin/sh\n' })
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.waiting', of('a'))
  const view = await home.json<RunView>('status')
  const session = view.sessions.find(({ piece }) => piece === 'a')
  expect(
    session?.findings
      .map(({ kind, path, owner, blocks }) => `${kind} ${path} ${owner ?? '-'}${blocks ? ' !' : ''}`)
      .sort(),
  ).toEqual([
    'control-file .gitattributes - !',
    'link-outside src/a/out - !',
    'mode src/a/tool.sh a',
    'out-of-scope .gitattributes - !',
    'out-of-scope src/b/main.txt b !',
    'submodule src/a/vendor a !',
  ])
  const { needs } = await home.json<{ needs: Need[] }>('blocked')
  const need = needs.find(({ session: id }) => id === 'work-1/a')
  expect(need).toMatchObject({ kind: 'scope', command: expect.stringMatching(/^quintet scope grant a /) })
  expect(need?.others?.map(({ command }) => command)).toContainEqual('quintet session retry a "<what to do>"')

  // The deletion goes to its owner as a patch, the link is looked at and let through, the rest it has to take back.
  const handed = await home.json<{ requests: { patch?: string }[] }>('scope', 'hand', 'a', 'src/b/main.txt')
  const patch = await readFile(handed.requests[0]?.patch ?? '', 'utf8')
  expect(patch).toContain('deleted file mode 100644')
  expect((await home.quintet('scope', 'grant', 'a', '.gitattributes', 'src/a/out')).stdout).toBe(
    'Request 2, .gitattributes: granted to a.\nRequest 3, src/a/out: let through for a.\n',
  )
  const left = async (): Promise<string[]> =>
    (await home.json<RunView>('status')).sessions[0]?.findings.flatMap(({ kind, path, blocks }) =>
      blocks ? [`${kind} ${path}`] : [],
    ) ?? []
  await run.until(
    'session.waiting',
    (data, stream) => of('a')(data, stream) && data.reason.endsWith('turns: src/a/vendor: submodule.'),
  )
  expect(await left()).toEqual(['submodule src/a/vendor'])
  await home.quintet('scope', 'grant', 'a', 'src/a/vendor')
  await run.until('session.finished', of('a'))
  await home.quintet('answer', 'b', 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src')).toBe(
    'src/a/main.txt\nsrc/a/out\nsrc/a/taken.txt\nsrc/a/tool.sh\nsrc/a/vendor\nsrc/b/main.txt',
  )
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 2')
})

/** A run in which a has finished, and b asks before it goes on. */
async function finishedBesideAsking(machine: Machine): Promise<{ readonly home: Home; readonly run: Call }> {
  const home = await machine.repository(
    planFiles({
      // There is time between finishing and landing.
      integration: { land: 'together', checks: [GREEN] },
      pieces: { a: { steps: work('a') }, b: { steps: [ask('Go on?', 'yes'), ...work('b')] } },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('session.finished', of('a'))
  await run.until('question.asked', of('b'))
  return { home, run }
}

test('what is put on a branch after it has finished does not land', async () => {
  await using machine = await Machine.make()
  const { home, run } = await finishedBesideAsking(machine)
  const tree = machine.home(join(home.path, '..', 'repo.quintet', 'work-1', 'a'))
  await writeFile(join(tree.path, 'src/b/main.txt'), 'by a\n')
  await tree.git('-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--no-verify', '-am', 'Reach out')
  await home.quintet('answer', 'b', 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 2')
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
  // It is not lost either.
  expect(await home.git('log', '-1', '--format=%s', 'quintet/work-1/a/work')).toBe('Reach out')
})

test('one path has one writer across runs, too', async () => {
  await using machine = await Machine.make()
  const waiting = [request('docs/one.md'), ask('Go on?', 'yes'), ...work('a')]
  const shared = [{ path: 'package.json', policy: 'owner' as const, owner: 'a' }]
  const other = (include: string) =>
    planFiles({ pieces: { z: { include: [include], steps: work('z') } } }, { name: 'other' })
  const home = await machine.repository({
    ...planFiles({ shared, pieces: { a: { steps: waiting } } }),
    ...other('docs/**'),
    'package.json': '{}',
  })
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked', of('a'))
  const refused = await home.quintet('run', 'other', '--json')
  expect(answerOf(refused)).toMatchObject({ ok: false, error: { code: 'E_OVERLAP_RUN' } })
  expect(answerOf(refused).error?.message).toContain('docs/one.md')
  await home.commit({
    '.quintet/plans/other.toml': other('/package.json')['.quintet/plans/other.toml'] ?? '',
  })
  expect(answerOf(await home.quintet('run', 'other', '--json')).error?.message).toContain('package.json')

  await home.commit({
    '.quintet/plans/other.toml':
      planFiles(
        { pieces: { z: { include: ['/src/z/'], steps: [ask('Go on?', 'yes'), ...work('z')] } } },
        { name: 'other' },
      )['.quintet/plans/other.toml'] ?? '',
    '.quintet/scripts/z.json': JSON.stringify({
      schema: 1,
      name: 'z',
      steps: [ask('Go on?', 'yes'), ...work('z')],
    }),
    'src/z/main.txt': 'z 1\n',
  })
  const second = home.call(['run', 'other', '--json'])
  await second.until('question.asked', of('z', 'other-1'))
  const taken = await home.quintet('scope', 'grant', 'work-1/a', 'src/z/main.txt', '--json')
  expect(JSON.parse(taken.stdout)).toMatchObject({
    error: {
      code: 'E_SCOPE_TAKEN',
      hints: [
        { command: 'quintet status other-1' },
        { command: 'quintet session retry other-1/z "<what to change>"' },
      ],
    },
  })
  const alike = await home.quintet('scope', 'grant', 'work-1/a', 'SRC/z/main.txt', '--json')
  expect(answerOf(alike)).toMatchObject({
    error: { code: 'E_SCOPE_TAKEN', message: expect.stringContaining('which belongs to other-1/z') },
  })
  const handed = await home.quintet('scope', 'hand', 'work-1/a', 'src/z/main.txt', '--json')
  expect(answerOf(handed)).toMatchObject({ error: { code: 'E_SCOPE_TAKEN' } })
  for (const id of ['work-1/a', 'other-1/z']) await home.quintet('answer', id, 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
  expect((await second.ended).code).toBe(0)
})

test('without a box a grant counts in the turn in which it is made', async () => {
  await using machine = await Machine.make()
  const folder = join(machine.path, 'programs')
  await mkdir(folder)
  await writeFile(join(folder, 'bwrap'), '#!/bin/sh\nexit 1\n')
  await chmod(join(folder, 'bwrap'), 0o755)
  const env = { PATH: [folder, machine.env['PATH'] ?? ''].join(delimiter) }
  const steps = [
    request('src/b/new.txt'),
    ask('Granted?', 'yes'),
    { write: { path: 'src/b/new.txt', content: 'by a\n' } },
    { commit: 'Add it' },
  ]
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps }, b: { steps: [ask('Go on?', 'yes'), ...work('b')] } } }),
  )
  const run = home.call(['run', 'work', '--json'], { env })
  await run.until('question.asked', of('a'))
  await run.until('question.asked', of('b'))
  expect(await home.quintet('scope', 'grant', 'a')).toMatchObject({ code: 0 })
  for (const id of ['a', 'b']) await home.quintet('answer', id, 'yes')
  const { code, stdout } = await run.ended
  expect(code).toBe(0)
  const judged = factsOf(factsIn(stdout), 'evidence.gathered').find(({ stream }) => stream.endsWith('/a'))
  expect(judged?.data).toMatchObject({ outOfScope: [], inScope: ['src/b/new.txt'] })
})

test('a question through the tools outlives the daemon: asked again it gets the answer that was given', async () => {
  await using machine = await Machine.make()
  const question = {
    tool: 'ask_operator',
    arguments: { question: 'Which way?', options: ['left', 'right'] },
    into: 'way',
  }
  const steps = [
    ask('First?', 'yes'),
    { mcp: question },
    { write: { path: 'src/a/main.txt', content: '{{answer.way}}' } },
    { commit: 'Go' },
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  await home.quintet('answer', 'a', 'yes')
  await run.until('question.asked', ({ text }) => text === 'Which way?')
  killNow(await home.daemon())
  expect(await home.quintet('answer', 'a', 'left')).toMatchObject({ code: 0 })
  expect(await landed(run)).toEqual({ code: 0, stderr: expect.any(String) })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('left')
  expect((await logged(home)).match(/Which way\?/g)).toHaveLength(1)
})

test('every refusal of a scope command says what to do next, and the help shows how it is called', async () => {
  await using machine = await Machine.make()
  const { home, run } = await finishedBesideAsking(machine)
  for (const [words, code] of [
    [['grant', 'b'], 'E_NO_REQUEST'],
    [['grant', 'b', 'src/a/main.txt'], 'E_SCOPE_IN_USE'],
    [['hand', 'b', 'notes.md'], 'E_SCOPE_UNOWNED'],
    [['refuse', 'b'], 'E_NO_REQUEST'],
    [['grant', 'nobody', 'x'], 'E_NO_SESSION'],
  ] as const) {
    const { stderr } = await home.quintet('scope', ...words)
    expect(stderr).toContain(`(${code})`)
    expect(stderr).toMatch(/→ run: quintet /)
  }
  for (const word of ['list', 'grant', 'hand', 'refuse']) {
    const { code, stdout } = await home.quintet('scope', word, '--help')
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Examples:\n  quintet scope ${word}`)])
  }
  await home.quintet('answer', 'b', 'yes')
  expect(await landed(run)).toEqual({ code: 0, stderr: '' })
})
