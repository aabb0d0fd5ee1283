import { expect, test } from 'vitest'
import { misplaced, parseLsofListeners, parseProcListeners } from '../../../src/workspace/ports/placement.ts'

test('listening sockets are told from others in /proc/net/tcp and tcp6', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000 100 0 0 10 0
   1: 0100007F:4E21 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 31338 1 0000 20 4 30 10 -1
   2: 00000000000000000000000001000000:4E22 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 77 1 0
`
  expect(parseProcListeners(text)).toEqual([
    { port: 20_000, inode: '31337' },
    { port: 20_002, inode: '77' },
  ])
})

test('listening sockets are read from lsof', () => {
  expect(parseLsofListeners('p12\nf3\nn127.0.0.1:20000\nf4\nn[::1]:20001\np13\nf9\nn*:20002\n')).toEqual([
    { port: 20_000, pid: 12 },
    { port: 20_001, pid: 12 },
    { port: 20_002, pid: 13 },
  ])
})

test('a worktree whose name begins like another one is another one', () => {
  const lease = (session: string, worktree: string, first: number) => ({
    session,
    worktree,
    ports: { first, count: 10 },
  })
  const leases = [lease('r/a', '/w/a', 20_000), lease('r/ab', '/w/ab', 20_010)]
  const listener = (port: number, folder: string | null) => ({ port, pid: 1, folder })
  expect(misplaced(leases, [listener(20_003, '/w/ab/src')])).toMatchObject([{ session: 'r/a', by: 'r/ab' }])
  expect(misplaced(leases, [listener(20_013, '/w/ab')])).toEqual([])
  expect(misplaced(leases, [listener(20_003, null), listener(20_020, '/w/ab')])).toEqual([])
})
