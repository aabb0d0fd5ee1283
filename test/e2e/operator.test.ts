// The operator's word counts at awkward moments: while checks run, while the union is checked, and after the worktree went.
import { on, once } from 'node:events'
import { rename } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunView } from '../../src/contract/view.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { planFiles, work } from '../support/scenario.ts'

const END = { endTurn: true } as const

/** Says that it has begun, and ends when it is told to; a line that breaks is a red check. */
const CHECK = `const line = require('node:net').connect(Number(process.argv[1]), '127.0.0.1')
line.on('data', () => process.exit(0)).on('close', () => process.exit(1)).on('error', () => process.exit(1))`

/** A check that says when it has begun and goes on when it is told to. Nobody waits by the clock. */
class Gate implements AsyncDisposable {
  readonly check: { readonly name: string; readonly run: string[] }
  readonly #server: Server
  readonly #begun: AsyncIterator<Socket[]>
  #waiting: Socket | null = null

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#begun = on(server, 'connection')[Symbol.asyncIterator]()
    this.check = { name: 'gate', run: ['node', '-e', CHECK, String(port)] }
  }

  static async make(): Promise<Gate> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The gate has no port.')
    return new Gate(server, address.port)
  }

  /** Resolves when the check has begun. */
  async reached(): Promise<void> {
    const { value } = await this.#begun.next()
    this.#waiting = value[0]
    // A check that is killed breaks its line.
    this.#waiting?.on('error', () => undefined)
  }

  /** Lets the check end. */
  open(): void {
    this.#waiting?.end('go')
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#waiting?.destroy()
    this.#server.close()
    return Promise.resolve()
  }
}

test('a session that is abandoned while its checks run does not land', async () => {
  await using machine = await Machine.make()
  await using gate = await Gate.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: work('a'), checks: [gate.check] } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  await gate.reached()
  expect(await home.quintet('session', 'abandon', 'a', 'Not needed')).toMatchObject({ code: 0 })
  const ended = await run.ended
  expect(ended.code).toBe(1)
  expect(answerOf(ended)).toMatchObject({ data: { verdict: 'nothing', abandoned: ['a'] } })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 1')
})

test('a session that is told to go on while the union is checked lands with what it did then, not before', async () => {
  await using machine = await Machine.make()
  await using gate = await Gate.make()
  const more = [END, { write: { path: 'src/a/more.txt', content: 'more\n' } }, { commit: 'Do more' }]
  const home = await machine.repository(
    planFiles({
      integration: { land: 'together', checks: [gate.check] },
      pieces: { a: { steps: [...work('a'), ...more] }, b: { steps: work('b') } },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await gate.reached()
  expect(await home.quintet('session', 'retry', 'a', 'Also more, please')).toMatchObject({ code: 0 })
  gate.open()
  // The other piece lands without it, then this one.
  for (const _round of [1, 2]) {
    await gate.reached()
    gate.open()
  }
  const ended = await run.ended
  expect(ended.code).toBe(0)
  const landings = factsOf(factsIn(ended.stdout), 'integration.landed').map(({ data }) => data.pieces)
  expect(landings).toEqual([['b'], ['a']])
  expect(await home.git('show', 'main:src/a/more.txt')).toBe('more')
  expect(await home.json<unknown[]>('clean')).toHaveLength(2)
})

test('a run that is stopped while the union is checked does not move the target', async () => {
  await using machine = await Machine.make()
  await using gate = await Gate.make()
  const home = await machine.repository(
    planFiles({ integration: { checks: [gate.check] }, pieces: { a: { steps: work('a') } } }),
  )
  const before = await home.git('rev-parse', 'main')
  const run = home.call(['run', 'work', '--json'])
  await gate.reached()
  expect(await home.quintet('stop', '--run', 'work-1', '--reason', 'Wrong base')).toMatchObject({ code: 0 })
  gate.open()
  const ended = await run.ended
  expect(answerOf(ended)).toMatchObject({ data: { verdict: 'stopped', abandoned: ['a'] } })
  expect(await home.git('rev-parse', 'main')).toBe(before)
})

test('a worktree that is taken away is made again when the session goes on, with all that was committed', async () => {
  await using machine = await Machine.make()
  const [change, commit] = work('a')
  const steps = [
    { write: { path: 'src/a/first.txt', content: 'first\n' } },
    { commit: 'First' },
    { write: { path: 'src/a/half.txt', content: 'half\n' } },
    END,
    ...[change, commit].filter((step) => step !== undefined),
  ]
  const home = await machine.repository(planFiles({ limits: { reprompts: 0 }, pieces: { a: { steps } } }))
  expect((await home.quintet('run', 'work', '--no-wait')).code).toBe(6)
  const path = (await home.json<RunView>('status')).sessions[0]?.path ?? ''
  await rename(path, join(machine.path, 'taken'))
  await home.quintet('session', 'retry', 'a', 'Go on')
  const ended = await home.quintet('run', 'work', '--json')
  expect(answerOf(ended)).toMatchObject({ data: { verdict: 'landed' } })
  expect(await home.git('ls-tree', '-r', '--name-only', 'main', 'src/a')).toBe(
    'src/a/first.txt\nsrc/a/main.txt',
  )
})
