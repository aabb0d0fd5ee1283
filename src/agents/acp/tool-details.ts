// What a tool call was given and what it gave back, from the places in which five agents put it: rawInput, rawOutput,
// content, and the fields that each has for itself. Bounded in size. Pure.
import * as v from 'valibot'
import type { AgentEvent, ToolDetails, ToolEdit } from '../../contract/agent.ts'
import { relativePath } from './paths.ts'

type ToolEvent = Extract<AgentEvent, { kind: 'tool' }>
type Fields = Readonly<Record<string, unknown>>

/** Characters of arguments, as JSON; of an output; and of the texts of all edits of one call. */
const MAX_INPUT = 64_000
const MAX_OUTPUT = 256_000
const MAX_EDITED = 128_000
const MAX_EDITS = 50
const MAX_NAME = 200

const Delta = v.object({
  name: v.nullish(v.string()),
  content: v.nullish(v.unknown()),
  rawInput: v.nullish(v.unknown()),
  rawOutput: v.nullish(v.unknown()),
  messageId: v.nullish(v.string()),
  _meta: v.nullish(v.unknown()),
})
const Diff = v.object({
  type: v.literal('diff'),
  path: v.string(),
  oldText: v.nullish(v.string()),
  newText: v.nullish(v.string()),
  _meta: v.nullish(v.object({ kind: v.nullish(v.string()) })),
})

interface Known {
  readonly earlier: ToolEvent | undefined
  readonly roots: readonly string[]
  /** The call has come to its end. */
  readonly over: boolean
}

/** The details of a call after one more report of it. */
export function toolDetails(delta: unknown, { earlier, roots, over }: Known): ToolDetails {
  const parsed = v.safeParse(Delta, delta)
  const told = parsed.success ? parsed.output : {}
  const meta = fieldsOf(told._meta)
  const name = told.name ?? textOf(fieldsOf(meta['claudeCode'])['toolName']) ?? earlier?.name
  const input = inputOf(told.rawInput) ?? earlier?.input
  const output = outputOf(told, meta, { earlier, over })
  const exit = exitOf(told.rawOutput, meta) ?? earlier?.exit
  const edits = editsOf(told.content, roots) ?? earlier?.edits
  const message = told.messageId ?? earlier?.message
  return {
    ...(name === undefined ? {} : { name: name.slice(0, MAX_NAME) }),
    ...(input === undefined ? {} : { input }),
    ...output,
    ...(exit === undefined ? {} : { exit }),
    ...(edits === undefined ? {} : { edits }),
    ...(message === undefined ? {} : { message: message.slice(0, MAX_NAME) }),
  }
}

/** A tool event without what may be long. */
export function withoutDetails(tool: ToolEvent): ToolEvent {
  const { kind, id, title, status, paths, name } = tool
  return { kind, id, title, tool: tool.tool, status, paths, ...(name === undefined ? {} : { name }) }
}

/** Agents announce a call with empty arguments before they know them. */
function inputOf(input: unknown): unknown {
  if (input === null || input === undefined) return undefined
  if (typeof input === 'object' && Object.keys(input).length === 0) return undefined
  return jsonLength(input) > MAX_INPUT ? undefined : input
}

function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch (error) {
    // Nested deeper than can be written.
    if (error instanceof RangeError) return Infinity
    throw error
  }
}

/** Content that comes before the end says what will be done, not what came of it. */
function outputOf(
  told: v.InferOutput<typeof Delta> | Record<string, never>,
  meta: Fields,
  { earlier, over }: Omit<Known, 'roots'>,
): Pick<ToolDetails, 'output' | 'outputChars'> {
  const added = textOf(fieldsOf(meta['terminal_output_delta'])['data'])
  const streamed = added === undefined ? earlier?.output : (earlier?.output ?? '') + added
  const text = rawText(told.rawOutput) ?? (over ? contentText(told.content) : undefined) ?? streamed
  if (text === undefined) return {}
  const before = added !== undefined && text === streamed ? (earlier?.outputChars ?? 0) : 0
  const kept = text.length > MAX_OUTPUT ? text.slice(0, MAX_OUTPUT / 2) + text.slice(-MAX_OUTPUT / 2) : text
  const chars =
    text === earlier?.output
      ? earlier.outputChars
      : before > 0
        ? before + (added?.length ?? 0)
        : text.length > kept.length
          ? text.length
          : undefined
  return { output: kept, ...(chars === undefined ? {} : { outputChars: chars }) }
}

function rawText(output: unknown): string | undefined {
  if (typeof output === 'string') return output
  const fields = fieldsOf(output)
  for (const name of ['output', 'content', 'formatted_output', 'aggregated_output', 'error', 'message']) {
    const text = textOf(fields[name])
    if (text !== undefined) return text
  }
  const streams = [textOf(fields['stdout']), textOf(fields['stderr'])].filter((text) => text !== undefined)
  return streams.length === 0 ? undefined : streams.join('')
}

function contentText(content: unknown): string | undefined {
  const texts = blocksOf(content).flatMap((block) => {
    const text = block['type'] === 'content' ? textOf(fieldsOf(block['content'])['text']) : undefined
    return text === undefined ? [] : [text]
  })
  return texts.length === 0 ? undefined : texts.join('\n')
}

function exitOf(output: unknown, meta: Fields): number | undefined {
  const fields = fieldsOf(output)
  const places = [
    fields['exit_code'],
    fields['exitCode'],
    fieldsOf(fields['metadata'])['exit'],
    fieldsOf(meta['terminal_exit'])['exit_code'],
  ]
  return places.find((place) => typeof place === 'number')
}

function editsOf(content: unknown, roots: readonly string[]): readonly ToolEdit[] | undefined {
  const edits: ToolEdit[] = []
  let chars = 0
  for (const block of blocksOf(content)) {
    const diff = v.safeParse(Diff, block)
    if (!diff.success || edits.length === MAX_EDITS) continue
    const { path, oldText, newText, _meta } = diff.output
    const removed = _meta?.kind === 'delete'
    chars += (oldText?.length ?? 0) + (newText?.length ?? 0)
    if (chars > MAX_EDITED) return undefined
    edits.push({
      path: relativePath(path, roots),
      // Some agents say that a new file was empty before.
      old: oldText === '' ? null : (oldText ?? null),
      new: removed ? null : (newText ?? null),
    })
  }
  return edits.length === 0 ? undefined : edits
}

function blocksOf(content: unknown): readonly Fields[] {
  return Array.isArray(content) ? content.map(fieldsOf) : []
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
