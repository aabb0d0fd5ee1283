// The file in which it is kept what runs have shown: `learned.json` under the state folder, bounded and replaced as a whole.
// It is a memory and no truth: the log has all of it, so a file that cannot be read is made anew.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { withFileLock } from '../../process/lock.ts'
import { writeAtomic } from '../../store/atomic.ts'
import {
  LearnedFile,
  NOTHING_LEARNED,
  summarised,
  withRun,
  type Learned,
  type LearnedRun,
} from './learned.ts'

const FILE = 'learned.json'
const LOCK = 'learned.lock'
const LARGEST = 16 * 1024 * 1024

/** What the runs of this repository have shown so far. `state`: the state folder. */
export async function loadLearned(state: string): Promise<Learned> {
  return summarised(await loadFile(state))
}

/** Ids of the runs that it rests on. */
export async function learnedRuns(state: string): Promise<readonly string[]> {
  return (await loadFile(state)).runs.map(({ run }) => run)
}

/** Keeps what a run has shown. */
export async function keepLearned(state: string, run: LearnedRun): Promise<void> {
  await withFileLock(join(state, LOCK), async () => {
    const file = withRun(await loadFile(state), run)
    await writeAtomic(join(state, FILE), `${JSON.stringify(file)}\n`)
  })
}

async function loadFile(state: string): Promise<LearnedFile> {
  const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(state, FILE), 'utf8'))
  if (text === undefined || text.length > LARGEST) return NOTHING_LEARNED
  const parsed = v.safeParse(LearnedFile, parsedJson(text))
  return parsed.success ? parsed.output : NOTHING_LEARNED
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
