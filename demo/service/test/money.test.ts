import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAmount, parseAmount } from '../src/money.ts'

test('an amount is read in the smallest unit of its currency', () => {
  assert.equal(parseAmount('12.50', 'EUR'), 1250)
  assert.equal(parseAmount('-3', 'USD'), -300)
  assert.equal(parseAmount('800', 'JPY'), 800)
})

test('an amount is written with the decimal places of its currency', () => {
  assert.equal(formatAmount(-5, 'EUR'), '-0.05')
  assert.equal(formatAmount(800, 'JPY'), '800')
})
