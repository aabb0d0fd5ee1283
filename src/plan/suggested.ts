// The plan that was suggested last, kept in the state folder as it was shown, so that it can be written without being worked out,
// or asked of an agent, once more. A memory and no truth: what cannot be read or kept is as good as not there.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../contract/errors.ts'
import { writeAtomic } from '../store/atomic.ts'

const Suggested = v.object({
  version: v.literal(1),
  goal: v.string(),
  /** A boundary, or the agent that drafted it. */
  by: v.string(),
  /** The commit it was made for. */
  commit: v.string(),
  /** The plan file. */
  text: v.string(),
})
export type Suggested = Omit<v.InferOutput<typeof Suggested>, 'version'>

const FILE = 'suggested.json'
const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR']
const UNWRITABLE = [...UNREADABLE, 'EEXIST', 'EROFS', 'ENOSPC', 'EDQUOT', 'E_DISK_FULL', 'E_STATE_READ_ONLY']

/** What was suggested last; null where nothing was kept. `state`: the state folder. */
export async function lastSuggested(state: string): Promise<Suggested | null> {
  const text = await ignoring(UNREADABLE, readFile(join(state, FILE), 'utf8'))
  const parsed = v.safeParse(Suggested, text === undefined ? null : parsedJson(text))
  return parsed.success ? parsed.output : null
}

/** Keeps a suggestion instead of the last; false where nothing can be kept. */
export async function keepSuggested(state: string, suggested: Suggested): Promise<boolean> {
  const path = join(state, FILE)
  const kept = await ignoring(
    UNWRITABLE,
    mkdir(dirname(path), { recursive: true })
      .then(async () => await writeAtomic(path, `${JSON.stringify({ version: 1, ...suggested })}\n`))
      .then(() => true),
  )
  return kept === true
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
