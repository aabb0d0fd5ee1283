// Every process of a session carries the session's mark in its environment, whatever group or terminal it moved to. This
// finds the bearers of a mark and ends them. Our own process and those above it are never among them.
import { readFile } from 'node:fs/promises'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { signalProcess } from './group.ts'
import { processIds, processRow, processTable, ps, UNREADABLE, withAncestors } from './table.ts'

/** The variable that carries the mark; its value is `<run>/<piece>`. */
export const SESSION_MARK = 'QUINTET_SESSION'

const HAS_PROC = process.platform === 'linux'
const GRACE_MS = 3_000
const KILL_LIMIT_MS = 10_000
const POLL_MS = 20
const BATCH = 64

/** Ids of all live processes that were started with `QUINTET_SESSION=<marker>`. Other users' processes are not seen. */
export async function survivors(marker: string): Promise<number[]> {
  const bearers = HAS_PROC ? await bearersInProc(marker) : await bearersInPs(marker)
  if (bearers.length === 0) return []
  const line = withAncestors(process.pid, await processTable())
  return bearers.filter((pid) => !line.has(pid))
}

/** Ends every process that bears the mark and proves them gone: SIGTERM, after `graceMs` SIGKILL, until none is found.
 *  Returns the ids that it ended. Throws `E_PROCESS_SURVIVES` when some are left 10 s later. */
export async function endSurvivors(marker: string, graceMs: number = GRACE_MS): Promise<number[]> {
  const started = performance.now()
  const ended = new Set<number>()
  for (;;) {
    const found = await survivors(marker)
    if (found.length === 0) return [...ended]
    const age = performance.now() - started
    if (age > graceMs + KILL_LIMIT_MS) throw unendable(marker, found)
    for (const pid of found) {
      if (age >= graceMs) signalProcess(pid, 'SIGKILL')
      else if (!ended.has(pid)) signalProcess(pid, 'SIGTERM')
      ended.add(pid)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function unendable(marker: string, pids: readonly number[]): QuintetError {
  return new QuintetError(
    'E_PROCESS_SURVIVES',
    'environment',
    `Processes of the session ${marker} cannot be ended: ${pids.join(', ')}.`,
    { hints: [{ text: 'See what holds them.', command: `ps -o pid,stat,wchan,args -p ${pids.join(',')}` }] },
  )
}

async function bearersInProc(marker: string): Promise<number[]> {
  const entry = Buffer.from(`${SESSION_MARK}=${marker}\0`)
  const pids = await processIds()
  const found: number[] = []
  for (let at = 0; at < pids.length; at += BATCH) {
    const marked = await Promise.all(pids.slice(at, at + BATCH).map((pid) => bears(pid, entry)))
    found.push(...marked.filter((pid) => pid !== null))
  }
  return found
}

async function bears(pid: number, entry: Buffer): Promise<number | null> {
  // A zombie's environment is empty; a process that ends while it is read has none either.
  const environment = await ignoring(UNREADABLE, readFile(`/proc/${pid}/environ`))
  if (environment === undefined || !holds(environment, entry)) return null
  return (await processRow(pid))?.zombie === false ? pid : null
}

function holds(environment: Buffer, entry: Buffer): boolean {
  for (let at = environment.indexOf(entry); at !== -1; at = environment.indexOf(entry, at + 1)) {
    if (at === 0 || environment[at - 1] === 0) return true
  }
  return false
}

async function bearersInPs(marker: string): Promise<number[]> {
  return parseBearers(await ps(['-A', '-E', '-ww', '-o', 'pid=,stat=,command=']), marker)
}

/** Parses `ps -o pid=,stat=,command=` with environments shown behind the commands. */
export function parseBearers(text: string, marker: string): number[] {
  const entry = `${SESSION_MARK}=${marker}`
  return text
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , state, command]) => state?.startsWith('Z') !== true && command?.split(' ').includes(entry))
    .map(([, pid]) => Number(pid))
}
