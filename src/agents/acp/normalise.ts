// What an agent reports during a session (`session/update`) turned into our events. Pure. Kinds that the protocol gains
// later, and reports that do not parse, yield nothing: what we do not understand must not stop a turn.
import * as v from 'valibot'
import type { AgentEvent, ToolKind } from '../../contract/agent.ts'
import { costFigure, tokenCount } from '../../contract/figures.ts'
import { parseModeOption } from './answers.ts'
import { relativePath } from './paths.ts'
import { toolDetails } from './tool-details.ts'

export type ToolEvent = Extract<AgentEvent, { kind: 'tool' }>
type CompactionEvent = Extract<AgentEvent, { kind: 'compaction' }>

/** What earlier reports of the same conversation said, as far as later ones refer to it. */
export interface Memory {
  /** Worktree root, and its real path where that differs. */
  readonly roots: readonly string[]
  readonly tools: ReadonlyMap<string, ToolEvent>
  readonly compaction: Compaction | null
  readonly estimates: boolean
}

/** The last compaction heard of. */
interface Compaction {
  readonly id: string
  readonly phase: CompactionEvent['phase']
}

/** The events of one report, the tool call that it told more of, and the compaction it spoke of. */
export interface Normalised {
  readonly events: readonly AgentEvent[]
  /** To be remembered, though nothing of it is an event yet. */
  readonly tool?: ToolEvent
  readonly compaction?: Compaction
}

const MAX_TITLE = 200
const MAX_PATHS = 500
const NOTHING: Normalised = { events: [] }

const ContentBlock = v.object({ type: v.string(), text: v.optional(v.string()) })
const Chunk = v.object({ content: ContentBlock, messageId: v.nullish(v.string()) })
const Cost = v.object({
  amount: v.pipe(
    v.number(),
    v.check((amount) => costFigure(amount) !== null),
  ),
  currency: v.string(),
})
const Usage = v.object({
  used: v.pipe(
    v.number(),
    v.check((used) => tokenCount(used) !== null),
  ),
  size: v.nullish(v.number()),
  cost: v.fallback(v.nullish(Cost), null),
})
const Notice = v.object({ title: v.string(), description: v.nullish(v.string()) })
const Mode = v.object({ currentModeId: v.string() })
const Options = v.object({ configOptions: v.unknown() })
const CompactionUpdate = v.object({
  compactionId: v.string(),
  status: v.string(),
  summary: v.nullish(v.array(ContentBlock)),
})
const ToolDelta = v.object({
  toolCallId: v.string(),
  title: v.nullish(v.string()),
  kind: v.nullish(v.string()),
  status: v.nullish(v.string()),
  locations: v.nullish(v.unknown()),
  content: v.nullish(v.unknown()),
  rawInput: v.nullish(v.unknown()),
})
const Located = v.object({ path: v.string() })
const Notification = v.object({
  sessionId: v.string(),
  update: v.looseObject({ sessionUpdate: v.string() }),
})

/** A `session/update` as sent: whose it is and what it says; null when it is neither. */
export function parseNotification(
  params: unknown,
): { sessionId: string; update: { readonly sessionUpdate: string } } | null {
  const result = v.safeParse(Notification, params)
  return result.success ? result.output : null
}

/** The events that one update amounts to. */
export function normalise(update: { readonly sessionUpdate: string }, memory: Memory): Normalised {
  switch (update.sessionUpdate) {
    case 'agent_message_chunk':
      return textEvent('text', update)
    case 'agent_thought_chunk':
      return textEvent('thought', update)
    case 'tool_call':
    case 'tool_call_update':
      return changedTool(update, memory)
    case 'usage_update':
      return usageEvent(update, memory)
    case 'compaction_update':
      return compactionEvent(update, memory)
    case 'current_mode_update':
      return modeEvent(update)
    case 'config_option_update':
      return optionEvent(update)
    case 'notice':
      return noticeEvent(update)
    default:
      return NOTHING
  }
}

/** A tool call with a later delta laid over it; null when the delta has no id. Used for updates and permissions. */
export function mergeTool(delta: unknown, memory: Memory): ToolEvent | null {
  const result = v.safeParse(ToolDelta, delta)
  if (!result.success) return null
  const { toolCallId, title, kind, status, locations, content, rawInput } = result.output
  const earlier = memory.tools.get(toolCallId)
  const found = [...located(locations), ...located(content), ...inputPaths(rawInput)]
    .map((path) => relativePath(path, memory.roots))
    // The worktree itself is no file: some agents name it as the place of a command.
    .filter((path) => path !== '.')
  const paths = new Set([...(earlier?.paths ?? []), ...found])
  const state = toolStatus(status) ?? earlier?.status ?? 'pending'
  return {
    ...toolDetails(delta, {
      earlier,
      roots: memory.roots,
      over: state === 'completed' || state === 'failed',
    }),
    kind: 'tool',
    id: toolCallId,
    title: title === null || title === undefined ? (earlier?.title ?? '') : shownTitle(title, memory),
    tool: toolKind(kind) ?? earlier?.tool ?? 'other',
    status: state,
    paths: [...paths].slice(0, MAX_PATHS),
  }
}

function textEvent(kind: 'text' | 'thought', update: unknown): Normalised {
  const chunk = v.safeParse(Chunk, update)
  if (!chunk.success) return NOTHING
  const { messageId: message, content } = chunk.output
  const { text } = content
  if (text === undefined || text === '') return NOTHING
  return { events: [{ kind, text, ...(typeof message === 'string' ? { message } : {}) }] }
}

function changedTool(update: unknown, memory: Memory): Normalised {
  const tool = mergeTool(update, memory)
  if (tool === null) return NOTHING
  const earlier = memory.tools.get(tool.id)
  return earlier !== undefined && sameTool(earlier, tool) ? { events: [], tool } : { events: [tool] }
}

function sameTool(a: ToolEvent, b: ToolEvent): boolean {
  return (
    a.title === b.title &&
    a.tool === b.tool &&
    a.status === b.status &&
    a.paths.length === b.paths.length &&
    a.paths.every((path, index) => path === b.paths[index])
  )
}

function usageEvent(update: unknown, memory: Memory): Normalised {
  const result = v.safeParse(Usage, update)
  if (!result.success) return NOTHING
  const { used, size, cost } = result.output
  const told = tokenCount(size)
  const known = told !== null && told > 0 ? told : null
  const source = memory.estimates ? 'estimate' : 'provider'
  const usage = { used, size: known, source } as const
  return { events: [{ kind: 'usage', usage, ...(cost === null || cost === undefined ? {} : { cost }) }] }
}

const PHASES: Readonly<Record<string, CompactionEvent['phase']>> = {
  in_progress: 'started',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

/** Some agents report the end of one compaction twice; it counts once. */
function compactionEvent(update: unknown, memory: Memory): Normalised {
  const result = v.safeParse(CompactionUpdate, update)
  const phase = result.success ? PHASES[result.output.status] : undefined
  if (!result.success || phase === undefined) return NOTHING
  const { compactionId: id, summary } = result.output
  const last = memory.compaction
  if (last !== null && last.id === id && (last.phase === phase || last.phase !== 'started')) return NOTHING
  const text = (summary ?? []).map((block) => block.text ?? '').join('')
  return {
    events: [{ kind: 'compaction', phase, ...(text === '' ? {} : { summary: text }) }],
    compaction: { id, phase },
  }
}

function modeEvent(update: unknown): Normalised {
  const result = v.safeParse(Mode, update)
  return result.success ? { events: [{ kind: 'mode', mode: result.output.currentModeId }] } : NOTHING
}

function optionEvent(update: unknown): Normalised {
  const result = v.safeParse(Options, update)
  const mode = result.success ? parseModeOption(result.output.configOptions) : null
  return mode === null ? NOTHING : { events: [{ kind: 'mode', mode: mode.current }] }
}

function noticeEvent(update: unknown): Normalised {
  const result = v.safeParse(Notice, update)
  if (!result.success) return NOTHING
  const { title, description } = result.output
  return { events: [{ kind: 'notice', text: description ? `${title}: ${description}` : title }] }
}

const KINDS: Readonly<Record<string, ToolKind>> = {
  read: 'read',
  edit: 'edit',
  delete: 'delete',
  move: 'move',
  search: 'search',
  execute: 'execute',
  think: 'think',
  fetch: 'fetch',
}

function toolKind(kind: string | null | undefined): ToolKind | undefined {
  if (kind === null || kind === undefined) return undefined
  return KINDS[kind] ?? 'other'
}

const STATUSES: Readonly<Record<string, ToolEvent['status']>> = {
  pending: 'pending',
  in_progress: 'running',
  completed: 'completed',
  failed: 'failed',
}

function toolStatus(status: string | null | undefined): ToolEvent['status'] | undefined {
  return status === null || status === undefined ? undefined : STATUSES[status]
}

/** The paths of a list of locations, or of a list of contents among which diffs carry one. */
function located(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item) => {
    const result = v.safeParse(Located, item)
    return result.success ? [result.output.path] : []
  })
}

/** Where agents put a file's path when they send the bare input of their tool. */
const INPUT_KEYS = ['file_path', 'filePath', 'filepath', 'fileName', 'notebook_path', 'path']

function inputPaths(input: unknown): string[] {
  const result = v.safeParse(v.record(v.string(), v.unknown()), input)
  if (!result.success) return []
  return INPUT_KEYS.flatMap((key) => {
    const value = result.output[key]
    return typeof value === 'string' && value !== '' ? [value] : []
  })
}

/** A title on one line; some agents use the file's path as the title. */
function shownTitle(title: string, memory: Memory): string {
  const flat = title.replaceAll(/\s+/g, ' ').trim()
  const shown = flat.startsWith('/') && !flat.includes(' ') ? relativePath(flat, memory.roots) : flat
  return shown.length > MAX_TITLE ? `${shown.slice(0, MAX_TITLE - 1)}…` : shown
}
