import { expect, test } from 'vitest'
import { budgetRaise } from '../../src/cli/budget-argument.ts'

test('amounts with their units, several with commas', () => {
  expect(budgetRaise('+200k')).toEqual({ tokens: 200_000 })
  expect(budgetRaise('1.5M')).toEqual({ tokens: 1_500_000 })
  expect(budgetRaise('+500, +2.50usd,+3turns,+1h')).toEqual({ tokens: 500, cost: 2.5, turns: 3, minutes: 60 })
})

test.each(['', '+', 'much', '-5', '+0', '+1.5turns', '+5eur', '5k,'])('refused: %j', (text) => {
  expect(() => budgetRaise(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }))
})
