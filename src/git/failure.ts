// Why a write by git failed, seen from the outside: a lock file that is there, a disk without room. Git's own sentence
// would have to be read in English; the state of the disk does not. Two texts are looked at all the same, in the C locale:
// what the C library says of a full quota, which shows nowhere else, and what a shell or git says of a program that is not
// installed, after which git itself names only what came of it.
import { stat, statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { run, type RunResult } from '../process/run.ts'
import { decode } from './text.ts'
import { quoted } from '../contract/shell.ts'

interface FailedCall {
  readonly cwd: string
  readonly op: string
  readonly writes?: 'index' | 'store'
  readonly env?: Readonly<Record<string, string>>
}

/** Git removes its half-written files when it fails, so a disk that was full a moment ago has a little room again. */
const NEARLY_FULL_BYTES = 4 * 1024 * 1024
const NO_SPACE = ['No space left on device', 'Disk quota exceeded']
const NO_PROGRAM = [/: (?:command )?not found$/, /: cannot run .+: No such file or directory$/]
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES']

/** The precise error for a failed write; null when neither a lock nor the disk explains it. */
export async function explainFailure(call: FailedCall, result: RunResult): Promise<QuintetError | null> {
  if (call.writes === undefined || result.timedOut || result.signal !== null) return null
  const lock = call.writes === 'index' ? await presentLock(call) : null
  if (lock !== null) return indexLocked(call, lock)
  return (await diskIsFull(call.cwd, decode(result.stderr))) ? diskFull(call) : null
}

/** Whether a line that git has printed names a program that is not there: that of a filter, `git-lfs`. */
export const namesMissingProgram = (line: string): boolean => NO_PROGRAM.some((text) => text.test(line))

async function presentLock(call: FailedCall): Promise<string | null> {
  const lock = `${call.env?.['GIT_INDEX_FILE'] ?? (await indexFile(call.cwd))}.lock`
  return (await ignoring(GONE, stat(lock))) === undefined ? null : lock
}

async function indexFile(cwd: string): Promise<string> {
  const result = await run('git', ['rev-parse', '--git-path', 'index'], { cwd })
  return resolve(cwd, decode(result.stdout).replace(/\n$/, ''))
}

function indexLocked(call: FailedCall, lock: string): QuintetError {
  return new QuintetError(
    'E_INDEX_LOCKED',
    'precondition',
    `Git could not ${call.op}: the index is locked by ${lock}.`,
    {
      details: { lock },
      hints: [
        {
          text: 'See whether a git process is still at work.',
          command: "ps -eo pid,lstart,args | grep '[g]it '",
        },
        { text: 'Remove the lock if none is.', command: `rm ${quoted(lock)}` },
      ],
    },
  )
}

async function diskIsFull(cwd: string, stderr: string): Promise<boolean> {
  if (NO_SPACE.some((text) => stderr.includes(text))) return true
  const disk = await ignoring(GONE, statfs(cwd))
  if (disk === undefined) return false
  const free = process.geteuid?.() === 0 ? disk.bfree : disk.bavail
  return free * disk.bsize < NEARLY_FULL_BYTES || (disk.files > 0 && disk.ffree === 0)
}

function diskFull(call: FailedCall): QuintetError {
  return new QuintetError(
    'E_DISK_FULL',
    'environment',
    `Git could not ${call.op}: the disk that holds ${call.cwd} is full.`,
    { hints: [{ text: 'See how much is left.', command: `df -h ${quoted(call.cwd)}` }] },
  )
}
