// Claude Code, by the adapter that brings its own copy of it. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const CLAUDE: Preset = {
  id: 'claude',
  name: 'Claude Code',
  version: '0.101.0',
  description: 'Coding agent of Anthropic, by its adapter for the Agent Client Protocol',
  repository: 'https://github.com/agentclientprotocol/claude-agent-acp',
  distribution: { npx: { package: '@agentclientprotocol/claude-agent-acp@0.101.0' } },
  command: ['claude-agent-acp'],
  // By default it writes unasked.
  mode: 'default',
  home: AGENT_HOMES.claude,
  install: 'npm install --global @agentclientprotocol/claude-agent-acp@0.101.0',
  login: 'claude auth login',
  loginSteps: 'or set ANTHROPIC_API_KEY',
  tested: { from: '0.101.0', to: '0.101.0' },
  permissions: { style: 'asks', afterRefusal: 'goes on' },
  usage: { source: 'provider', told: 'by the response' },
  compaction: 'event and summary',
  expects: { resume: true, load: true, fork: true, tools: ['stdio', 'http', 'sse'] },
  sandbox: [
    'Root can start it in a box only.',
    'It writes by its shell without asking, where it takes a command for harmless; the box holds.',
  ],
}
