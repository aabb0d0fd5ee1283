// How far a scripted conversation has come, kept on disk after every step: a killed agent goes on where it was. One file
// a conversation.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { writeAtomic } from '../../store/atomic.ts'

const Stored = v.object({
  schema: v.literal(1),
  /** The next step to play. */
  cursor: v.number(),
  answers: v.record(v.string(), v.string()),
  /** Paths that were refused to the agent and not granted since. */
  refused: v.array(v.string()),
  used: v.number(),
  /** The step at the cursor was begun; `text` is the file content that it is about to write. */
  begun: v.nullable(v.object({ text: v.optional(v.string()) })),
  forkOf: v.nullable(v.string()),
})

/** See the fields of the stored form. */
export type Progress = Omit<v.InferOutput<typeof Stored>, 'schema'>

export const START: Progress = { cursor: 0, answers: {}, refused: [], used: 0, begun: null, forkOf: null }

/** The progress of a conversation; null when none of that id is known. */
export async function loadProgress(folder: string, id: string): Promise<Progress | null> {
  if (!isId(id)) return null
  const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(folder, `${id}.json`), 'utf8'))
  return text === undefined ? null : v.parse(Stored, JSON.parse(text))
}

/** Replaces the progress of a conversation. */
export async function saveProgress(folder: string, id: string, progress: Progress): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeAtomic(join(folder, `${id}.json`), `${JSON.stringify({ schema: 1, ...progress })}\n`)
}

/** An id becomes a file name. */
function isId(id: string): boolean {
  return /^[\w-]{1,100}$/.test(id)
}
