import { describe, expect, test } from 'vitest'
import { ForeignLeases, leaseTerms, Tenure, type Now } from '../../src/engine/embedded/lease.ts'

const FENCE = { workflow: 'w', owner: 'me', epoch: 1 }
const at = (ms: number, jump = 0): Now => ({ wall: 1_000_000 + ms + jump, monotonic: ms })
const claim = (leaseUntil: number, epoch = 1) => ({ id: 'a', epoch, leaseUntil: 1_000_000 + leaseUntil })

test('an owner gives up before its lease is over, after two heartbeats were missed', () => {
  const terms = leaseTerms(6_000)
  expect(terms).toEqual({ leaseMs: 6_000, beatMs: 2_000, retryMs: 500, patienceMs: 4_500 })
  expect(terms.patienceMs).toBeGreaterThan(2 * terms.beatMs)
})

describe('tenure', () => {
  test('lasts from the beginning of the last heartbeat', () => {
    const tenure = new Tenure(FENCE, 100, 0)
    expect([tenure.held(99), tenure.held(100)]).toEqual([true, false])
    tenure.renew(60)
    expect([tenure.held(159), tenure.held(160)]).toEqual([true, false])
  })

  test('goes on when a late heartbeat finds the claim unchanged', () => {
    const tenure = new Tenure(FENCE, 100, 0)
    tenure.renew(500)
    expect(tenure.held(501)).toBe(true)
  })

  test('is not revived after a loss', () => {
    const tenure = new Tenure(FENCE, 100, 0)
    tenure.lose()
    tenure.renew(1)
    expect(tenure.held(2)).toBe(false)
  })
})

describe('leases of others', () => {
  test('lapse a whole lease after the last renewal that was seen', () => {
    const leases = new ForeignLeases(600)
    leases.observe([claim(600)], at(0))
    expect(leases.hasLapsed('a', at(599))).toBe(false)
    leases.observe([claim(800)], at(210))
    expect(leases.hasLapsed('a', at(700))).toBe(false)
    expect(leases.hasLapsed('a', at(810))).toBe(true)
  })

  test('do not lapse because the wall clock jumps', () => {
    const leases = new ForeignLeases(600)
    leases.observe([claim(600)], at(0))
    const jump = 3_600_000
    expect(leases.hasLapsed('a', at(300, jump))).toBe(false)
    leases.observe([claim(900 + jump)], at(300, jump))
    expect(leases.hasLapsed('a', at(600, jump))).toBe(false)
  })

  test('that are longer than ours are respected', () => {
    const leases = new ForeignLeases(600)
    leases.observe([claim(5_000)], at(0))
    expect(leases.hasLapsed('a', at(4_999))).toBe(false)
    expect(leases.hasLapsed('a', at(5_000))).toBe(true)
  })

  test('begin anew with another owner, and are forgotten when nobody holds them', () => {
    const leases = new ForeignLeases(600)
    leases.observe([claim(600)], at(0))
    leases.observe([claim(600, 2)], at(500))
    expect(leases.hasLapsed('a', at(700))).toBe(false)
    leases.observe([], at(800))
    expect(leases.hasLapsed('a', at(5_000))).toBe(false)
    expect(leases.nextIn(at(5_000))).toBeNull()
  })

  test('say when to look: for the owner at half time, for the claim at the end', () => {
    const leases = new ForeignLeases(600)
    leases.observe([claim(600)], at(0))
    expect([leases.nextIn(at(0)), leases.isOverdue('a', at(299))]).toEqual([300, false])
    expect([leases.nextIn(at(300)), leases.isOverdue('a', at(300))]).toEqual([300, true])
    expect(leases.nextIn(at(900))).toBe(0)
    expect(leases.isOverdue('b', at(900))).toBe(false)
  })
})
