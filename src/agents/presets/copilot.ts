// GitHub Copilot CLI. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const COPILOT: Preset = {
  id: 'copilot',
  name: 'Copilot CLI',
  version: '1.0.102',
  description: 'Coding agent of GitHub',
  repository: 'https://github.com/github/copilot-cli',
  distribution: { npx: { package: '@github/copilot@1.0.102', args: ['--acp'] } },
  command: ['copilot', '--acp'],
  home: AGENT_HOMES.copilot,
  install: 'npm install --global @github/copilot@1.0.102',
  login: 'copilot login',
  tested: { from: '1.0.102', to: '1.0.102' },
  permissions: { style: 'asks', afterRefusal: 'ends the turn' },
  usage: { source: 'estimate', told: 'by the response' },
  compaction: 'fall of the context',
  expects: { resume: false, load: true, fork: false, tools: ['http', 'sse'] },
  sandbox: [
    'It unpacks itself into .cache/ of the home folder, so the first start in a session takes longer.',
    'MCP servers on standard streams are refused.',
  ],
}
