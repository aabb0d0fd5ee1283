// Codex's own means: a hook before every patch and every command, which reaches it in an environment variable. Codex runs
// only hooks that were reviewed by hand, unless told otherwise for one run; what else would then run unreviewed has in a
// box no more power than the agent itself, so it is told so there and nowhere else. Without the hook its patches are
// asked for one by one, and its commands write nothing outside of its own sandbox. Pure.
import * as v from 'valibot'
import type { GuardRecord } from '../../contract/guard.ts'
import { toolHook } from './tool-hook.ts'

const WRITING_TOOLS = 'apply_patch|Bash'

const Config = v.looseObject({
  hooks: v.optional(v.looseObject({ PreToolUse: v.optional(v.array(v.unknown()), []) }), {}),
})

/** The configuration with the hook added; what is given and is not of a known form stays as it is. */
export function codexConfig(record: GuardRecord, file: string, given = '{}'): string {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Config), given)
  if (!parsed.success) return given
  const { hooks } = parsed.output
  const PreToolUse = [...hooks.PreToolUse, toolHook(record, file, WRITING_TOOLS)]
  return JSON.stringify({ ...parsed.output, hooks: { ...hooks, PreToolUse }, bypass_hook_trust: true })
}
