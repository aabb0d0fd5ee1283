import { expect, test } from 'vitest'
import { temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'
import { RecordedRun } from './recorded.ts'

const env = { TZ: 'UTC' }

/** Ages change from call to call. */
function ageless(text: string): string {
  return text.replaceAll(/\b(\d+[smhd])+\b/g, 'AGE').replaceAll(/ {2,}/g, '  ')
}

test('status, blocked and session read the log while no daemon runs', async () => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  const at = { cwd: repository.path, env }

  const status = await quintet(['status'], at)
  expect(status.code).toBe(0)
  expect(status.stderr).toBe('No daemon is running: run auth-1 stands still.\n  → run: quintet run auth\n')
  expect(`\n${ageless(status.stdout)}`).toMatchInlineSnapshot(`
    "
    auth-1 running AGE · 0 of 3 finished · target main
    Replace the session cookies by tokens

    ! data (permission, AGE): May src/db.ts be written?
      → quintet answer data allow  Allow once
      → quintet answer data reject  Reject

    #  piece  state  since  doing
    1  auth  lost?  AGE  the daemon is not running
    2  data  waiting  AGE  May src/db.ts be written?
    3  docs  planned  AGE  after auth, data
    "
  `)

  const blocked = await quintet(['blocked', '--json'], at)
  expect(JSON.parse(blocked.stdout)).toMatchObject({
    schema: 1,
    ok: true,
    data: { run: 'auth-1', needs: [{ session: 'auth-1/data', kind: 'permission' }] },
  })

  const shown = await quintet(['session', 'show', '2', '--json'], at)
  expect(JSON.parse(shown.stdout)).toMatchObject({ data: { id: 'auth-1/data', question: { id: 'q1' } } })

  const question = await quintet(['answer', 'data'], at)
  expect(question.stdout).toContain('quintet answer auth-1/data allow    Allow once')
  expect((await quintet(['answer', 'auth'], at)).stderr).toContain('(E_NO_QUESTION)')

  recorded.end('landed')
  const ended = await quintet(['status'], at)
  expect(ended.stderr).toBe('')
  expect(ended.stdout).toMatch(/^auth-1 landed /)
})

test('the newest unfinished run is meant, then the newest; others by name', async () => {
  await using repository = await temporaryRepository()
  using first = await RecordedRun.in(repository, 'auth-1')
  using second = await RecordedRun.in(repository, 'data-1')
  const run = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await quintet(['status', '--json', ...args], { cwd: repository.path })
    const answer: { data: { run: string } } = JSON.parse(stdout)
    return answer.data.run
  }
  expect(await run()).toBe('data-1')
  second.end('landed')
  expect(await run()).toBe('auth-1')
  first.end('landed')
  expect(await run()).toBe('data-1')
  expect(await run('auth')).toBe('auth-1')
  const unknown = await quintet(['status', 'aut-1', '--json'], { cwd: repository.path })
  expect(unknown.code).toBe(2)
  expect(JSON.parse(unknown.stdout)).toMatchObject({
    ok: false,
    error: { code: 'E_NO_RUN', hints: [{ command: 'quintet status auth-1' }] },
  })
})

test('the log: whole, of one session, the last entries, as NDJSON', async () => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  recorded.fact('session/data-more', 'turn.started', { attempt: 1, turn: 1, prompt: 'x' })
  const at = { cwd: repository.path, env }
  expect(`\n${(await quintet(['log'], at)).stdout}`).toMatchInlineSnapshot(`
    "
    12:00:01 run: created from plan auth: 3 pieces, base main, target main
    12:00:02 auth: turn 1: Do the auth part.
    12:00:03 data: turn 1: Do the data part.
    12:00:04 data: asks (permission): May src/db.ts be written?
    12:00:05 data-more: turn 1: x
    "
  `)
  // A session whose name begins like another is not that other.
  expect((await quintet(['log', 'data'], at)).stdout.split('\n')).toHaveLength(3)
  expect((await quintet(['session', 'log', '1'], at)).stdout).toBe(
    '12:00:02 auth: turn 1: Do the auth part.\n',
  )
  expect((await quintet(['log', '--last', '1'], at)).stdout).toContain('data-more')
  const records = (await quintet(['log', '--json', '--last', '2'], at)).stdout.trim().split('\n')
  expect(records.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'fact', type: 'question.asked' },
    { kind: 'fact', type: 'turn.started' },
    { schema: 1, ok: true, data: { run: 'auth-1', ended: false } },
  ])
  expect((await quintet(['log', '--last', 'x'], at)).code).toBe(2)
})

test('watching without a daemon follows the log until the run ends', async () => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  let told = false
  const watched = await quintet(['status', '--watch'], {
    cwd: repository.path,
    env,
    onOutput: (text) => {
      if (!told && text.includes('needs the operator')) {
        told = true
        recorded.fact('session/data', 'question.answered', {
          question: 'q1',
          answer: 'allow',
          by: 'operator',
        })
        recorded.fact('session/auth', 'session.finished', { tip: 'a'.repeat(40) })
        recorded.end('partial')
      }
      return undefined
    },
  })
  expect(watched.code).toBe(0)
  expect(watched.stdout.replaceAll(/^\S+ /gm, '').split('\n')).toEqual([
    'run auth-1: Replace the session cookies by tokens',
    '1 auth working',
    '2 data waiting: May src/db.ts be written?',
    '! auth-1/data needs the operator (permission): May src/db.ts be written? → quintet answer data <option>',
    '2 data working',
    '1 auth finished',
    'run auth-1 ended: partial',
    '',
  ])
})

test('following the log as NDJSON ends with the run; an interrupt leaves with 130', async () => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  const interrupted = await quintet(['log', '--follow'], {
    cwd: repository.path,
    onOutput: (text) => (text.includes('asks') ? 'SIGINT' : undefined),
  })
  expect([interrupted.code, interrupted.signal, interrupted.stderr]).toEqual([130, null, ''])
  let told = false
  const followed = await quintet(['log', '--follow', '--json'], {
    cwd: repository.path,
    onOutput: (text) => {
      if (!told && text.includes('question.asked')) recorded.end('partial')
      told ||= text.includes('question.asked')
      return undefined
    },
  })
  expect(followed.code).toBe(0)
  const lines = followed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.at(-1)).toMatchObject({
    ok: true,
    data: { run: 'auth-1', seq: lines.at(-2).seq, ended: true },
  })
  const types = lines.slice(0, -1).map(({ type }) => type)
  expect(types).toEqual(['run.created', 'turn.started', 'turn.started', 'question.asked', 'run.ended'])
})

test.each([
  ['log', '--follow', '--json'],
  ['session', 'log', 'data', '--follow', '--json'],
  ['status', '--watch', '--json'],
])('an interrupted stream ends with its answer: %s %s %s', async (...words) => {
  await using repository = await temporaryRepository()
  using recorded = await RecordedRun.in(repository)
  expect(recorded).toBeDefined()
  const left = await quintet(words, {
    cwd: repository.path,
    onOutput: (text) => (text.includes('question.asked') ? 'SIGINT' : undefined),
  })
  expect(left.code).toBe(130)
  const last = left.stdout.trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(last)).toMatchObject({ ok: true, data: { run: 'auth-1' } })
})
