// Claude's own means: deny rules, which hold in every mode and cover redirections of its shell, and a hook before every
// tool that writes, which knows the scope in force at that moment. Its adapter passes them on to the program as
// settings, so the worktree has no file of them. Pure.
import type { GuardRecord } from '../../contract/guard.ts'
import { certainSpellings, type Spelling } from '../../scope/spelled.ts'
import { rulesHook, toolHook, type ToolHook } from './tool-hook.ts'

const WRITING_TOOLS = 'Write|Edit|MultiEdit|NotebookEdit|Bash'

/** What the adapter is told when a session is opened. */
export function claudeMeta(record: GuardRecord, file: string): Readonly<Record<string, unknown>> {
  return { claudeCode: { options: { settings: claudeSettings(record, file) } } }
}

/** The settings: never a rule about more than single scopes, for a rule about a whole repository bars git from it too. */
export function claudeSettings(record: GuardRecord, file: string): Readonly<Record<string, unknown>> {
  const { deny, hooks } = claudeAdditions(record, file)
  return { permissions: { deny }, hooks: { PreToolUse: hooks, SessionStart: [rulesHook(record, file)] } }
}

/** What of the settings is the session's, to be added to those that are there. */
export function claudeAdditions(
  record: GuardRecord,
  file: string,
): { readonly deny: readonly string[]; readonly hooks: readonly ToolHook[] } {
  return { deny: denyRules(record), hooks: [toolHook(record, file, WRITING_TOOLS)] }
}

/** A rule for everything that certainly belongs to another piece. */
function denyRules(record: GuardRecord): readonly string[] {
  const others = record.pieces.filter(({ id }) => id !== record.piece)
  const patterns = others.flatMap(({ id }) => certainSpellings(record, id)).flatMap(patternsOf)
  // A path without a slash at its end is a folder as well.
  const needed = patterns.filter((pattern) => !patterns.some((other) => pattern === `${other}/**`))
  return needed.map((pattern) => `Edit(${pattern})`)
}

/** Rules follow gitignore: without a slash inside they hold in every folder. A parenthesis would end the rule. */
function patternsOf({ kind, text }: Spelling): readonly string[] {
  if (/[()*?[\]\\!#]/.test(text)) return []
  if (kind === 'ending') return [`*${text}`]
  if (kind === 'below') return [`${text}**`]
  return text.includes('/') ? [text] : []
}
