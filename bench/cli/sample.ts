// What a process has used: processor time and resident memory.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Sample {
  /** Milliseconds of processor time since the process began. */
  readonly cpuMs: number
  readonly rssMb: number
}

/** USER_HZ, which is 100 on every platform that Node runs on. */
const TICK_MS = 10
const exec = promisify(execFile)

/** What the process has used until now. Rejects when it is gone. */
export async function sample(pid: number): Promise<Sample> {
  if (process.platform !== 'linux')
    return parsePs((await exec('ps', ['-o', 'cputime=,rss=', '-p', String(pid)])).stdout)
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ])
  return parseProc(stat, status)
}

/** Milliseconds that the programs which a process has started, and which have ended, have used; where nothing tells it, 0. */
export async function childrenMs(pid: number): Promise<number> {
  if (process.platform !== 'linux') return 0
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}

/** Parses /proc/<pid>/stat and status. The program's name may contain anything, so fields are counted from its end. */
export function parseProc(stat: string, status: string): Sample {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuMs: ticks * TICK_MS, rssMb: Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) / 1024 }
}

/** Parses `ps -o cputime=,rss=`: `[[dd-]hh:]mm:ss[.cc]` and kilobytes. */
export function parsePs(text: string): Sample {
  const [time = '', rss] = text.trim().split(/\s+/)
  const [days, clock = time] = time.includes('-') ? time.split('-') : ['0', time]
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return { cpuMs: (Number(days) * 86_400 + seconds) * 1_000, rssMb: Number(rss) / 1024 }
}
