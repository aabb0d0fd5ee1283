// What agents answer to our requests. The SDK hands answers on as they came, so they are parsed here; unknown fields
// are ignored, and what the protocol calls optional may be missing or null.
import * as v from 'valibot'
import type { AgentCapabilities, StopReason } from '../../contract/agent.ts'
import { QuintetError } from '../../contract/errors.ts'
import { tokenCount } from '../../contract/figures.ts'

const Present = v.nullish(v.unknown())

const Initialized = v.object({
  protocolVersion: v.number(),
  agentInfo: v.nullish(v.object({ name: v.string(), version: v.nullish(v.string()) })),
  agentCapabilities: v.nullish(
    v.object({
      loadSession: v.nullish(v.boolean()),
      mcpCapabilities: v.nullish(v.object({ http: v.nullish(v.boolean()), sse: v.nullish(v.boolean()) })),
      sessionCapabilities: v.nullish(
        v.object({ resume: Present, fork: Present, close: Present, systemPrompt: Present }),
      ),
    }),
  ),
  authMethods: v.nullish(v.array(v.object({ id: v.string(), name: v.nullish(v.string()) }))),
})

const ModeOption = v.object({
  id: v.string(),
  category: v.nullish(v.string()),
  currentValue: v.unknown(),
  options: v.fallback(v.optional(v.array(v.object({ value: v.string() })), []), []),
})

const Opened = v.object({
  sessionId: v.nullish(v.string()),
  modes: v.nullish(
    v.object({ currentModeId: v.string(), availableModes: v.array(v.object({ id: v.string() })) }),
  ),
  configOptions: v.nullish(v.array(v.unknown())),
})

const Count = v.pipe(
  v.number(),
  v.check((count) => tokenCount(count) !== null),
)

const Prompted = v.object({
  stopReason: v.picklist(['end_turn', 'max_tokens', 'max_turn_requests', 'refusal', 'cancelled']),
  // Not in the stable part of the protocol; most agents tell it all the same.
  usage: v.fallback(v.nullish(v.object({ outputTokens: Count, totalTokens: v.nullish(Count) })), null),
  // What one agent tells instead: all calls of the model in the turn together, those from the cache too.
  _meta: v.fallback(
    v.nullish(
      v.object({ quota: v.object({ token_count: v.object({ input_tokens: Count, output_tokens: Count }) }) }),
    ),
    null,
  ),
})

/** What the agent said of itself at `initialize`. */
export interface AgentSelf {
  readonly capabilities: AgentCapabilities
  readonly closes: boolean
  /** It reaches tools over HTTP. */
  readonly reachesTools: boolean
  /** How it reaches MCP servers, besides standard streams. */
  readonly tools: readonly ('http' | 'sse')[]
  /** True when its usage figures are its own estimate instead of the provider's. */
  readonly estimates: boolean
  readonly logins: readonly string[]
}

/** A session as the agent described it when it was opened. */
export interface OpenedSession {
  readonly id: string | null
  /** The modes of the protocol's own mode list. */
  readonly modes: readonly string[]
  readonly mode: ModeState | null
}

/** The current mode, and the configuration option that carries it where the agent has one. */
export interface ModeState {
  readonly current: string
  readonly option: string | null
  /** The modes that the option can be set to, as far as it says. */
  readonly offered: readonly string[]
}

/** Agents whose usage figures were measured to differ from what their provider reported. */
const ESTIMATORS: ReadonlySet<string> = new Set(['Copilot'])
const PROTOCOL = 1

/** Reads the answer to `initialize`. Throws `E_AGENT_PROTOCOL`. */
export function parseSelf(answer: unknown): AgentSelf {
  const { protocolVersion, agentInfo, agentCapabilities, authMethods } = parse(
    Initialized,
    answer,
    'initialize',
  )
  if (protocolVersion !== PROTOCOL) {
    throw new QuintetError(
      'E_AGENT_PROTOCOL',
      'agent',
      `The agent speaks version ${protocolVersion} of the protocol, version ${PROTOCOL} is needed.`,
    )
  }
  const session = agentCapabilities?.sessionCapabilities
  return {
    capabilities: {
      name: agentInfo?.name ?? 'unknown',
      version: agentInfo?.version ?? 'unknown',
      resume: isPresent(session?.resume),
      load: agentCapabilities?.loadSession === true,
      fork: isPresent(session?.fork),
      systemPrompt: isPresent(session?.systemPrompt),
    },
    closes: isPresent(session?.close),
    reachesTools: agentCapabilities?.mcpCapabilities?.http === true,
    tools: (['http', 'sse'] as const).filter((way) => agentCapabilities?.mcpCapabilities?.[way] === true),
    estimates: ESTIMATORS.has(agentInfo?.name ?? ''),
    logins: (authMethods ?? []).map(({ id, name }) => name ?? id),
  }
}

/** Reads the answer to `session/new`, `session/resume`, `session/load` or `session/fork`. Throws `E_AGENT_PROTOCOL`. */
export function parseOpened(answer: unknown): OpenedSession {
  const { sessionId, modes, configOptions } = parse(Opened, answer ?? {}, 'the opening of a session')
  const option = parseModeOption(configOptions)
  return {
    id: sessionId ?? null,
    modes: modes?.availableModes.map(({ id }) => id) ?? [],
    mode:
      option ??
      (modes === null || modes === undefined
        ? null
        : { current: modes.currentModeId, option: null, offered: [] }),
  }
}

/** The mode among an agent's configuration options, or null. */
export function parseModeOption(options: unknown): ModeState | null {
  if (!Array.isArray(options)) return null
  for (const candidate of options) {
    const option = v.safeParse(ModeOption, candidate)
    if (!option.success) continue
    const { id, category, currentValue, options: offered } = option.output
    if ((id === 'mode' || category === 'mode') && typeof currentValue === 'string') {
      return { current: currentValue, option: id, offered: offered.map(({ value }) => value) }
    }
  }
  return null
}

/** Reads the answer to `session/prompt`. Throws `E_AGENT_PROTOCOL`. */
export function parseStop(answer: unknown): {
  readonly reason: StopReason
  readonly output?: number
  readonly tokens?: number
} {
  const { stopReason: reason, usage, _meta: meta } = parse(Prompted, answer, 'a prompt')
  if (usage === null || usage === undefined) {
    if (meta === null || meta === undefined) return { reason }
    const { input_tokens: input, output_tokens: output } = meta.quota.token_count
    return { reason, output, tokens: input + output }
  }
  const { outputTokens: output, totalTokens: tokens } = usage
  return { reason, output, ...(tokens === null || tokens === undefined ? {} : { tokens }) }
}

function isPresent(capability: unknown): boolean {
  return capability !== undefined && capability !== null && capability !== false
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, answer)
  if (result.success) return result.output
  throw new QuintetError(
    'E_AGENT_PROTOCOL',
    'agent',
    `The agent answered ${what} with something that the protocol does not allow.`,
    {
      details: {
        issues: result.issues.slice(0, 3).map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`),
      },
    },
  )
}
