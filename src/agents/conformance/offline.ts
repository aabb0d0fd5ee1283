// How each agent is pointed at the scripted model: variables and files of a home folder made for it. Nothing of it reaches a
// real provider, and all that would phone home is off. Pure.

export interface OfflineSetup {
  /** Of the agent's process. */
  readonly env: Readonly<Record<string, string>>
  /** Texts by paths below the home folder. */
  readonly files: Readonly<Record<string, string>>
}

/** What an agent makes of the scripted model's context window. */
export interface OfflineModel {
  /** Tokens. */
  readonly window: number
  /** It counts the words that it hears instead of believing the figures of its provider. */
  readonly countsWords: boolean
  /** Share of the window at which it compacts by itself; null: only when its provider refuses a prompt as too long. */
  readonly compactsAt: number | null
  /** It compacts between two requests of a prompt, and not only behind it. */
  readonly compactsAmid: boolean
}

const CODEX_WINDOW = 258_400
const OPENCODE_WINDOW = 200_000
const PI_WINDOW = 200_000
/** All that it is to hold has to be said; its tools, which it counts as well, are a small part of it. */
const COPILOT_WINDOW = 128_000
const CODEX_COMPACTS_AT = 0.85
const USUAL: OfflineModel = { window: 200_000, countsWords: false, compactsAt: null, compactsAmid: true }
const MODELS: Readonly<Record<string, OfflineModel>> = {
  claude: { ...USUAL, window: 1_000_000 },
  codex: { ...USUAL, window: CODEX_WINDOW, compactsAt: CODEX_COMPACTS_AT },
  gemini: { ...USUAL, window: 1_048_576, compactsAt: 0.8 },
  opencode: { ...USUAL, window: OPENCODE_WINDOW, compactsAt: 0.96 },
  pi: { ...USUAL, window: PI_WINDOW, compactsAt: 0.92, compactsAmid: false },
  copilot: { ...USUAL, window: COPILOT_WINDOW, countsWords: true, compactsAt: 0.8 },
}

/** Agents for which there is a setup. */
export const OFFLINE_AGENTS: readonly string[] = Object.keys(MODELS)

/** The scripted model in the eyes of an agent, by the name of its preset. */
export function offlineModel(agent: string): OfflineModel {
  return MODELS[agent] ?? USUAL
}

/** The setup that a configuration tells, with the address in its place. */
export function configuredSetup({ env, files }: OfflineSetup, modelUrl: string): OfflineSetup {
  const filled = (texts: OfflineSetup['env']): OfflineSetup['env'] =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, text.replaceAll('{model}', modelUrl)]),
    )
  return { env: filled(env), files: filled(files) }
}

/** The setup of an agent by the name of its preset; null for an agent that no scripted model can be put behind. */
export function offlineSetup(agent: string, modelUrl: string): OfflineSetup | null {
  switch (agent) {
    case 'claude':
      return { env: claude(modelUrl), files: {} }
    case 'codex':
      return { env: { FAKE_KEY: 'none' }, files: { '.codex/config.toml': codex(modelUrl) } }
    case 'gemini':
      return {
        env: { GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: modelUrl },
        files: { '.gemini/settings.json': JSON.stringify(GEMINI) },
      }
    case 'opencode':
      return {
        env: OPENCODE,
        files: { '.config/opencode/opencode.json': JSON.stringify(opencode(modelUrl)) },
      }
    case 'pi':
      return {
        env: { PI_OFFLINE: '1', PI_SKIP_VERSION_CHECK: '1', PI_TELEMETRY: '0' },
        files: {
          '.pi/agent/models.json': JSON.stringify(pi(modelUrl)),
          '.pi/agent/settings.json': JSON.stringify(PI),
        },
      }
    case 'copilot':
      return { env: copilot(modelUrl), files: {} }
    default:
      return null
  }
}

const claude = (url: string): Readonly<Record<string, string>> => ({
  ANTHROPIC_API_KEY: 'sk-ant-none',
  ANTHROPIC_BASE_URL: url,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_BUG_COMMAND: '1',
})

const codex = (url: string): string => `model = "gpt-5.5"
model_provider = "scripted"
model_auto_compact_token_limit = ${Math.round(CODEX_WINDOW * CODEX_COMPACTS_AT)}
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
env_key = "FAKE_KEY"
wire_api = "responses"
request_max_retries = 4
stream_max_retries = 4
[features]
plugins = false
apps = false
remote_plugin = false
plugin_sharing = false
tool_suggest = false
skill_search = false
daemon_auto_start = false
[analytics]
enabled = false
[feedback]
enabled = false
`

const GEMINI = {
  security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
  general: {
    enableAutoUpdate: false,
    enableAutoUpdateNotification: false,
    checkpointing: { enabled: false },
  },
  telemetry: { enabled: false },
  privacy: { usageStatisticsEnabled: false },
}

const OPENCODE = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
}

const opencode = (url: string): object => ({
  autoupdate: false,
  share: 'disabled',
  model: 'scripted/scripted-model',
  small_model: 'scripted/scripted-model',
  enabled_providers: ['scripted'],
  lsp: false,
  formatter: false,
  provider: {
    scripted: {
      npm: '@ai-sdk/openai-compatible',
      name: 'Scripted',
      options: { baseURL: `${url}/v1`, apiKey: 'none' },
      models: {
        'scripted-model': {
          name: 'Scripted',
          limit: { context: OPENCODE_WINDOW, output: 8192 },
          tool_call: true,
        },
      },
    },
  },
})

const PI = {
  defaultProvider: 'scripted',
  defaultModel: 'scripted-model',
  quietStartup: true,
  enableInstallTelemetry: false,
  // What it would keep anyway it does not compact, and the cases say little.
  compaction: { enabled: true, keepRecentTokens: 200 },
}

const pi = (url: string): object => ({
  providers: {
    scripted: {
      baseUrl: url,
      api: 'anthropic-messages',
      apiKey: 'none',
      models: [
        {
          id: 'scripted-model',
          name: 'Scripted',
          reasoning: false,
          input: ['text'],
          contextWindow: PI_WINDOW,
          maxTokens: 8192,
          cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
        },
      ],
    },
  },
})

const copilot = (url: string): Readonly<Record<string, string>> => ({
  COPILOT_PROVIDER_BASE_URL: url,
  COPILOT_PROVIDER_TYPE: 'anthropic',
  COPILOT_PROVIDER_API_KEY: 'none',
  COPILOT_MODEL: 'claude-sonnet-4.5',
  COPILOT_PROVIDER_MAX_PROMPT_TOKENS: String(COPILOT_WINDOW),
  COPILOT_OFFLINE: 'true',
})
