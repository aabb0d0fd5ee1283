// `claude -p`: its words and the lines it prints. One message of the model comes as several lines with the same usage, so
// usage is counted once for each message, where the result does not tell it; the cost is that of the whole conversation, for
// a copy with what the conversation had cost before. Pure.
import * as v from 'valibot'
import { costFigure, tokenCount } from '../../contract/figures.ts'
import { jsonLines, type Heard, type OnceArguments } from './heard.ts'

const Figure = v.optional(v.unknown())
const Usage = v.object({
  input_tokens: Figure,
  output_tokens: Figure,
  cache_read_input_tokens: Figure,
  cache_creation_input_tokens: Figure,
})
const Line = v.variant('type', [
  v.object({
    type: v.literal('assistant'),
    message: v.object({ id: v.string(), usage: v.optional(Usage) }),
  }),
  v.object({
    type: v.literal('result'),
    subtype: v.optional(v.string(), ''),
    is_error: v.optional(v.boolean(), false),
    result: v.optional(v.string(), ''),
    structured_output: v.optional(v.unknown()),
    total_cost_usd: Figure,
    /** Of this call; the messages tell what was put out before it is. */
    usage: v.optional(Usage),
    session_id: v.optional(v.string()),
  }),
])

/** Arguments; the prompt comes on standard input. It is given no settings of the project, and tools only to work with. */
export function claudeArguments({ schema, forkOf, turns }: OnceArguments): readonly string[] {
  return [
    '-p',
    '--output-format',
    'stream-json',
    '--verbose',
    ...(turns === null
      ? ['--tools', '']
      : ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(*)', '--max-turns', String(turns)]),
    '--setting-sources',
    'user',
    '--strict-mcp-config',
    ...(schema === null ? [] : ['--json-schema', JSON.stringify(schema)]),
    ...(forkOf === null ? ['--no-session-persistence'] : ['--resume', forkOf, '--fork-session']),
  ]
}

/** What it said, from everything it printed. */
export function readClaude(output: string): Heard & { readonly failure: string | null } {
  const lines = jsonLines(output, Line)
  const usages = new Map<string, v.InferOutput<typeof Usage>>()
  for (const line of lines) {
    if (line.type === 'assistant' && line.message.usage !== undefined)
      usages.set(line.message.id, line.message.usage)
  }
  const result = lines.findLast((line) => line.type === 'result')
  const told = result?.usage === undefined ? [...usages.values()] : [result.usage]
  const sum = told.reduce(added, { tokens: 0, output: 0 })
  const usage = told.length === 0 || tokenCount(sum.tokens) === null ? null : sum
  if (result === undefined) return { text: '', usage, cost: null, conversation: null, failure: null }
  const { result: words, structured_output: value, is_error: failed, subtype, session_id: id } = result
  return {
    text: value === undefined || value === null ? words : JSON.stringify(value),
    usage,
    cost: costFigure(result.total_cost_usd),
    conversation: id ?? null,
    failure: failed ? words || subtype || 'It failed.' : null,
  }
}

function added(
  sum: { readonly tokens: number; readonly output: number },
  usage: v.InferOutput<typeof Usage>,
): { readonly tokens: number; readonly output: number } {
  const count = (name: keyof typeof usage): number => tokenCount(usage[name]) ?? 0
  const cached = count('cache_read_input_tokens') + count('cache_creation_input_tokens')
  const output = count('output_tokens')
  return { tokens: sum.tokens + count('input_tokens') + cached + output, output: sum.output + output }
}
