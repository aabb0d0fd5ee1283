import { expect, test } from 'vitest'
import { AGENTS, hidingFolder, missingOf, pinsOf } from '../../../scripts/agents/pins.ts'
import { PRESETS } from '../../../src/agents/presets.ts'

test.each(AGENTS)('%s is tried in the version that its preset installs', (agent) => {
  const [[name, version] = []] = Object.entries(pinsOf(agent))
  expect(PRESETS[agent]?.install).toContain(`${name}@${version}`)
})

test('what a cache has not is named with its version', () => {
  expect(missingOf('gemini', '/nowhere')).toEqual(
    Object.entries(pinsOf('gemini')).map(([name, version]) => `${name}@${version}`),
  )
  expect(pinsOf('nobody')).toEqual({})
})

test('a cache that boxes hide is known by its folder', () => {
  expect(hidingFolder('/tmp/agents')).toBe('/tmp')
  expect(hidingFolder('/var/tmp/agents')).toBe('/var/tmp')
  expect(hidingFolder('/home/me/.cache/quintet-agents')).toBeNull()
})
