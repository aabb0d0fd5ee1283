import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { checkPassword, hashPassword } from './passwords.ts'

test('a hash fits its password and no other', async () => {
  const stored = await hashPassword('correct horse')
  assert.equal(await checkPassword('correct horse', stored), 'right')
  assert.equal(await checkPassword('Correct horse', stored), 'wrong')
})

test('the same password never gives the same hash twice', async () => {
  assert.notEqual(await hashPassword('correct horse'), await hashPassword('correct horse'))
})

test('an old SHA-1 hash still fits, and is reported as outdated', async () => {
  const stored = createHash('sha1').update('correct horse').digest('hex')
  assert.equal(await checkPassword('correct horse', stored), 'right-but-outdated')
  assert.equal(await checkPassword('battery staple', stored), 'wrong')
})

test('a hash of a lower cost is reported as outdated', async () => {
  // "correct horse" with N = 1024 and a salt of sixteen zero bytes.
  const key = 'e93dc43eb5a5bd11bfcbcf870c9f9744b1f64a200ff5116fb85ed9b255fd521c'
  const stored = `scrypt$1024$8$1$${'00'.repeat(16)}$${key}`
  assert.equal(await checkPassword('correct horse', stored), 'right-but-outdated')
})

test('nothing fits a hash that cannot be read', async () => {
  for (const stored of ['', 'scrypt$', 'correct horse', 'scrypt$16384$8$1$zz$zz']) {
    assert.equal(await checkPassword('correct horse', stored), 'wrong')
  }
})
