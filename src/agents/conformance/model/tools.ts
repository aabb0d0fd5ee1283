// Abstract calls mapped on to the tools that an agent offers. Each agent names its tools and their parameters otherwise; all
// names ever seen are filled in, and those that the offered tool does not know are left out. Pure.
import { posix } from 'node:path'
import type { ModelRequest, OfferedTool, ParameterShape } from './request.ts'
import type { ScriptedCall } from './script.ts'

export interface ToolCall {
  readonly name: string
  readonly group?: string
  /** An object, or the text of a tool that takes free text. */
  readonly input: Readonly<Record<string, unknown>> | string
}

const NAMES = {
  read: ['Read', 'read', 'read_file', 'view'],
  write: ['Write', 'write', 'write_file', 'create', 'create_file', 'write_to_file'],
  edit: ['Edit', 'edit', 'replace', 'str_replace', 'str_replace_editor', 'edit_file'],
  run: [
    'Bash',
    'bash',
    'run_shell_command',
    'exec_command',
    'shell_command',
    'shell',
    'local_shell',
    'execute_command',
  ],
  delegate: ['Agent', 'Task', 'task', 'spawn_agent', 'invoke_agent', 'agent'],
  ask: ['AskUserQuestion', 'ask_user', 'request_user_input', 'question'],
} as const
const PATCH = 'apply_patch'
/** Codex keeps these groups of tools behind a search, and takes calls of tools that it has not shown as well. */
const OUR_TOOLS = 'mcp__quintet'
const SUB_AGENTS = 'multi_agent_v1'

/** The agent's own call for a scripted one; null when it offers no tool that could do it. `cwd` is its working directory. */
export function toolCall(call: ScriptedCall, request: ModelRequest, cwd: string): ToolCall | null {
  const { tools } = request
  switch (call.kind) {
    case 'read':
      return named(tools, NAMES.read, paths(call.path, cwd)) ?? shell(tools, `cat ${quoted(call.path)}`, cwd)
    case 'write':
      return (
        named(tools, NAMES.write, {
          ...paths(call.path, cwd),
          content: call.content,
          file_text: call.content,
        }) ??
        patch(tools, addition(call.path, call.content)) ??
        shell(tools, `printf %s ${quoted(call.content)} > ${quoted(call.path)}`, cwd)
      )
    case 'edit':
      return named(tools, NAMES.edit, edition(call, cwd)) ?? patch(tools, replacement(call))
    case 'run':
      return shell(tools, call.command, cwd)
    case 'delegate':
      return (
        named(tools, NAMES.delegate, delegation(call.prompt, request.protocol)) ??
        (request.protocol === 'responses'
          ? { name: 'spawn_agent', group: SUB_AGENTS, input: { message: call.prompt } }
          : null)
      )
    case 'ask':
      return named(tools, NAMES.ask, asking(call))
    case 'tool': {
      const tool = tools.find(({ name }) => name.endsWith(call.tool))
      if (tool !== undefined) return filled(tool, call.input)
      return request.protocol === 'responses'
        ? { name: call.tool, group: OUR_TOOLS, input: call.input }
        : null
    }
  }
}

function named(
  tools: readonly OfferedTool[],
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
): ToolCall | null {
  const tool = names.map((name) => tools.find((one) => one.name === name)).find((one) => one !== undefined)
  return tool === undefined ? null : filled(tool, values)
}

/** The values that the tool knows, and something of the right type for what else it requires. */
function filled(
  { name, group, parameters, required }: OfferedTool,
  values: Readonly<Record<string, unknown>>,
): ToolCall {
  const known = Object.entries(values).filter(([key]) => key in parameters)
  const missing = required.filter((key) => !(key in values))
  const input = Object.fromEntries([
    ...known,
    ...missing.map((key) => [key, blank(parameters[key])] as const),
  ])
  return { name, ...(group === undefined ? {} : { group }), input }
}

function blank(shape: ParameterShape | undefined): unknown {
  if (shape?.enum?.length) return shape.enum[0]
  switch (shape?.type) {
    case 'boolean':
      return false
    case 'number':
    case 'integer':
      return 0
    case 'array':
      return []
    case 'object':
      return {}
    default:
      return 'x'
  }
}

function shell(tools: readonly OfferedTool[], command: string, cwd: string): ToolCall | null {
  const tool = NAMES.run
    .map((name) => tools.find((one) => one.name === name))
    .find((one) => one !== undefined)
  if (tool === undefined) return null
  const line = tool.parameters['command']?.type === 'array' ? ['bash', '-lc', command] : command
  const common = {
    description: 'run a command',
    workdir: cwd,
    sessionId: 'main',
    mode: 'sync',
    initial_wait: 30,
  }
  return filled(tool, { ...common, command: line, cmd: command })
}

function patch(tools: readonly OfferedTool[], lines: readonly string[]): ToolCall | null {
  const tool = tools.find(({ name }) => name === PATCH)
  if (tool === undefined) return null
  const text = ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
  return tool.freeform
    ? { name: PATCH, input: text }
    : filled(tool, { input: text, patch: text, patchText: text })
}

function addition(path: string, content: string): readonly string[] {
  return [
    `*** Add File: ${path}`,
    ...content
      .replace(/\n$/u, '')
      .split('\n')
      .map((line) => `+${line}`),
  ]
}

function replacement(edit: {
  readonly path: string
  readonly old: string
  readonly new: string
}): readonly string[] {
  const [old, now] = [edit.old.split('\n'), edit.new.split('\n')]
  return [
    `*** Update File: ${edit.path}`,
    '@@',
    ...old.map((line) => `-${line}`),
    ...now.map((line) => `+${line}`),
  ]
}

function paths(path: string, cwd: string): Readonly<Record<string, unknown>> {
  const absolute = posix.isAbsolute(path) ? path : posix.join(cwd, path)
  return { file_path: absolute, filePath: absolute, path: absolute, absolute_path: absolute }
}

function edition(
  edit: { readonly path: string; readonly old: string; readonly new: string },
  cwd: string,
): Readonly<Record<string, unknown>> {
  return {
    ...paths(edit.path, cwd),
    old_string: edit.old,
    new_string: edit.new,
    oldString: edit.old,
    newString: edit.new,
    old_str: edit.old,
    new_str: edit.new,
    oldText: edit.old,
    newText: edit.new,
    edits: [{ oldText: edit.old, newText: edit.new }],
    instruction: 'edit as asked',
    expected_replacements: 1,
  }
}

function delegation(prompt: string, protocol: ModelRequest['protocol']): Readonly<Record<string, unknown>> {
  return {
    description: 'a sub-task',
    prompt,
    message: prompt,
    // The name that OpenCode gives to what Claude calls so.
    subagent_type: protocol === 'chat' ? 'general' : 'general-purpose',
    agent_type: 'general-purpose',
    agent_name: 'generalist',
    name: 'sub-1',
  }
}

function asking(call: {
  readonly question: string
  readonly options: readonly string[]
}): Readonly<Record<string, unknown>> {
  const options = call.options.map((label) => ({ label, description: label }))
  return {
    question: call.question,
    choices: call.options,
    questions: [
      { id: 'q1', question: call.question, header: 'Question', multiSelect: false, multiple: false, options },
    ],
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
