// What the conflict radar costs: the matrix of 50 committed branches against one merge process a pair, one saved file among
// 50 worktrees, the time from a write to the alarm, and a quiet radar over 50 live worktrees.
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { benchLive } from './live.ts'
import { benchMatrix } from './matrix.ts'

const FILES = 20_000
const BRANCHES = 50
const LIVE_FILES = 2_000

export const bench: Bench = {
  options: [
    { flags: '--files <n>', summary: `files of the large repository; default ${FILES}` },
    { flags: '--branches <n>', summary: `branches and worktrees; default ${BRANCHES}` },
    { flags: '--live-files <n>', summary: `files of each live worktree; default ${LIVE_FILES}` },
    { flags: '--rounds <n>', summary: 'runs of each side of the matrix; default 3' },
    { flags: '--saves <n>', summary: 'files saved one after the other; default 400' },
    { flags: '--seconds <n>', summary: 'how long the quiet radar is watched; default 20' },
    { flags: '--matrix', summary: 'the matrix alone' },
    { flags: '--live', summary: 'the live part alone' },
  ],
  goals: {
    incremental_median_ms: 1,
    incremental_p95_ms: 5,
    alarm_ms: 1_000,
    quiet_cpu_percent: 2,
    rss_mb: 200,
  },
  floors: { matrix50_ratio_wide: 20, matrix50_ratio: 150 },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const { options } = context
  const sizes = { files: options.count('files', FILES), branches: options.count('branches', BRANCHES) }
  const parts: Outcome[] = []
  if (!options.flag('live')) parts.push(await benchMatrix(context, sizes))
  if (!options.flag('matrix'))
    parts.push(await benchLive(context, { ...sizes, files: options.count('live-files', LIVE_FILES) }))
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    details: parts.flatMap(({ details }) => details ?? []),
    ok: parts.every(({ ok }) => ok),
  }
}
