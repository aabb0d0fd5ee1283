// pi, by a bridge: pi itself speaks a protocol of its own. Pure.
import { AGENT_HOMES } from '../home.ts'
import type { Preset } from './preset.ts'

export const PI: Preset = {
  id: 'pi',
  name: 'pi',
  version: '0.0.34',
  description: 'Coding agent for models of many providers, by the bridge pi-acp',
  repository: 'https://github.com/svkozak/pi-acp',
  license: 'MIT',
  distribution: { npx: { package: 'pi-acp@0.0.34' } },
  command: ['pi-acp'],
  needs: ['pi'],
  env: { PI_SKIP_VERSION_CHECK: '1' },
  home: AGENT_HOMES.pi,
  install: 'npm install --global pi-acp@0.0.34 @earendil-works/pi-coding-agent@0.87.1',
  login: 'pi',
  loginSteps: 'type /login',
  tested: { from: '0.0.34', to: '0.0.34' },
  permissions: { style: 'unasked', afterRefusal: 'untried' },
  usage: { source: 'provider', told: 'by the prompt' },
  compaction: 'none seen',
  expects: { resume: false, load: true, fork: false, tools: [] },
  sandbox: [
    'It asks for nothing and has no mode in which it would: run it where boxes can be made.',
    'The bridge needs pi 0.81 or later on the PATH; with 0.73 it never opens a session.',
    'When it starts, the bridge asks the npm registry for the newest pi.',
    'It reaches no tools of ours: scope requests go by its status file.',
  ],
}
