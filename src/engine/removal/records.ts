// What Quintet has written down of a session beside its log: the traces of its attempts and the handoffs between them.
// They hold no work, and go with the session.
import { readdir, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { discard } from '../../store/trash.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'

const KINDS = ['traces', 'handoffs'] as const

/** What is there of a session. */
export interface SessionRecordings {
  readonly files: number
  readonly bytes: number
}

/** Counts the records of a session; null when there are none. */
export async function sessionRecordings(state: string, name: SessionName): Promise<SessionRecordings | null> {
  let found: SessionRecordings | null = null
  for (const folder of folders(state, name)) {
    const entries = await ignoring(
      ['ENOENT', 'ENOTDIR'],
      readdir(folder, { recursive: true, withFileTypes: true }),
    )
    if (entries === undefined) continue
    found ??= { files: 0, bytes: 0 }
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const known = await ignoring(['ENOENT'], stat(join(entry.parentPath, entry.name)))
      found = { files: found.files + 1, bytes: found.bytes + (known?.size ?? 0) }
    }
  }
  return found
}

/** Removes the records of a session for good, and the folders of its run that are empty then. */
export async function discardRecordings(
  { repo, state }: Pick<Services, 'repo' | 'state'>,
  name: SessionName,
): Promise<void> {
  for (const folder of folders(state, name)) {
    await discard(repo, folder)
    for (const above of [dirname(folder), dirname(dirname(folder))]) {
      await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'], rmdir(above))
    }
  }
}

/** What a clean-up says of them. */
export function recordsProof({ files, bytes }: SessionRecordings): string {
  const count = files === 1 ? '1 file' : `${files} files`
  return `Its traces and handoffs go with it (${count}, ${Math.ceil(bytes / 1024)} kB): they hold no work.`
}

function folders(state: string, { run, piece }: SessionName): readonly string[] {
  return KINDS.map((kind) => join(state, kind, run, piece))
}
