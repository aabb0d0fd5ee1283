import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ValidationError,
  currency,
  day,
  email,
  id,
  optional,
  text,
  validate,
  validateQuery,
} from './validate.ts'

test('a valid body comes out with its types', () => {
  const given = validate({ name: text(), currency }, { name: ' Current ', currency: 'EUR' })
  assert.deepEqual(given, { name: 'Current', currency: 'EUR' })
})

test('all mistakes are reported at once', () => {
  assert.throws(
    () => validate({ email, name: text(3), to: id }, { email: 'ada', name: 'Adah', to: '7' }),
    (error) => {
      assert.ok(error instanceof ValidationError)
      assert.deepEqual(error.fields, {
        email: 'is not an email address',
        name: 'has more than 3 characters',
        to: 'is not an id',
      })
      return true
    },
  )
})

test('an optional field is checked when it is there', () => {
  const shape = { memo: optional(text(), '') }
  assert.deepEqual(validate(shape, {}), { memo: '' })
  assert.throws(() => validate(shape, { memo: 7 }), ValidationError)
})

test('a day has to exist', () => {
  const shape = { from: day }
  assert.deepEqual(validateQuery(shape, new URLSearchParams('from=2026-01-31')), {
    from: '2026-01-31',
  })
  assert.throws(() => validateQuery(shape, new URLSearchParams('from=2026-13-01')), ValidationError)
  assert.throws(() => validateQuery(shape, new URLSearchParams('from=yesterday')), ValidationError)
})
