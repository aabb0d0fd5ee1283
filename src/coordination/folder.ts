// The session folder inside a worktree: decisions.md, context.md, the others' status files (projections, read-only or
// rewritten) and the session's own status.md (the agent's, created once and never touched again). The agent owns the
// worktree and may do anything to the folder, so nothing here follows a symbolic link.
import { constants } from 'node:fs'
import { lstat, mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import type { SessionStatus } from '../contract/session.ts'
import { excludeFromStatus } from '../git/exclude.ts'
import type { Repository } from '../git/repository.ts'
import { records, runGit } from '../git/run.ts'
import { writeAtomic } from '../store/atomic.ts'
import { placement } from './placement.ts'
import { parseStatus, STATUS_LIMIT } from './status.ts'

const READ_ONLY = 0o444
const STATUS_FILE = 'status.md'

export interface SessionFolder {
  readonly repo: Repository
  readonly worktree: string
  /** Relative to the worktree. */
  readonly folder: string
  /** Contents of decisions.md and context.md. */
  readonly decisions: string
  readonly context: string
  /** Verbatim status of the other sessions by piece id. */
  readonly statuses: Readonly<Record<string, string>>
  /** Patches that were handed to the session, by their path in the folder. */
  readonly handed?: Readonly<Record<string, string>>
  /** What status.md starts with. */
  readonly template: string
}

/** Brings the folder up to date; files that are right already are not written. Throws `E_SESSION_FOLDER` when the folder
 *  leaves the worktree, passes through a symbolic link, holds tracked files or cannot be kept out of git's status. */
export async function writeSessionFolder(session: SessionFolder): Promise<void> {
  const { worktree } = session
  const { folder, pattern } = requirePlacement(session.folder)
  await requirePlain(worktree, `${folder}/status`)
  for (const path of Object.keys(session.handed ?? {}))
    await requirePlain(worktree, dirname(`${folder}/${path}`))
  const stale = await outdated(join(worktree, folder), files(session))
  const fresh = !(await exists(join(worktree, folder, STATUS_FILE)))
  if (stale.length === 0 && !fresh) return
  await requireUntracked(worktree, folder)
  await excludeFromStatus(session.repo, [pattern])
  await mkdir(join(worktree, folder, 'status'), { recursive: true })
  for (const { path, text, mode } of stale) {
    await mkdir(dirname(join(worktree, folder, path)), { recursive: true })
    await writeAtomic(join(worktree, folder, path), text, mode === undefined ? {} : { mode })
  }
  if (!fresh) return
  // One small write, exclusive: whatever the agent has put there in the meantime stays.
  const own = join(worktree, folder, STATUS_FILE)
  await ignoring(['EEXIST'], writeFile(own, session.template, { flag: 'wx' }))
  await requireHidden(worktree, folder)
}

interface Projection {
  readonly path: string
  readonly text: string
  readonly mode?: number
}

function files(session: SessionFolder): Projection[] {
  return [
    ...Object.entries(session.handed ?? {}).map(([path, text]) => ({ path, text, mode: READ_ONLY })),
    { path: 'decisions.md', text: session.decisions },
    { path: 'context.md', text: session.context },
    ...Object.entries(session.statuses).map(([piece, text]) => ({
      path: `status/${piece}.md`,
      text,
      mode: READ_ONLY,
    })),
  ]
}

async function outdated(folder: string, wanted: readonly Projection[]): Promise<Projection[]> {
  const result: Projection[] = []
  for (const file of wanted) {
    const size = Buffer.byteLength(file.text)
    const present = await readPlain(join(folder, file.path), size + 1)
    if (present?.toString('utf8') !== file.text) result.push(file)
  }
  return result
}

/** The session's own status; null when there is no such file, or when what stands there is not a plain file. */
export async function readOwnStatus(worktree: string, folder: string): Promise<SessionStatus | null> {
  const place = requirePlacement(folder)
  if ((await firstLink(worktree, place.folder)) !== null) return null
  const bytes = await readPlain(join(worktree, place.folder, STATUS_FILE), STATUS_LIMIT)
  return bytes === null ? null : parseStatus(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

/** The first `limit` bytes of a plain file; null for anything else. Never blocks on a pipe. */
async function readPlain(path: string, limit: number): Promise<Buffer | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await ignoring(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'], open(path, flags))
  if (handle === undefined) return null
  await using file = handle
  if (!(await file.stat()).isFile()) return null
  const buffer = Buffer.alloc(limit)
  let size = 0
  while (size < limit) {
    const { bytesRead } = await file.read(buffer, size, limit - size, size)
    if (bytesRead === 0) break
    size += bytesRead
  }
  return buffer.subarray(0, size)
}

function requirePlacement(folder: string): { folder: string; pattern: string } {
  const place = placement(folder)
  if (place.kind === 'inside') return place
  throw refusal(folder, `it ${place.why}`)
}

/** Refuses a path of which any part below the worktree is something other than a folder. */
async function requirePlain(worktree: string, folder: string): Promise<void> {
  const link = await firstLink(worktree, folder)
  if (link !== null) throw refusal(folder, `${link} is not a plain folder`)
}

/** The first part of a path below `worktree` that exists and is not a folder (a symbolic link is none); null if all are. */
async function firstLink(worktree: string, folder: string): Promise<string | null> {
  let path = ''
  for (const part of folder.split('/')) {
    path = path === '' ? part : `${path}/${part}`
    const found = await ignoring(['ENOENT'], lstat(join(worktree, path)))
    if (found === undefined) return null
    if (!found.isDirectory()) return path
  }
  return null
}

async function requireUntracked(worktree: string, folder: string): Promise<void> {
  const { stdout } = await runGit(['ls-files', '-z', '--', `:(top,literal)${folder}`], {
    cwd: worktree,
    op: 'look for tracked files in the session folder',
  })
  const [tracked] = records(stdout)
  if (tracked !== undefined) throw refusal(folder, `git tracks ${tracked} in it`)
}

/** A `.gitignore` of the repository outranks info/exclude and may show the folder again. */
async function requireHidden(worktree: string, folder: string): Promise<void> {
  const { stdout } = await runGit(
    ['ls-files', '-z', '--others', '--exclude-standard', '--', `:(top,literal)${folder}`],
    { cwd: worktree, op: 'look whether the session folder is ignored' },
  )
  if (stdout !== '') throw refusal(folder, 'a .gitignore of the repository includes it again')
}

function refusal(folder: string, why: string): QuintetError {
  return new QuintetError(
    'E_SESSION_FOLDER',
    'precondition',
    `The session folder ${folder} cannot be used: ${why}.`,
    {
      details: { folder },
      hints: [{ text: 'Set coordination_folder in .quintet/config.toml to a folder of its own.' }],
    },
  )
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}
