import { expect, it } from 'vitest'
import { dependencyFinding } from '../../../src/cli/doctor/dependency-times.ts'

it('tells what was measured and what follows from it', () => {
  const samples = {
    npm: { copy: [2100, 2500], install: [13_700] },
    'pnpm web': { copy: [1500], install: [1200] },
    uv: { copy: [], install: [300] },
  }
  const { text, level } = dependencyFinding({ fileSystem: { type: 'ext4', source: '/dev/vda' }, samples })
  expect(level).toBe('ok')
  expect(text).toBe(
    'On ext4 (/dev/vda): npm is copied where it can be (copied in 2.1 s, installed in 13.7 s); ' +
      'pnpm web is installed (copied in 1.5 s, installed in 1.2 s); uv is installed (installed in 0.3 s).',
  )
})

it('tells how slots are made where that can be chosen', () => {
  const at = { fileSystem: { type: 'btrfs', source: '/dev/vda' } }
  const { text } = dependencyFinding({ ...at, samples: { slot: { copy: [400], install: [5200] } } })
  expect(text).toBe(
    'On btrfs (/dev/vda): slots are snapshots of a ready one where they can be (a snapshot in 0.4 s, filled in 5.2 s).',
  )
  const slower = dependencyFinding({ ...at, samples: { slot: { copy: [900], install: [200] } } })
  expect(slower.text).toContain('slots are filled (')
})

it('says so when nothing was measured', () => {
  expect(dependencyFinding(null).text).toContain('first worktrees')
})
