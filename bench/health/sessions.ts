// The healthy sessions that alarms are counted on.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TraceEvent } from '../../src/contract/trace.ts'

export interface Session {
  readonly name: string
  readonly events: readonly TraceEvent[]
}

/** Every `.jsonl` below a folder, in the order of names. Lines are taken as they are; throws when the folder is missing. */
export async function loadSessions(folder: string): Promise<Session[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jsonl')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const lines = (await readFile(join(folder, name), 'utf8')).split('\n').filter((line) => line !== '')
      return { name, events: lines.map(parseEvent) }
    }),
  )
}

function parseEvent(line: string): TraceEvent {
  return JSON.parse(line) as TraceEvent
}
