// The tools that the daemon offers to agents over the Model Context Protocol, one endpoint a session: what they are
// called, what they are for and what they are called with.
import * as v from 'valibot'
import type { AgentQuestion } from './agent.ts'

/** Name of the server in an agent's configuration. */
export const TOOL_SERVER = 'quintet'

const LONG = 10_000
const MANY = 50
const Text = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(LONG))
const Items = v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(LONG))), v.maxLength(MANY)), [])
const Paths = v.pipe(v.array(v.pipe(Text, v.maxLength(1_000))), v.minLength(1), v.maxLength(MANY))

/** Arguments per tool. */
export const TOOL_ARGUMENTS = {
  scope_request: v.object({ paths: Paths, reason: Text }),
  whose_file: v.object({ paths: Paths }),
  decisions: v.object({}),
  report_status: v.object({ completed: Items, in_progress: Items, blocked_on: Items }),
  ask_operator: v.object({ question: Text, options: v.optional(v.pipe(v.array(Text), v.maxLength(10)), []) }),
} as const

export type ToolName = keyof typeof TOOL_ARGUMENTS
export type ToolArguments<T extends ToolName> = v.InferOutput<(typeof TOOL_ARGUMENTS)[T]>

const strings = (description: string): object => ({ type: 'array', items: { type: 'string' }, description })

/** What an agent is told of each tool; the JSON Schema says the same as `TOOL_ARGUMENTS`. */
export const TOOL_LIST: readonly {
  readonly name: ToolName
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown }
}[] = [
  {
    name: 'scope_request',
    description:
      'Asks for paths outside the scope of this session. Paths that nobody owns are granted at once where the plan says so; otherwise the operator decides, and the answer comes with the next prompt. Never write such a path before it is granted.',
    inputSchema: {
      type: 'object',
      properties: {
        paths: strings('Relative to the repository root; a folder ends with a slash. No patterns.'),
        reason: { type: 'string', description: 'What has to be changed there, and why this piece needs it.' },
      },
      required: ['paths', 'reason'],
    },
  },
  {
    name: 'whose_file',
    description: 'Tells who may write a path: this session, another one, the operator, or nobody.',
    inputSchema: {
      type: 'object',
      properties: { paths: strings('Relative to the repository root.') },
      required: ['paths'],
    },
  },
  {
    name: 'decisions',
    description: 'The decisions of the operator, binding for every session, and the paths that have moved.',
    inputSchema: { type: 'object', properties: {} },
  },
  {
    name: 'report_status',
    description:
      'Replaces the status report of this session, which the other sessions and the operator read.',
    inputSchema: {
      type: 'object',
      properties: {
        completed: strings('What is done and committed.'),
        in_progress: strings('What is being worked on now.'),
        blocked_on: strings('What somebody else has to settle.'),
      },
    },
  },
  {
    name: 'ask_operator',
    description:
      'Asks the operator a question and waits for the answer. When it says that there is no answer yet, call it again with the same question.',
    inputSchema: {
      type: 'object',
      properties: {
        question: { type: 'string' },
        options: strings('Answers to choose from; leave it out for a free answer.'),
      },
      required: ['question'],
    },
  },
]

const NAMES = TOOL_LIST.map(({ name }) => name).join('|')
/** The ways in which agents write the name of a tool of a server. */
const TITLE = new RegExp(
  `^(?:mcp__${TOOL_SERVER}__|${TOOL_SERVER}[-_./:])?(?:${NAMES})(?: \\(${TOOL_SERVER} MCP Server\\))?$`,
)

/** Whether a permission is asked for a tool of ours, which needs none: it writes no file. */
export function isOwnTool({ kind, tool, text }: AgentQuestion): boolean {
  return kind === 'permission' && (tool === undefined || tool === 'other') && TITLE.test(text.trim())
}
