// Running programs by their name, with the folder that each works in and the files that it holds open: from /proc where
// there is one, from `lsof` elsewhere. Other users' processes are not seen.
import { execFile } from 'node:child_process'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { identify, type ProcessIdentity } from './identity.ts'
import { processIds, UNREADABLE } from './table.ts'

export interface RunningProgram {
  readonly process: ProcessIdentity
  /** Words after the program; empty where they are not told. */
  readonly args: readonly string[]
  readonly cwd: string
  /** Files that it holds open. */
  readonly files: readonly string[]
}

const HAS_PROC = process.platform === 'linux'
const GONE = [...UNREADABLE, 'EINVAL']
const LSOF_TIMEOUT_MS = 5_000
const LSOF_MAX_BYTES = 8 * 1024 * 1024

/** Looks that a process is looked at before it is taken for another program: a shell forks before it becomes what it runs. */
const PATIENCE = 4
/** Every so many looks all are looked at again: a shell may become another program at any time. */
const ANEW = 20

/** Looks for running programs whose executable has one name, again and again: what was another one is not looked at every
 *  time. */
export class ProgramWatch {
  readonly #name: string
  /** How often a process was found to be another program. */
  #others = new Map<number, number>()
  #looks = 0

  constructor(name: string) {
    this.#name = name
  }

  async find(): Promise<readonly RunningProgram[]> {
    if (!HAS_PROC) return await listed(parseLsof(await lsof(this.#name)))
    this.#looks += 1
    const all = this.#looks % ANEW === 0
    const before = this.#others
    const others = new Map<number, number>()
    const found = await Promise.all(
      (await processIds()).map(async (pid) => {
        const seen = before.get(pid) ?? 0
        const program = seen >= PATIENCE && !all ? null : await programInProc(pid, this.#name)
        if (program === null) others.set(pid, seen + 1)
        return program
      }),
    )
    this.#others = others
    return found.filter((program) => program !== null)
  }
}

/** What a process was started with for a variable; null when it was not, and where the machine does not tell. */
export async function startedWith(pid: number, variable: string): Promise<string | null> {
  if (!HAS_PROC) return null
  const text = await ignoring(GONE, readFile(`/proc/${pid}/environ`, 'utf8'))
  const entry = text?.split('\0').find((line) => line.startsWith(`${variable}=`))
  return entry === undefined ? null : entry.slice(variable.length + 1)
}

async function programInProc(pid: number, name: string): Promise<RunningProgram | null> {
  const exe = await ignoring(GONE, readlink(`/proc/${pid}/exe`))
  if (exe === undefined || basename(exe.replace(/ \(deleted\)$/, '')) !== name) return null
  const [identity, cwd, words, open] = await Promise.all([
    identify(pid),
    ignoring(GONE, readlink(`/proc/${pid}/cwd`)),
    ignoring(GONE, readFile(`/proc/${pid}/cmdline`, 'utf8')),
    ignoring(GONE, readdir(`/proc/${pid}/fd`)),
  ])
  if (identity === null || cwd === undefined) return null
  const files = await Promise.all((open ?? []).map((fd) => ignoring(GONE, readlink(`/proc/${pid}/fd/${fd}`))))
  return {
    process: identity,
    args: (words ?? '').split('\0').slice(1, -1),
    cwd,
    files: files.filter((file) => file?.startsWith('/') === true).flatMap((file) => file ?? []),
  }
}

/** A process as `lsof -F pfn` tells it. */
interface Listed {
  readonly pid: number
  readonly cwd: string
  readonly files: readonly string[]
}

/** Parses `lsof -F pfn`: lines of one field, each named by its first letter. */
export function parseLsof(text: string): readonly Listed[] {
  const found: { pid: number; cwd: string; files: string[] }[] = []
  let kind = ''
  for (const line of text.split('\n')) {
    const value = line.slice(1)
    if (line.startsWith('p')) found.push({ pid: Number(value), cwd: '', files: [] })
    else if (line.startsWith('f')) kind = value
    const last = found.at(-1)
    if (!line.startsWith('n/') || last === undefined) continue
    if (kind === 'cwd') last.cwd = value
    else last.files.push(value)
  }
  return found.filter(({ pid, cwd }) => Number.isInteger(pid) && cwd !== '')
}

async function listed(found: readonly Listed[]): Promise<readonly RunningProgram[]> {
  const programs = await Promise.all(
    found.map(async ({ pid, cwd, files }) => {
      const identity = await identify(pid)
      return identity === null ? [] : [{ process: identity, args: [], cwd, files }]
    }),
  )
  return programs.flat()
}

/** Whatever it exits with: what it could not see is none of our business. Nothing where there is no such program. */
function lsof(name: string): Promise<string> {
  const args = ['-n', '-P', '-w', '-c', name, '-F', 'pfn']
  return new Promise((resolve) => {
    execFile('lsof', args, { timeout: LSOF_TIMEOUT_MS, maxBuffer: LSOF_MAX_BYTES }, (_error, stdout) => {
      resolve(stdout)
    })
  })
}
