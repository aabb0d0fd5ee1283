// What was measured of agents, kept in the user's cache: starting one takes seconds. An entry holds for one program as it is
// now, called in one way; what is torn, of another version or unreadable counts as not there.
import { createHash } from 'node:crypto'
import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { MeasuredAgent } from '../../contract/measured.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { AgentCommand } from '../presets.ts'

const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'EIO']
const UNWRITABLE = [
  ...UNREADABLE,
  'EEXIST',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ELOOP',
  'E_DISK_FULL',
  'E_STATE_READ_ONLY',
]
const Entry = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ schema: v.literal(1), at: v.string(), measured: MeasuredAgent }),
)

/** A measurement, and when it was made (ISO 8601). */
export interface Remembered {
  readonly at: string
  readonly measured: MeasuredAgent
}

/** The folder of the user's cache in which measurements stand. */
export function measuredFolder(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env['XDG_CACHE_HOME']
  const base = folder?.startsWith('/') === true ? folder : join(env['HOME'] ?? homedir(), '.cache')
  return join(base, 'quintet', 'agents')
}

/** The file of the agent whose program is `program`, as that is now; a program that is replaced has another one. */
export async function measuredFile(folder: string, program: string, agent: AgentCommand): Promise<string> {
  const file = (await ignoring(UNREADABLE, realpath(program))) ?? program
  const found = await ignoring(UNREADABLE, stat(file))
  const { command, env, mode } = agent
  const key = [file, found?.mtimeMs ?? 0, found?.size ?? 0, command, Object.entries(env), mode ?? null]
  return join(folder, `${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32)}.json`)
}

/** What is remembered in a file; null when nothing is. */
export async function recall(file: string): Promise<Remembered | null> {
  const text = await ignoring(UNREADABLE, readFile(file, 'utf8'))
  const entry = v.safeParse(Entry, text)
  return entry.success ? { at: entry.output.at, measured: entry.output.measured } : null
}

/** Remembers a measurement; a cache that cannot be written remembers nothing. */
export async function remember(folder: string, file: string, { at, measured }: Remembered): Promise<void> {
  const text = `${JSON.stringify({ schema: 1, at, measured })}\n`
  await ignoring(
    UNWRITABLE,
    mkdir(folder, { recursive: true }).then(() => writeAtomic(file, text)),
  )
}
