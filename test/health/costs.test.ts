import { expect, test } from 'vitest'
import { bothCosts, costsOf, NO_COSTS, withCost } from '../../src/health/costs.ts'

test('costs are added up within a currency', () => {
  const one = withCost(withCost(NO_COSTS, 2, 'USD'), 1, 'EUR')
  expect(one).toEqual({ cost: 2, currency: 'USD', otherCosts: { EUR: 1 } })
  expect(withCost(one, 0.5, 'EUR')).toEqual({ cost: 2, currency: 'USD', otherCosts: { EUR: 1.5 } })
  expect(bothCosts(withCost(NO_COSTS, 4, 'EUR'), one)).toEqual({
    cost: 5,
    currency: 'EUR',
    otherCosts: { USD: 2 },
  })
})

test('a cost without a currency is taken for one in the known currency', () => {
  expect(withCost(withCost(NO_COSTS, 1, null), 2, 'USD')).toEqual({ cost: 3, currency: 'USD' })
  expect(withCost(withCost(NO_COSTS, 2, 'USD'), 1, null)).toEqual({ cost: 3, currency: 'USD' })
  expect(withCost(NO_COSTS, null, 'USD')).toEqual(NO_COSTS)
})

test('only costs are taken from what says more', () => {
  const said = { ...NO_COSTS, tokens: 5 }
  expect(costsOf(said)).toEqual(NO_COSTS)
})
