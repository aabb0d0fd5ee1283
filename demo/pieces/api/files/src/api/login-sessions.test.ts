import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openService } from './testing.ts'

test('a user lists the own login sessions and ends one of them', async (t) => {
  const { call, addUser, login, auth, close } = openService()
  t.after(close)
  const ada = addUser()
  const phone = login(ada.id)
  const laptop = login(ada.id)

  const listed = await call('GET /login-sessions', undefined, laptop)
  assert.deepEqual(listed, {
    status: 200,
    body: { sessions: await auth.listSessions(laptop) },
  })

  const lost = (await auth.listSessions(phone)).find((session) => session.current)
  const ended = await call(`DELETE /login-sessions/${lost?.id}`, undefined, laptop)
  assert.equal(ended.status, 204)
  assert.equal((await call('GET /me', undefined, phone)).status, 401)
  assert.equal((await call('GET /me', undefined, laptop)).status, 200)
})

test("a login session that is not the caller's own is missing", async (t) => {
  const { call, addUser, login, auth, close } = openService()
  t.after(close)
  const ada = login(addUser('Ada').id)
  const bob = login(addUser('Bob').id)
  const [session] = await auth.listSessions(ada)
  assert.equal((await call(`DELETE /login-sessions/${session?.id}`, undefined, bob)).status, 404)
  assert.equal((await call('GET /me', undefined, ada)).status, 200)
})

test('a login session outlives a restart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'accounts.sqlite')

  const before = openService(path)
  const authorization = before.login(before.addUser().id)
  before.close()

  const after = openService(path)
  assert.equal((await after.call('GET /me', undefined, authorization)).status, 200)
  after.close()
})
