import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../src/errors.ts'
import { formatAmount, isCurrency, parseAmount } from '../src/money.ts'

test('an amount is read in the smallest unit of its currency', () => {
  assert.equal(parseAmount('12.50', 'EUR'), 1250)
  assert.equal(parseAmount('0.5', 'GBP'), 50)
  assert.equal(parseAmount('-3', 'USD'), -300)
  assert.equal(parseAmount('800', 'JPY'), 800)
})

test('zero has no sign', () => {
  assert.ok(Object.is(parseAmount('-0.00', 'EUR'), 0))
})

test('what is not an amount of the currency is refused', () => {
  const isInvalid = (error: unknown) => error instanceof ServiceError && error.kind === 'invalid'
  for (const text of ['', '-', '1,50', '1.234', '.5', '1e3', '0x10', '90071992547409.93']) {
    assert.throws(() => parseAmount(text, 'EUR'), isInvalid, `"${text}"`)
  }
})

test('an amount is written with the decimal places of its currency', () => {
  assert.equal(formatAmount(-5, 'EUR'), '-0.05')
  assert.equal(formatAmount(0, 'EUR'), '0.00')
  assert.equal(formatAmount(800, 'JPY'), '800')
})

test('writing and reading an amount gives the same amount', () => {
  for (const amount of [0, 1, -1, 99, 100, -12_345, Number.MAX_SAFE_INTEGER]) {
    assert.equal(parseAmount(formatAmount(amount, 'EUR'), 'EUR'), amount)
    assert.equal(parseAmount(formatAmount(amount, 'JPY'), 'JPY'), amount)
  }
})

test('a currency is one of those that are supported, and nothing inherited', () => {
  assert.ok(isCurrency('EUR'))
  assert.ok(!isCurrency('toString'))
})
