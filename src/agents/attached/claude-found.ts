// Terminals with Claude Code, by the files in which it tells of its sessions. Each is believed only for a process that is
// alive and began when the file says.
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { identify, type ProcessIdentity } from '../../process/identity.ts'
import { processIds } from '../../process/table.ts'
import { parseClaudeSession, transcriptFolder, type ClaudeSession } from './claude-file.ts'
import { textOfRegular } from './regular-file.ts'
import type { FoundTerminal } from './terminal.ts'

/** Proves that the process of a session is alive; null when it is not. */
export type Prove = (session: ClaudeSession) => Promise<ProcessIdentity | null>

const SESSION = /^(\d+)\.json$/
const FILE_BYTES = 64 * 1024
const MOST_FILES = 500
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES']

/** Terminals whose sessions are told of below `folder`, Claude's configuration folder. */
export async function claudeTerminals(folder: string, prove?: Prove): Promise<readonly FoundTerminal[]> {
  const sessions = join(folder, 'sessions')
  const names = (await ignoring(GONE, readdir(sessions))) ?? []
  const told = names.filter((name) => SESSION.test(name))
  // Files of processes that were killed stay behind. Where ids are not ours, as in a box, none can be left out.
  const files = prove === undefined && told.length > 0 ? await ofLiving(told) : told
  const found = await Promise.all(
    files.slice(0, MOST_FILES).map((name) => foundIn(folder, join(sessions, name), prove ?? proveBySelf)),
  )
  return found.filter((terminal) => terminal !== null)
}

async function ofLiving(names: readonly string[]): Promise<readonly string[]> {
  const alive = new Set(await processIds())
  return names.filter((name) => alive.has(Number(SESSION.exec(name)?.[1])))
}

async function foundIn(folder: string, file: string, prove: Prove): Promise<FoundTerminal | null> {
  const text = await textOfRegular(file, { maxBytes: FILE_BYTES })
  const session = text === null ? null : parseClaudeSession(text)
  if (session === null) return null
  const [process, cwd] = await Promise.all([prove(session), ignoring(GONE, realpath(session.cwd))])
  if (process === null || cwd === undefined) return null
  const { conversation, state, waitingFor } = session
  const record = join(folder, 'projects', transcriptFolder(session.cwd), `${conversation}.jsonl`)
  return { agent: 'claude', process, cwd, conversation, state, waitingFor, source: 'session-file', record }
}

/** By its id and, where the machine tells it in the same measure, its start. */
async function proveBySelf({ pid, started }: ClaudeSession): Promise<ProcessIdentity | null> {
  const identity = await identify(pid)
  if (identity === null || started === null || !/^\d+$/.test(started)) return identity
  const ticks = identity.startTime.split(':').at(-1) ?? ''
  return /^\d+$/.test(ticks) && ticks !== started ? null : identity
}
