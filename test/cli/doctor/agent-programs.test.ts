import { stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { examineAgents } from '../../../src/cli/doctor/agent-programs.ts'
import { temporaryFolder, writeFiles } from '../../support/repository.ts'

test('an agent that takes the name of a preset needs nothing that only the preset starts', async () => {
  await using folder = await temporaryFolder()
  const agents = { pi: { command: [process.execPath], env: {} } }
  await writeFiles(folder.path, { '.quintet/config.toml': stringify({ agents }) })
  const findings = await examineAgents(folder.path)
  expect(findings.filter(({ text }) => text.includes('which it drives'))).toEqual([])
})
