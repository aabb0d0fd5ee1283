// The process table as values: from /proc where there is one, from `ps` elsewhere. `ps` is spawned here directly and not
// through run(): ending a group needs the table, and run() ends groups.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ignoring } from '../contract/errors.ts'

/** A row of the process table. `startTime` is only comparable with values from the same machine. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Ended, and only waiting for its parent to notice. */
  readonly zombie: boolean
  readonly startTime: string
}

const HAS_PROC = process.platform === 'linux'
/** Ways in which a process can be gone, or none of our business, while it is looked at. */
export const UNREADABLE: readonly string[] = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']
const PS_TIMEOUT_MS = 10_000
const PS_MAX_BYTES = 64 * 1024 * 1024
const PS_COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart='

let bootId: string | undefined

/** All processes that this user may see. */
export async function processTable(): Promise<ProcessRow[]> {
  if (!HAS_PROC) return parsePsTable(await ps(['-A', '-o', PS_COLUMNS]))
  const rows = await Promise.all((await processIds()).map((pid) => processRow(pid)))
  return rows.filter((row) => row !== null)
}

/** The row of one process; null when there is none. */
export async function processRow(pid: number): Promise<ProcessRow | null> {
  if (!HAS_PROC) return parsePsTable(await ps(['-o', PS_COLUMNS, '-p', String(pid)]))[0] ?? null
  const text = await ignoring(UNREADABLE, readFile(`/proc/${pid}/stat`, 'utf8'))
  return text === undefined ? null : parseProcStat(text, currentBoot())
}

/** The row of a child that was started in this very turn of the event loop: it exists, if only as a zombie. Null elsewhere than on Linux. */
export function rowOfNewChild(pid: number): ProcessRow | null {
  return HAS_PROC ? parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), currentBoot()) : null
}

/** Ids of all processes; Linux only. */
export async function processIds(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
}

/** Live processes of a group; zombies do not count. */
export async function groupMembers(group: number): Promise<number[]> {
  return (await processTable()).filter((row) => row.group === group && !row.zombie).map((row) => row.pid)
}

/** `pid` and every process above it. */
export function withAncestors(pid: number, table: readonly ProcessRow[]): ReadonlySet<number> {
  const parents = new Map(table.map((row) => [row.pid, row.parent]))
  const line = new Set<number>()
  for (let at: number | undefined = pid; at !== undefined && !line.has(at); at = parents.get(at)) line.add(at)
  return line
}

/** Every process below `pid`. */
export function descendants(pid: number, table: readonly ProcessRow[]): readonly ProcessRow[] {
  const children = Map.groupBy(table, (row) => row.parent)
  const found: ProcessRow[] = []
  for (let level = children.get(pid) ?? []; level.length > 0;) {
    found.push(...level)
    level = level.flatMap((row) => children.get(row.pid) ?? [])
  }
  return found
}

/** Parses /proc/<pid>/stat. The program's name may contain blanks and brackets, so fields are counted from its end. */
export function parseProcStat(text: string, boot: string): ProcessRow | null {
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  const ticks = fields[19]
  if (Number.isNaN(pid) || ticks === undefined) return null
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    zombie: state === 'Z' || state === 'X',
    startTime: `${boot}:${ticks}`,
  }
}

/** Parses `ps -o pid=,ppid=,pgid=,stat=,lstart=`. */
export function parsePsTable(text: string): ProcessRow[] {
  const rows: ProcessRow[] = []
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line)
    if (match === null) continue
    const [, pid, parent, group, state, startTime] = match
    rows.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      zombie: state?.startsWith('Z') === true,
      startTime: startTime ?? '',
    })
  }
  return rows
}

/** Output of `ps`; an exit code other than 0 means that no process matched. */
export async function ps(args: readonly string[]): Promise<string> {
  const work = promisify(execFile)('ps', args, {
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    timeout: PS_TIMEOUT_MS,
    maxBuffer: PS_MAX_BYTES,
  })
  try {
    return (await work).stdout
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 1) return ''
    throw error
  }
}

function currentBoot(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return bootId
}
