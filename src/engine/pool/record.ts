// What has to outlive the daemon: who asked for workspaces ahead, and what could not be made.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring, NOT_READABLE } from '../../contract/errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { Wish } from './wishes.ts'

const Setback = v.object({
  base: v.string(),
  setupHash: v.optional(v.nullable(v.string()), null),
  /** Milliseconds since the epoch. */
  at: v.number(),
  /** How often in a row. */
  count: v.number(),
  next: v.nullable(v.number()),
  code: v.string(),
  message: v.string(),
  hints: v.array(v.object({ text: v.string(), command: v.optional(v.string()) })),
})
export type StoredSetback = v.InferOutput<typeof Setback>

const PoolRecord = v.object({
  version: v.literal(1),
  wishes: v.array(Wish),
  setbacks: v.array(Setback),
  /** What the largest of the last slots took; null: none was measured. */
  bytes: v.nullable(v.number()),
  /** Milliseconds that the last fill took. */
  fillMs: v.optional(v.nullable(v.number()), null),
  /** A person has said here that workspaces are to be made ahead. */
  told: v.optional(v.boolean(), false),
  /** Everything was removed because somebody said so: nothing is made before somebody asks again. */
  rested: v.optional(v.boolean(), false),
})
export type PoolRecord = v.InferOutput<typeof PoolRecord>

const EMPTY: PoolRecord = {
  version: 1,
  wishes: [],
  setbacks: [],
  bytes: null,
  fillMs: null,
  told: false,
  rested: false,
}

/** Beside the folder of the slots' own records. */
const fileOf = (state: string): string => join(state, 'pool-wishes.json')

/** What was kept; a file that cannot be read counts as none, for wishes are said again. */
export async function loadPoolRecord(state: string): Promise<PoolRecord> {
  const text = await ignoring(['ENOENT', ...NOT_READABLE], readFile(fileOf(state), 'utf8'))
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PoolRecord), text)
  return parsed.success ? parsed.output : EMPTY
}

/** Replaces what was kept. */
export async function savePoolRecord(state: string, record: PoolRecord): Promise<void> {
  await writeAtomic(fileOf(state), `${JSON.stringify(record, null, 2)}\n`)
}
