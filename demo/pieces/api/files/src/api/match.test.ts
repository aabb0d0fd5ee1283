import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchPath, matchRoute } from './match.ts'
import { routes } from './routes.ts'

test('a path gives the values of its parameters', () => {
  assert.deepEqual(matchPath('/accounts/:id/entries', '/accounts/7/entries'), new Map([['id', '7']]))
  assert.deepEqual(matchPath('/health', '/health/'), new Map())
})

test('a path of another shape does not match', () => {
  assert.equal(matchPath('/accounts/:id', '/accounts'), undefined)
  assert.equal(matchPath('/accounts/:id', '/users/7'), undefined)
})

test('a path without a route is missing', () => {
  assert.deepEqual(matchRoute(routes, 'GET', '/balance/7'), { kind: 'missing' })
})

test('a known path with another method names the methods that work', () => {
  assert.deepEqual(matchRoute(routes, 'PUT', '/accounts/7'), {
    kind: 'wrong-method',
    allowed: ['GET', 'DELETE'],
  })
})

test('no two routes answer the same call', () => {
  const calls = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
  assert.equal(new Set(calls).size, calls.length)
})
