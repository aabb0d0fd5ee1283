// The rollout of a Codex that does not hold it open, or that runs where its folder is somewhere else for us: found by its
// name below another folder, else the newest one that began in the same folder after the process did.
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { beganAt } from '../../process/began.ts'
import type { ProcessIdentity } from '../../process/identity.ts'
import { fieldsOf, lineFields, textIn } from './record.ts'
import { openRegular } from './regular-file.ts'

const ROLLOUT = /^rollout-.*?-([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl$/
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES']
/** What the first line of a rollout holds at most: it has all instructions of the agent in it. */
const FIRST_LINE_BYTES = 512 * 1024
/** Rollouts that are looked into, the newest first. */
const MOST = 40
/** Source of conversations that were begun at a terminal. */
const PERSON = 'cli'
/** Days before today in whose folders is looked; longer ago nobody has sat down. */
const DAYS = 7
const DAY_MS = 24 * 60 * 60 * 1_000
/** By so much a process may seem to have begun later than it did. */
const LEEWAY_MS = 2_000

/** The id of the conversation in the name of a rollout; null when it is no such name. */
export function conversationOf(record: string): string | null {
  return ROLLOUT.exec(basename(record))?.[1] ?? null
}

export interface Wanted {
  readonly process: ProcessIdentity
  /** Resolved, as the agent has it. */
  readonly cwd: string
  /** As the agent's process holds it open, if it does. */
  readonly record: string | null
}

/** The rollout below `folder`, Codex's own folder as we see it; null while there is none. */
export async function rolloutIn(
  folder: string,
  { process, cwd, record }: Wanted,
  now: number,
): Promise<string | null> {
  const since = record === null ? await beganAt(process) : 0
  if (since === null) return null
  for (const path of await newest(folder, { since: since - LEEWAY_MS, now })) {
    if (record === null ? await beganIn(path, cwd) : basename(path) === basename(record)) return path
  }
  return null
}

async function newest(
  folder: string,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<readonly string[]> {
  const days = Array.from({ length: DAYS + 2 }, (_, ago) => dayFolder(now + (1 - ago) * DAY_MS))
  const listed = await Promise.all(
    days.map(async (day): Promise<string[]> => {
      const path = join(folder, 'sessions', day)
      const entries: Dirent[] = (await ignoring(GONE, readdir(path, { withFileTypes: true }))) ?? []
      return entries
        .filter((entry) => entry.isFile() && ROLLOUT.test(entry.name))
        .map(({ name }) => join(path, name))
    }),
  )
  const paths = listed.flat().toSorted((one, other) => basename(other).localeCompare(basename(one)))
  const recent: string[] = []
  for (const path of paths.slice(0, MOST))
    if (((await ignoring(GONE, stat(path)))?.mtimeMs ?? 0) >= since) recent.push(path)
  return recent
}

/** The folder of a day, in the machine's own time. */
function dayFolder(at: number): string {
  const day = new Date(at)
  const two = (value: number): string => `${value}`.padStart(2, '0')
  return `${day.getFullYear()}/${two(day.getMonth() + 1)}/${two(day.getDate())}`
}

async function beganIn(path: string, cwd: string): Promise<boolean> {
  const file = await openRegular(path)
  if (file === null) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE_BYTES), 0, FIRST_LINE_BYTES, 0)
    const [first = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1)
    const about = fieldsOf(lineFields(first)['payload'])
    return textIn(about, 'cwd') === cwd && (textIn(about, 'source') ?? PERSON) === PERSON
  } finally {
    await file.close()
  }
}
