import { describe, expect, it } from 'vitest'
import { mergeOrder } from '../../src/integration/order.ts'

const piece = (id: string, ...depends_on: string[]) => ({ id, depends_on })
const ids = (...names: string[]) => new Set(names)

describe('mergeOrder', () => {
  it('keeps the order of the plan where nothing depends on anything', () => {
    const pieces = [piece('c'), piece('a'), piece('b')]
    expect(mergeOrder(pieces, { finished: ids('a', 'b', 'c') })).toEqual({
      order: ['c', 'a', 'b'],
      leftOut: [],
    })
  })

  it('puts dependencies first and disturbs the rest as little as it can', () => {
    const pieces = [
      piece('api', 'data', 'auth'),
      piece('docs'),
      piece('auth', 'data'),
      piece('data'),
      piece('tests'),
    ]
    const finished = ids('api', 'docs', 'auth', 'data', 'tests')
    expect(mergeOrder(pieces, { finished }).order).toEqual(['docs', 'data', 'auth', 'api', 'tests'])
  })

  it('leaves out what is unfinished and all that waits for it, with the reason', () => {
    const pieces = [piece('data'), piece('auth', 'data'), piece('api', 'auth'), piece('docs')]
    expect(mergeOrder(pieces, { finished: ids('auth', 'api', 'docs') })).toEqual({
      order: ['docs'],
      leftOut: [
        { piece: 'data', reason: 'it is not finished' },
        { piece: 'auth', reason: 'it depends on data, which is not finished' },
        { piece: 'api', reason: 'it depends on auth, which is left out itself' },
      ],
    })
  })

  it('takes landed dependencies for granted', () => {
    const pieces = [piece('data'), piece('auth', 'data')]
    expect(mergeOrder(pieces, { finished: ids('auth'), landed: ids('data') })).toEqual({
      order: ['auth'],
      leftOut: [],
    })
  })

  it('leaves out a cycle and a dependency that is not in the plan', () => {
    const pieces = [piece('a', 'b'), piece('b', 'a'), piece('c', 'x')]
    expect(mergeOrder(pieces, { finished: ids('a', 'b', 'c') })).toEqual({
      order: [],
      leftOut: [
        { piece: 'a', reason: 'it depends on b, which is left out itself' },
        { piece: 'b', reason: 'it depends on a, which is left out itself' },
        { piece: 'c', reason: 'it depends on x, which the plan does not have' },
      ],
    })
  })
})
