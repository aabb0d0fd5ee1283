// What agents and other programs have in the operator's home folder, and what becomes of it in a box. Pure values; paths
// are relative to the home folder, and a slash at the end makes a missing folder.

/** An agent's own places in the operator's home folder. */
export interface AgentHome {
  /** Folders that the agent has for itself in a box, kept from one of its starts to the next: conversations, logs, state. */
  readonly own: readonly string[]
  /** The operator's settings among them, and programs that settings name: seen in the box, never written from it. What is
   *  not there is private in the box, and gone with the agent's next start. */
  readonly settings: readonly string[]
  /** Files with which it logs in. They are the operator's own, for the agent renews what is in them. */
  readonly logins: readonly string[]
  /** Settings that the agent cannot work without writing: every start has a copy of its own. */
  readonly copies: readonly string[]
}

/** Of an agent that has nothing there. */
export const NO_HOME: AgentHome = { own: [], settings: [], logins: [], copies: [] }

const below =
  (folder: string) =>
  (names: string): readonly string[] =>
    names.split(' ').map((name) => `${folder}/${name}`)

const claude = below('.claude')
const codex = below('.codex')
const gemini = below('.gemini')
const copilot = below('.copilot')
const opencode = below('.local/share/opencode')
const opencodeConfig = below('.config/opencode')
const pi = below('.pi/agent')

/** By the names of the presets. */
export const AGENT_HOMES = {
  claude: {
    own: ['.claude/'],
    settings: claude(
      'settings.json settings.local.json CLAUDE.md CLAUDE.local.md rules agents commands hooks plugins skills ' +
        'output-styles statusline.sh statusline-command.sh statusline.js statusline.py scripts bin lib local ' +
        'themes keybindings.json workflows mcp.json .mcp.json .env',
    ),
    logins: claude('.credentials.json'),
    copies: ['.claude.json'],
  },
  codex: {
    own: ['.codex/'],
    settings: codex(
      'config.toml managed_config.toml requirements.toml hooks.json hooks AGENTS.md AGENTS.override.md prompts ' +
        'rules skills agents plugins packages bin scripts themes .env',
    ),
    logins: codex('auth.json .credentials.json'),
    copies: codex('installation_id'),
  },
  gemini: {
    own: ['.gemini/'],
    settings: gemini(
      'settings.json GEMINI.md AGENTS.md commands extensions policies skills agents hooks scripts bin themes ' +
        'keybindings.json .env system.md',
    ),
    logins: gemini('oauth_creds.json gemini-credentials.json mcp-oauth-tokens.json mcp-oauth-tokens-v2.json'),
    copies: gemini('google_accounts.json installation_id trustedFolders.json'),
  },
  opencode: {
    own: ['.local/share/opencode/', '.local/state/opencode/', '.config/opencode/'],
    settings: [
      ...opencode('bin'),
      ...opencodeConfig(
        'opencode.json opencode.jsonc config.json tui.json AGENTS.md agent agents command commands mode modes plugin ' +
          'plugins skill skills tool tools themes node_modules .env',
      ),
    ],
    logins: opencode('auth.json mcp-auth.json'),
    // It ends when it cannot write beside its settings.
    copies: [
      '.local/state/opencode/model.json',
      ...opencodeConfig('.gitignore package.json package-lock.json bun.lock'),
    ],
  },
  copilot: {
    own: ['.copilot/'],
    settings: copilot(
      'settings.json mcp-config.json lsp-config.json copilot-instructions.md AGENTS.md instructions agents hooks ' +
        'skills plugins installed-plugins extensions scripts bin .env',
    ),
    logins: [],
    copies: copilot('config.json permissions-config.json'),
  },
  pi: {
    own: ['.pi/'],
    settings: pi(
      'settings.json models.json keybindings.json AGENTS.md SYSTEM.md APPEND_SYSTEM.md extensions skills prompts ' +
        'themes tools bin git npm',
    ),
    logins: pi('auth.json'),
    copies: [],
  },
} as const satisfies Record<string, AgentHome>

/** Caches of compilers, test runners and package managers. Every session has its own, and so has every union: there are
 *  programs in them, which whoever finds them there would run. */
export const CACHES: readonly string[] = ['.cache/', '.npm/']
/** Programs in them that are fetched to be run once: also where the cache itself is shared, each box has its own. */
export const RUN_CACHES: readonly string[] = ['.npm/_npx/']
/** Programs in them that are too large to be fetched again: the operator's are seen, and cannot be written. */
export const PROGRAM_CACHES: readonly string[] = [
  '.cache/node/corepack/',
  '.cache/pre-commit',
  '.cache/ms-playwright',
  '.cache/Cypress',
  '.cache/puppeteer',
  // Agents themselves, where `npm run agents:install` puts them.
  '.cache/quintet-agents',
]
