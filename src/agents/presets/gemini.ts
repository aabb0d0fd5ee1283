// Gemini CLI. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const GEMINI: Preset = {
  id: 'gemini',
  name: 'Gemini CLI',
  version: '0.61.0',
  description: 'Coding agent of Google',
  repository: 'https://github.com/google-gemini/gemini-cli',
  license: 'Apache-2.0',
  distribution: { npx: { package: '@google/gemini-cli@0.61.0', args: ['--acp'] } },
  command: ['gemini', '--acp'],
  mode: 'default',
  home: AGENT_HOMES.gemini,
  install: 'npm install --global @google/gemini-cli@0.61.0',
  login: 'gemini',
  loginSteps: 'choose a way to log in, then /quit; or set GEMINI_API_KEY',
  tested: { from: '0.61.0', to: '0.61.0' },
  permissions: { style: 'asks', afterRefusal: 'goes on' },
  usage: { source: 'none', told: 'never' },
  compaction: 'none seen',
  expects: { resume: false, load: true, fork: false, tools: ['stdio', 'http', 'sse'] },
  sandbox: ['It recovers from failures of its provider within minutes and does not tell that it is trying.'],
}
