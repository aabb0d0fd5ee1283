import { expect, test } from 'vitest'
import { interleaved, type Side } from '../../bench/interleave.ts'

function recording(name: string, calls: string[]): Side {
  const note = (what: string) => (): Promise<void> => {
    calls.push(`${what} ${name}`)
    return Promise.resolve()
  }
  return { name, before: note('before'), run: note('run'), after: note('after') }
}

test('sides take turns, and the warm-up is not counted', async () => {
  const calls: string[] = []
  const { signal } = new AbortController()
  const times = await interleaved([recording('a', calls), recording('b', calls)], { rounds: 2, signal })
  expect(calls.filter((call) => call.startsWith('run'))).toEqual([
    'run a',
    'run b',
    'run a',
    'run b',
    'run a',
    'run b',
  ])
  expect(calls.slice(0, 4)).toEqual(['before a', 'run a', 'after a', 'before b'])
  expect(times('a')).toHaveLength(2)
  expect(times('b')).toHaveLength(2)
})

test('only the run itself is timed', async () => {
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60))
  const side: Side = { name: 'a', before: wait, run: () => Promise.resolve(), after: wait }
  const started = performance.now()
  const times = await interleaved([side], { rounds: 1, warmUps: 0, signal: new AbortController().signal })
  expect(times('a')[0]).toBeLessThan(performance.now() - started - 100)
})

test('what a side has made is cleared away when its run fails', async () => {
  const calls: string[] = []
  const side = { ...recording('a', calls), run: () => Promise.reject(new Error('broken')) }
  await expect(interleaved([side], { rounds: 1, signal: new AbortController().signal })).rejects.toThrow(
    'broken',
  )
  expect(calls).toEqual(['before a', 'after a'])
})

test('an abort ends it before the next run', async () => {
  const controller = new AbortController()
  const side: Side = {
    name: 'a',
    run: () => Promise.resolve(controller.abort(new Error('enough'))),
  }
  await expect(interleaved([side], { rounds: 5, signal: controller.signal })).rejects.toThrow('enough')
})
