// What the guards of a session go by: the record that is written for its git hooks and for its agent's tool hook, which
// run as processes of their own and without the daemon. It holds the map's input and not its answers.
import * as v from 'valibot'
import { Scope, SharedFile } from './plan.ts'

export const GuardRecord = v.object({
  version: v.literal(1),
  run: v.string(),
  piece: v.string(),
  /** The session's branch, a whole ref name. */
  branch: v.string(),
  /** Folder of the refs that are the session's own, with a slash at its end. */
  refs: v.string(),
  /** Main worktree, resolved. */
  root: v.string(),
  /** The git folder that all worktrees share, resolved. */
  commonDir: v.string(),
  /** The session's worktree, resolved. */
  worktree: v.string(),
  /** Git folder of that worktree. */
  gitDir: v.string(),
  pieces: v.array(v.object({ id: v.string(), title: v.string(), scope: Scope })),
  shared: v.array(SharedFile),
  /** Paths that have moved since, oldest first. */
  grants: v.array(v.object({ paths: v.array(v.string()), to: v.string(), by: v.optional(v.string()) })),
  coordinationFolder: v.string(),
  ignoreCase: v.boolean(),
  /** Files and folders outside of every scope that the session's agent may write all the same; absolute, or relative to
   *  the worktree. */
  writable: v.array(v.string()),
  /** How a path is asked for, one sentence each. */
  ask: v.array(v.string()),
  /** Node and the script that judges paths, both absolute. */
  program: v.tuple([v.string(), v.string()]),
  /** The repository's own hooks: their folder as configured (empty: git's default), what is configured outside of the
   *  repository, and whether the folder was configured for this worktree alone. */
  theirs: v.object({ folder: v.string(), outer: v.string(), pinned: v.boolean() }),
})

export type GuardRecord = v.InferOutput<typeof GuardRecord>

/** What is known before there is a worktree. */
export type GuardSpec = Omit<
  GuardRecord,
  'version' | 'run' | 'piece' | 'root' | 'commonDir' | 'worktree' | 'gitDir' | 'theirs'
>

/** What of a record tells whose it is. */
const GuardName = v.pick(GuardRecord, ['run', 'piece', 'gitDir'])

export type GuardName = v.InferOutput<typeof GuardName>

/** Parses whose guard record it is; null when the text is none. */
export function parseGuardName(text: string): GuardName | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), GuardName), text)
  return parsed.success ? parsed.output : null
}

/** Parses a guard record; null when the text is not one. */
export function parseGuardRecord(text: string): GuardRecord | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), GuardRecord), text)
  return parsed.success ? parsed.output : null
}

/** Where the rules of a session stand for the hook that gives them after a compaction, beside its record. */
export function rulesFile(record: string): string {
  return `${record}.rules.md`
}
