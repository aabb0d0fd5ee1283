import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BLOCK_COUNT, blockSequence, parseBlock, portsOf } from '../../../src/workspace/ports/blocks.ts'
import { portEnvironment } from '../../../src/workspace/ports/environment.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

describe('blockSequence', () => {
  it('visits every block once, whatever the digest', () => {
    for (let n = 0; n < 50; n++) {
      const blocks = [...blockSequence(digest(String(n)))]
      expect(blocks).toHaveLength(BLOCK_COUNT)
      expect(new Set(blocks).size).toBe(BLOCK_COUNT)
      expect(Math.max(...blocks)).toBe(BLOCK_COUNT - 1)
    }
  })

  it('is the same for the same owner and differs between owners', () => {
    const first = (text: string) => [...blockSequence(digest(text))].slice(0, 5)
    expect(first('/a/.git/auth')).toEqual(first('/a/.git/auth'))
    expect(first('/a/.git/auth')).not.toEqual(first('/b/.git/auth'))
  })
})

it('portsOf stays between the browsers and the ephemeral range', () => {
  expect(portsOf(0)).toEqual({ first: 20_000, count: 10 })
  expect(portsOf(BLOCK_COUNT - 1)).toEqual({ first: 29_990, count: 10 })
})

it('parseBlock takes lease files only', () => {
  expect(parseBlock('0')).toBe(0)
  expect(parseBlock('999')).toBe(999)
  for (const name of ['1000', '.draft-00', '.removal.lock', '', '-1', '1.5', 'x'])
    expect(parseBlock(name)).toBeNull()
})

describe('portEnvironment', () => {
  const block = { first: 20_040, count: 10 }

  it('gives PORT the first and every name one of its own', () => {
    expect(portEnvironment(block, ['API_PORT', 'DB_PORT'])).toEqual({
      QUINTET_PORT_FIRST: '20040',
      QUINTET_PORT_COUNT: '10',
      PORT: '20040',
      API_PORT: '20041',
      DB_PORT: '20042',
    })
    expect(portEnvironment(block, ['API_PORT', 'PORT', 'API_PORT', 'B'])).toMatchObject({
      PORT: '20040',
      API_PORT: '20041',
      B: '20042',
    })
  })

  it('takes as many names as fit, and refuses more', () => {
    const names = Array.from({ length: 10 }, (_, n) => `P${n}`)
    expect(portEnvironment(block, names.slice(0, 9))).toMatchObject({ P8: '20049' })
    expect(() => portEnvironment(block, names)).toThrow(expect.objectContaining({ code: 'E_PORT_NAMES' }))
  })
})
