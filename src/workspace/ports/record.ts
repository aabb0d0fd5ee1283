// The content of a lease file. Pure.
import * as v from 'valibot'

const LeaseRecord = v.object({
  /** Repository and session, the identity of the lease. */
  owner: v.string(),
  commonDir: v.string(),
  worktree: v.string(),
  /** `<run>/<piece>`. */
  session: v.string(),
  /** Process that took the lease; for people. */
  pid: v.optional(v.number()),
})

export type LeaseRecord = v.InferOutput<typeof LeaseRecord>

/** A lease file's content; null when it is not one of ours. */
export function parseLeaseRecord(text: string): LeaseRecord | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), LeaseRecord), text)
  return parsed.success ? parsed.output : null
}
