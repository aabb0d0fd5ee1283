// What a recorded session amounts to, on a narrow terminal.
import { expect, test } from 'vitest'
import { TraceSurvey } from '../../src/health/trace/survey.ts'
import { renderTrace } from '../../src/tui/trace.ts'
import { NOW } from './views.ts'

const { report } = new TraceSurvey()
const read = ['storage', 'session'].map((name) => `packages/server/src/authentication/${name}/index.ts`)
const found = {
  ...report,
  context: { ...report.context, used: 110_572, percent: 55, peak: 167_000, peakPercent: 84, window: 200_000 },
  files: { ...report.files, read },
}

test('figures are wrapped, and a path keeps the end that tells it from others', () => {
  const lines = renderTrace(found, { width: 40, colour: false, now: NOW })
  expect(lines).toEqual([
    'unknown agent · 0 actions · 0 failed ·',
    '  0 turns',
    'context: 110,572 (55 %) at the end,',
    '  167,000 (84 %) at most, window 200,000',
    'compactions: none',
    'files changed: none',
    'files read: 2',
    '  …r/src/authentication/storage/index.ts',
    '  …r/src/authentication/session/index.ts',
  ])
})
