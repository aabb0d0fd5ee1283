// Processes that work inside a folder, whoever started them: their working directory is in it. Removing it under them
// would leave a shell in a deleted folder, or a writer that makes half of it again.
import { readdir, readlink } from 'node:fs/promises'
import { errnoOf, ignoring, errorData } from '../contract/errors.ts'
import { run } from '../process/run.ts'

const UNREADABLE = ['ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'EINVAL']
const BATCH = 64
const POLL_MS = 50

/** Ids of the processes whose working directory is `folder` (a real path) or below it, in ascending order. */
export async function occupants(folder: string): Promise<number[]> {
  const found = process.platform === 'linux' ? await inProc(folder) : await inLsof(folder)
  return found.filter((pid) => pid !== process.pid).sort((a, b) => a - b)
}

/** The occupants that are still there after `graceMs`; resolves as soon as there are none. A git process that outlived
 *  the death of its parent needs a moment to end. */
export async function lastingOccupants(folder: string, graceMs: number): Promise<number[]> {
  const deadline = performance.now() + graceMs
  for (;;) {
    const found = await occupants(folder)
    if (found.length === 0 || performance.now() >= deadline) return found
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function inProc(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const result: number[] = []
  for (let at = 0; at < pids.length; at += BATCH) {
    const batch = pids.slice(at, at + BATCH)
    const folders = await Promise.all(batch.map((pid) => ignoring(UNREADABLE, readlink(`/proc/${pid}/cwd`))))
    result.push(...batch.filter((_, index) => isInside(folders[index], folder)).map(Number))
  }
  return result
}

async function inLsof(folder: string): Promise<number[]> {
  try {
    const { stdout } = await run('lsof', ['-w', '-d', 'cwd', '-F', 'pn'], { cwd: '/' })
    return parseLsof(stdout.toString('utf8'), folder)
  } catch (error) {
    // Not every system has lsof; the marked processes of the session have been ended either way.
    if (errorData(error).code === 'E_PROGRAM_MISSING' || errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Parses `lsof -F pn`: a line `p<pid>`, then a line `n<folder>`. Pure. */
export function parseLsof(text: string, folder: string): number[] {
  const result: number[] = []
  let pid = 0
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    else if (line.startsWith('n') && isInside(line.slice(1), folder)) result.push(pid)
  }
  return result
}

function isInside(path: string | undefined, folder: string): boolean {
  return path !== undefined && (path === folder || path.startsWith(`${folder}/`))
}
