// What an agent is about to do, read from the input of its tool hook, and which files that writes. Claude and Codex send
// the same form. Pure.
import * as v from 'valibot'
import { readShell, type ShellCommand } from './shell.ts'

const ToolUse = v.object({
  hook_event_name: v.literal('PreToolUse'),
  cwd: v.string(),
  tool_name: v.string(),
  tool_input: v.record(v.string(), v.unknown()),
})

/** A file that is about to be written, as it was named, and the folder that a relative name starts from. */
export interface Write {
  readonly path: string
  /** Null where it cannot be told. */
  readonly folder: string | null
}

/** What a tool use does, as far as can be told. */
export interface Deeds {
  readonly writes: readonly Write[]
  readonly commands: readonly ShellCommand[]
}

const NOTHING: Deeds = { writes: [], commands: [] }

/** Reads what a tool use does. Null: this is no tool use, or not of a known form. */
export function parseDeeds(text: string): Deeds | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ToolUse), text)
  if (!parsed.success) return null
  const { tool_name: tool, tool_input: input, cwd } = parsed.output
  switch (tool) {
    case 'Write':
    case 'Edit':
    case 'MultiEdit':
      return onlyWrites(named(input['file_path'], cwd))
    case 'NotebookEdit':
      return onlyWrites(named(input['notebook_path'], cwd))
    case 'apply_patch':
      return typeof input['command'] === 'string' ? onlyWrites(patched(input['command'], cwd)) : null
    case 'Bash':
    case 'shell':
      return typeof input['command'] === 'string' ? commanded(input['command'], cwd) : null
    default:
      return NOTHING
  }
}

const onlyWrites = (writes: readonly Write[] | null): Deeds | null =>
  writes === null ? null : { writes, commands: [] }

function named(path: unknown, folder: string): readonly Write[] | null {
  return typeof path === 'string' && path !== '' ? [{ path, folder }] : null
}

function commanded(command: string, cwd: string): Deeds {
  const patch = command.includes(PATCH) ? (patched(command, cwd) ?? []) : []
  const { writes, commands } = readShell(command, cwd)
  return { writes: [...patch, ...writes], commands }
}

const PATCH = '*** Begin Patch'

/** The files that a patch names in its headers; null when there is none. */
function patched(text: string, folder: string): readonly Write[] | null {
  const headers = text.matchAll(/^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm)
  const paths = [...headers].map((header) => (header[1] ?? '').trim())
  return paths.length === 0 ? null : paths.map((path) => ({ path, folder }))
}
