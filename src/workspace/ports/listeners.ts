// Who listens on the ports of sessions: agents overlook PORT now and then, and then one session tests the server of another.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { errorData, ignoring } from '../../contract/errors.ts'
import { run } from '../../process/run.ts'
import type { Lease } from './lease.ts'
import {
  misplaced,
  parseLsofListeners,
  parseProcListeners,
  type Listener,
  type Misplaced,
} from './placement.ts'

const GONE = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL']

/** Listeners on the ports of a lease that do not work in its worktree, as far as this user may see them. */
export async function misplacedListeners(leases: readonly Lease[]): Promise<readonly Misplaced[]> {
  if (leases.length === 0) return []
  const wanted = (port: number): boolean =>
    leases.some(({ ports: { first, count } }) => port >= first && port < first + count)
  const found = process.platform === 'linux' ? await inProc(wanted) : await inLsof(wanted)
  return misplaced(leases, found)
}

async function inProc(wanted: (port: number) => boolean): Promise<Listener[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => ignoring(GONE, readFile(file, 'utf8'))),
  )
  const sockets = new Map<string, number>()
  for (const { port, inode } of tables.flatMap((text) => parseProcListeners(text ?? '')))
    if (wanted(port)) sockets.set(`socket:[${inode}]`, port)
  if (sockets.size === 0) return []
  const listeners: Listener[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const ports = new Set<number>()
    for (const fd of (await ignoring(GONE, readdir(`/proc/${name}/fd`))) ?? []) {
      const port = sockets.get((await ignoring(GONE, readlink(`/proc/${name}/fd/${fd}`))) ?? '')
      if (port !== undefined) ports.add(port)
    }
    if (ports.size === 0) continue
    const folder = (await ignoring(GONE, readlink(`/proc/${name}/cwd`))) ?? null
    listeners.push(...[...ports].map((port) => ({ port, pid: Number(name), folder })))
  }
  return listeners
}

async function inLsof(wanted: (port: number) => boolean): Promise<Listener[]> {
  const text = await lsof(['-nP', '-iTCP', '-sTCP:LISTEN', '-F', 'pn'])
  const found = parseLsofListeners(text).filter(({ port }) => wanted(port))
  const listeners: Listener[] = []
  for (const { port, pid } of found) {
    const folder = /^n(.*)$/m.exec(await lsof(['-a', '-d', 'cwd', '-p', String(pid), '-F', 'n']))?.[1] ?? null
    listeners.push({ port, pid, folder })
  }
  return listeners
}

/** Not every system has it; then nothing is known. */
async function lsof(args: readonly string[]): Promise<string> {
  try {
    return (await run('lsof', ['-w', ...args], { cwd: '/' })).stdout.toString('utf8')
  } catch (error) {
    if (errorData(error).code === 'E_PROGRAM_MISSING') return ''
    throw error
  }
}
