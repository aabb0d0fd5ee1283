// How a call that is only told looks to the client: title, kind and places by the tool's name and arguments, the way agents
// tell them. Pure.
import { resolve } from 'node:path'
import type { ToolKind } from '@agentclientprotocol/sdk'
import type { ToldCall } from '../../contract/script.ts'
import { diffContent, type ToolStart } from './voice.ts'

const KINDS: Readonly<Record<string, ToolKind>> = {
  bash: 'execute',
  shell: 'execute',
  exec_command: 'execute',
  read: 'read',
  edit: 'edit',
  multiedit: 'edit',
  write: 'edit',
  apply_patch: 'edit',
  grep: 'search',
  glob: 'search',
  webfetch: 'fetch',
  websearch: 'fetch',
}

/** The announcement of a call. */
export function toldStart(cwd: string, { tool, kind, input, edits }: ToldCall): ToolStart {
  const path = textOf(input['file_path']) ?? textOf(input['path'])
  const command = textOf(input['command'])
  const paths = [...(path === undefined ? [] : [path]), ...edits.map((edit) => edit.path)]
  const title = command ?? [tool, ...paths.slice(0, 1)].join(' ')
  return {
    title,
    kind: kind ?? KINDS[tool.toLowerCase()] ?? (edits.length > 0 ? 'edit' : 'other'),
    paths: [...new Set(paths)].map((place) => resolve(cwd, place)),
    content: edits.flatMap((edit) => diffContent(resolve(cwd, edit.path), edit.old, edit.new)),
    name: tool,
    input,
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
