import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boxAvailable } from '../../../src/process/box.ts'
import { quintet } from '../process.ts'

const PATH = '/usr/bin:/bin'

test('an agent that nobody has described is refused, and those that are known are named', async () => {
  const { code, stderr } = await quintet(['agents', 'test', 'mine'])
  expect(code).toBe(2)
  expect(stderr).toContain('There is no agent named mine. (E_AGENT_UNKNOWN)')
  expect(stderr).toMatch(/Known agents: scripted, claude, codex, gemini/)
})

test('an agent that is not installed is refused once, with the command that installs it', async () => {
  const { code, stderr } = await quintet(['agents', 'test', 'codex'], { env: { PATH } })
  expect(code).toBe(1)
  expect(stderr).toContain('its program codex-acp was not found. (E_AGENT_MISSING)')
  expect(stderr).toContain('→ run: npm install --global @agentclientprotocol/codex-acp@')
})

const support = await boxAvailable()
test.skipIf(!support.available || support.library !== undefined)(
  'an agent that boxes hide is refused once, with the folder that hides it',
  async () => {
    const folder = await mkdtemp('/var/tmp/quintet-hidden-')
    try {
      await mkdir(join(folder, 'bin'))
      await writeFile(join(folder, 'real'), '#!/bin/sh\n', { mode: 0o755 })
      await symlink(join(folder, 'real'), join(folder, 'bin', 'codex-acp'))
      const env = { PATH: `${join(folder, 'bin')}:${PATH}` }
      const { code, stderr } = await quintet(['agents', 'test', 'codex'], { env })
      expect(code).toBe(1)
      expect(stderr).toContain('its program lies in /var/tmp, which boxes hide. (E_AGENT_HIDDEN)')
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

test('a case that nobody knows is answered with those that there are', async () => {
  const { code, stderr } = await quintet(['agents', 'test', 'claude', '--case', 'nothing'])
  expect(code).toBe(2)
  expect(stderr).toContain('Cases: edit; file outside; ')
})
