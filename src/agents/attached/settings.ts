// Claude's settings of one worktree with the session's guards among them, and without them again: what stands there is
// kept, also what was added meanwhile. Pure.
import * as v from 'valibot'
import type { ToolHook } from '../guards/tool-hook.ts'
import { fieldsOf, type Fields } from './record.ts'

const Known = v.looseObject({
  permissions: v.optional(v.looseObject({ deny: v.optional(v.array(v.string())) })),
  hooks: v.optional(v.looseObject({ PreToolUse: v.optional(v.array(v.unknown())) })),
})

export interface Additions {
  readonly deny: readonly string[]
  readonly hooks: readonly ToolHook[]
  /** Command of the status line. */
  readonly statusLine: string
}

const isNoList = (value: unknown): boolean => !Array.isArray(value)
const Text = v.pipe(v.string(), v.parseJson(), v.check(isNoList), Known)

/** The settings with the additions; null when what stands there is not of a known form, and has to be left alone. */
export function withAdditions(before: string | null, { deny, hooks, statusLine }: Additions): string | null {
  const parsed = v.safeParse(Text, before ?? '{}')
  if (!parsed.success) return null
  const { permissions = {}, hooks: theirs = {}, ...rest } = parsed.output
  const denied = permissions.deny ?? []
  return written({
    ...rest,
    permissions: { ...permissions, deny: [...denied, ...deny.filter((rule) => !denied.includes(rule))] },
    hooks: { ...theirs, PreToolUse: [...(theirs.PreToolUse ?? []), ...hooks] },
    statusLine: { type: 'command', command: statusLine },
  })
}

/** Whether a text of settings has all of the additions. */
export function hasAdditions(text: string, { deny, hooks, statusLine }: Additions): boolean {
  const parsed = v.safeParse(Text, text)
  if (!parsed.success) return false
  const denied = parsed.output.permissions?.deny ?? []
  const there = new Set(parsed.output.hooks?.PreToolUse?.map((hook) => JSON.stringify(hook)))
  return (
    statusLineIn(text) === statusLine &&
    deny.every((rule) => denied.includes(rule)) &&
    hooks.every((hook) => there.has(JSON.stringify(hook)))
  )
}

/** What is to stand there when the additions go: what stood there before, with what was changed since; null: no file;
 *  undefined: it is not of a known form, and the additions cannot be told from the rest. */
export function withoutAdditions(
  now: string,
  {
    before,
    after,
    added,
  }: { readonly before: string | null; readonly after: string; readonly added: Additions },
): string | null | undefined {
  if (now === after || now === before) return before
  const parsed = v.safeParse(Text, now)
  // A write that was broken off.
  if (!parsed.success) return after.startsWith(now) ? before : undefined
  const original = fieldsOf(v.safeParse(Text, before ?? '{}').output)
  const { permissions, hooks, statusLine, ...rest } = parsed.output
  const first = v.safeParse(Known, original)
  const keptDeny = first.success ? (first.output.permissions?.deny ?? []) : []
  const ours = new Set(added.hooks.map((hook) => JSON.stringify(hook)))
  const deny = permissions?.deny?.filter((rule) => keptDeny.includes(rule) || !added.deny.includes(rule))
  const PreToolUse = hooks?.PreToolUse?.filter((hook) => !ours.has(JSON.stringify(hook)))
  const line = fieldsOf(statusLine)['command'] === added.statusLine ? original['statusLine'] : statusLine
  const left = {
    ...rest,
    ...part('permissions', lessEmpty(permissions, 'deny', deny)),
    ...part('hooks', lessEmpty(hooks, 'PreToolUse', PreToolUse)),
    ...(line === undefined ? {} : { statusLine: line }),
  }
  return Object.keys(left).length === 0 && before === null ? null : written(left)
}

/** The command of the status line in a text of settings; null where there is none. */
export function statusLineIn(text: string): string | null {
  const parsed = v.safeParse(Text, text)
  const line = parsed.success ? fieldsOf(fieldsOf(parsed.output)['statusLine']) : {}
  return line['type'] === 'command' && typeof line['command'] === 'string' ? line['command'] : null
}

function lessEmpty(fields: Fields | undefined, name: string, list: readonly unknown[] | undefined): Fields {
  const { [name]: _list, ...rest } = fields ?? {}
  return list === undefined || list.length === 0 ? rest : { ...rest, [name]: list }
}

const part = (name: string, fields: Fields): Fields =>
  Object.keys(fields).length === 0 ? {} : { [name]: fields }

const written = (value: Fields): string => `${JSON.stringify(value, null, 2)}\n`
