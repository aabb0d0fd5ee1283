// `codex exec`: its words and the lines it prints. Pure.
import * as v from 'valibot'
import { tokenCount } from '../../contract/figures.ts'
import { jsonLines, type Heard, type OnceArguments } from './heard.ts'

const Line = v.variant('type', [
  v.object({ type: v.literal('thread.started'), thread_id: v.string() }),
  v.object({
    type: v.literal('item.completed'),
    item: v.object({ type: v.string(), text: v.optional(v.string(), '') }),
  }),
  v.object({
    type: v.literal('turn.completed'),
    usage: v.object({ input_tokens: v.optional(v.unknown()), output_tokens: v.optional(v.unknown()) }),
  }),
  v.object({ type: v.literal('turn.failed'), error: v.object({ message: v.string() }) }),
])

/** Arguments; the prompt comes on standard input. It can read and write nothing. */
export function codexArguments({ schemaFile }: OnceArguments): readonly string[] {
  return [
    'exec',
    '--json',
    '--sandbox',
    'read-only',
    '--skip-git-repo-check',
    '--ephemeral',
    ...(schemaFile === null ? [] : ['--output-schema', schemaFile]),
    '-',
  ]
}

/** What it said, from everything it printed. What came from the cache is part of what was put in. */
export function readCodex(output: string): Heard & { readonly failure: string | null } {
  const lines = jsonLines(output, Line)
  let text = ''
  const usages: { readonly tokens: number; readonly output: number }[] = []
  let conversation: string | null = null
  let failure: string | null = null
  for (const line of lines) {
    if (line.type === 'thread.started') conversation = line.thread_id
    else if (line.type === 'turn.failed') failure = line.error.message
    else if (line.type === 'turn.completed') {
      const [input, put] = [tokenCount(line.usage.input_tokens), tokenCount(line.usage.output_tokens)]
      if (input !== null && put !== null) usages.push({ tokens: input + put, output: put })
    } else if (line.item.type === 'agent_message') text = line.item.text
  }
  const total = (kind: 'tokens' | 'output'): number => usages.reduce((sum, one) => sum + one[kind], 0)
  const tokens = tokenCount(total('tokens'))
  const usage = usages.length === 0 || tokens === null ? null : { tokens, output: total('output') }
  return { text, usage, cost: null, conversation, failure }
}
