// OpenCode. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const OPENCODE: Preset = {
  id: 'opencode',
  name: 'OpenCode',
  version: '1.18.33',
  description: 'Coding agent for models of many providers',
  repository: 'https://github.com/sst/opencode',
  license: 'MIT',
  distribution: { npx: { package: 'opencode-ai@1.18.33', args: ['acp'] } },
  command: ['opencode', 'acp'],
  // By default it writes unasked, in every mode that it has.
  env: { OPENCODE_CONFIG_CONTENT: '{"permission":{"edit":"ask","bash":"ask"}}' },
  home: AGENT_HOMES.opencode,
  install: 'npm install --global opencode-ai@1.18.33',
  login: 'opencode auth login',
  tested: { from: '1.18.33', to: '1.18.33' },
  permissions: { style: 'asks', afterRefusal: 'ends the turn' },
  usage: { source: 'provider', told: 'by the prompt' },
  compaction: 'fall of the context',
  expects: { resume: true, load: true, fork: true, tools: ['stdio', 'http', 'sse'] },
  sandbox: ['Its first start in a home folder takes longer: it makes a database there.'],
}
