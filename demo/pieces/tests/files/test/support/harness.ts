// Runs the whole service on a free port of this machine. The tests know it by its HTTP interface alone, so they
// hold before a refactoring as well as after.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { createApp } from '../../src/app.ts'
import { createTestClock } from './clock.ts'
import type { TestClock } from './clock.ts'

export type Answer = { readonly status: number; readonly body: unknown }

/** One caller of the service, logged in or not. */
export type Client = {
  readonly get: (path: string) => Promise<Answer>
  readonly post: (path: string, body?: unknown) => Promise<Answer>
  readonly remove: (path: string) => Promise<Answer>
}

export type Harness = {
  readonly clock: TestClock
  readonly anonymous: Client
  /** Registers a user and logs in. */
  signUp(name?: string): Promise<Client>
  /** Logs in with an existing user. */
  logIn(name: string, password?: string): Promise<Client>
}

export const password = 'correct horse'

export function emailOf(name: string): string {
  return `${name}@example.com`
}

/** The value of a key of an answer, as text. */
export function textIn(body: unknown, key: string): string {
  const value = valueIn(body, key)
  assert.equal(typeof value, 'string', `${key} is not text`)
  return String(value)
}

/** The value of a key of an answer, as a list. */
export function listIn(body: unknown, key: string): readonly unknown[] {
  const value = valueIn(body, key)
  assert.ok(Array.isArray(value), `${key} is not a list`)
  return value
}

export function valueIn(body: unknown, key: string): unknown {
  assert.ok(typeof body === 'object' && body !== null, 'the answer is not an object')
  return Object.entries(body).find(([name]) => name === key)?.[1]
}

function createClient(origin: string, token?: string): Client {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const init = { method, headers, ...(body === undefined ? {} : { body: text }) }
    const response = await fetch(origin + path, init)
    const answer = await response.text()
    return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) }
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    remove: (path) => call('DELETE', path),
  }
}

async function listen(t: TestContext, clock: TestClock): Promise<string> {
  const app = createApp({ databasePath: ':memory:', clock: clock.now })
  t.after(() => app.close())
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  const address = app.server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}`
}

/** Starts a service with an empty database; it is closed when the test ends. */
export async function startService(t: TestContext): Promise<Harness> {
  const clock = createTestClock()
  const origin = await listen(t, clock)
  const anonymous = createClient(origin)

  async function logIn(name: string, given = password): Promise<Client> {
    const answer = await anonymous.post('/login', { email: emailOf(name), password: given })
    assert.equal(answer.status, 200)
    return createClient(origin, textIn(answer.body, 'token'))
  }

  async function signUp(name = 'ada'): Promise<Client> {
    const answer = await anonymous.post('/users', { email: emailOf(name), name, password })
    assert.equal(answer.status, 201)
    return logIn(name)
  }

  return { clock, anonymous, signUp, logIn }
}
