// Codex, by the adapter that brings its own copy of it. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const CODEX: Preset = {
  id: 'codex',
  name: 'Codex',
  version: '2.6.0',
  description: 'Coding agent of OpenAI, by its adapter for the Agent Client Protocol',
  repository: 'https://github.com/agentclientprotocol/codex-acp',
  distribution: { npx: { package: '@agentclientprotocol/codex-acp@2.6.0' } },
  command: ['codex-acp'],
  // By default it writes unasked.
  mode: 'read-only',
  boxedMode: 'agent-full-access',
  home: AGENT_HOMES.codex,
  install: 'npm install --global @agentclientprotocol/codex-acp@2.6.0',
  login: 'codex login',
  loginSteps: 'or set OPENAI_API_KEY',
  tested: { from: '2.6.0', to: '2.6.0' },
  permissions: { style: 'refuses', afterRefusal: 'ends the turn' },
  usage: { source: 'provider', told: 'by the response' },
  compaction: 'event',
  expects: { resume: true, load: true, fork: true, tools: ['stdio', 'http'] },
  sandbox: [
    'Its own sandbox cannot be made inside of a box: there it is put into the mode without one.',
    'Its own sandbox does not let it commit in a linked worktree.',
  ],
}
