import { expect, test } from 'vitest'
import { TerminalHold } from '../../../src/engine/attached/hold.ts'
import { Looks } from '../../../src/engine/attached/looks.ts'

const hung = (): Promise<void> => Promise.withResolvers<void>().promise

test('nobody waits for a look that hangs, neither another look nor the end', async () => {
  const told: string[] = []
  let begun = 0
  const looks = new Looks({
    run: () => {
      begun += 1
      return hung()
    },
    tell: (text) => void told.push(text),
    limitMs: 20,
  })
  const hold = new TerminalHold()
  hold.lookedForBy((signal) => looks.once(signal))
  hold.set('work-1/auth', true)
  expect(await hold.holdsNow('work-1/auth')).toBe(true)
  await looks.once()
  expect(begun).toBe(1)
  expect(told).toEqual(['Looking for terminals takes longer than 0.02 s; nobody waits for it.'])
  await looks.close()
})

test('the end waits only a little for a look that hangs', async () => {
  const looks = new Looks({ run: hung, tell: () => undefined, limitMs: 600_000 })
  const asked = looks.once()
  await looks.close()
  expect(await Promise.race([asked, Promise.resolve('still hangs')])).toBe('still hangs')
})

test('a signal ends the wait for a look', async () => {
  const looks = new Looks({ run: hung, tell: () => undefined, limitMs: 200 })
  const hold = new TerminalHold()
  hold.lookedForBy((signal) => looks.once(signal))
  const stop = new AbortController()
  const asked = hold.holdsNow('work-1/auth', stop.signal)
  stop.abort(new Error('over'))
  await expect(asked).rejects.toThrow('over')
  await looks.close()
})

test('who asks while a look is under way is told by one that began later, and after the end by none', async () => {
  const running: PromiseWithResolvers<void>[] = []
  const run = (): Promise<void> => {
    const look = Promise.withResolvers<void>()
    running.push(look)
    return look.promise
  }
  const looks = new Looks({ run, tell: () => undefined, limitMs: 600_000 })
  const first = looks.once()
  const second = looks.once()
  expect(running).toHaveLength(1)
  running[0]?.resolve()
  await first
  await expect.poll(() => running.length).toBe(2)
  running[1]?.resolve()
  await second
  await looks.close()
  await looks.once()
  expect(running).toHaveLength(2)
})

test('a look that fails is told, and the next is taken', async () => {
  const told: string[] = []
  let begun = 0
  const looks = new Looks({
    run: () => {
      begun += 1
      return begun === 1 ? Promise.reject(new Error('no disk')) : Promise.resolve()
    },
    tell: (text) => void told.push(text),
    limitMs: 600_000,
  })
  await looks.once()
  await looks.once()
  expect(told).toEqual(['Terminals could not be looked for: no disk'])
  expect(begun).toBe(2)
})
