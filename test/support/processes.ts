// The processes that have to do with a folder: started in it, called with it, or marked as belonging to a session of the
// repository in it. Seen from outside, by other means than the product's own.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { errnoOf, ignoring } from '../../src/contract/errors.ts'

export interface FoundProcess {
  readonly pid: number
  /** Command line, blanks between the words. */
  readonly command: string
}

export interface Haunt {
  /** Resolved. */
  readonly folder: string
  /** Common git directory of the repository. */
  readonly commonDir: string
}

const exec = promisify(execFile)
const GONE = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']

/** Live processes that have to do with the folder or with a session of the repository; this one is never among them. */
export async function processesOf(haunt: Haunt): Promise<readonly FoundProcess[]> {
  const found = process.platform === 'linux' ? await inProc(haunt) : await inPs(haunt)
  return found.filter(({ pid }) => pid !== process.pid)
}

/** Kills a process at once; false when it was gone already. */
export function killNow(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false
    throw error
  }
}

/** How the mark of every session of a repository begins. */
function markOf({ commonDir }: Haunt): string {
  return `QUINTET_SESSION=${createHash('sha256').update(commonDir).digest('hex').slice(0, 12)}/`
}

async function inProc(haunt: Haunt): Promise<readonly FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map((pid) => lookAt(pid, haunt)))
  return found.filter((one) => one !== null)
}

async function lookAt(pid: number, haunt: Haunt): Promise<FoundProcess | null> {
  const read = (name: string): Promise<string | undefined> =>
    ignoring(GONE, readFile(`/proc/${pid}/${name}`, 'utf8'))
  const [line, environment, cwd] = await Promise.all([
    read('cmdline'),
    read('environ'),
    ignoring(GONE, readlink(`/proc/${pid}/cwd`)),
  ])
  // A process that has ended and is not yet waited for has an empty command line.
  if (line === undefined || line === '') return null
  const command = line.split('\0').join(' ').trim()
  const marked = environment?.split('\0').some((entry) => entry.startsWith(markOf(haunt))) === true
  const there = cwd === haunt.folder || cwd?.startsWith(`${haunt.folder}/`) === true
  return marked || there || command.includes(haunt.folder) ? { pid, command } : null
}

async function inPs(haunt: Haunt): Promise<readonly FoundProcess[]> {
  const { stdout } = await exec('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes(haunt.folder) || line.includes(markOf(haunt)))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+\s+/, '') }))
}
