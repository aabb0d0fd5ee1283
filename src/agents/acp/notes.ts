// Remarks of ours in an agent's log file, between the lines of its own error output. Bounded, and never a reason to stop:
// an agent goes on working when its log cannot be written.
import { appendFile } from 'node:fs/promises'

const MAX_BYTES = 256 * 1024

/** Remarks on one agent process. */
export interface Notes {
  write(line: string): void
  /** Resolves when everything is written, or when it is clear that it cannot be. Never rejects. */
  close(): Promise<void>
}

/** Opens the notes in the file `path`; at most 256 KB of them are written. */
export function openNotes(path: string): Notes {
  let room = MAX_BYTES
  let pending = ''
  let writing: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    while (pending !== '' && room > 0) {
      const text = pending.slice(0, room)
      pending = ''
      room -= text.length
      // Whatever the disk says: the remarks end there.
      await appendFile(path, text).catch(() => (room = 0))
    }
    writing = undefined
  }
  return {
    write(line) {
      if (room <= pending.length) return
      pending += `[quintet] ${line}\n`
      writing ??= drain()
    },
    close: async () => writing,
  }
}
