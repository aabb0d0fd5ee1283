// 50 live worktrees. One saved file in process; then the radar as the daemon keeps it, in a process of its own: from the
// write of a file to the alarm in the log, and what it costs while nothing happens.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openRepository } from '../../src/git/repository.ts'
import { openScratchObjects } from '../../src/git/objects/scratch.ts'
import { LiveRadar } from '../../src/integration/radar/live.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { BenchContext, Figure, Outcome } from '../bench.ts'
import { childrenMs, sample } from '../cli/sample.ts'
import { git } from '../scratch.ts'
import { median, rounded } from '../statistics.ts'
import { writeRadarLog } from './log.ts'
import { branchedRepository, type BranchedRepository } from './repository.ts'

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url))
const ALARMS = 5
const PATIENCE_MS = 120_000
const SETTLE_MS = 3_000
/** All branches may write it. */
const HUB = 1

interface Live {
  readonly repository: BranchedRepository
  readonly worktrees: readonly string[]
}

/** Makes the worktrees and measures. */
export async function benchLive(
  context: BenchContext,
  { files, branches }: { readonly files: number; readonly branches: number },
): Promise<Outcome> {
  const { options, scratch, note, signal } = context
  note(`Checking out ${branches} worktrees of ${files} files.`)
  const path = join(scratch.path, 'live')
  const repository = await branchedRepository(path, { files, branches, wide: 0 })
  const worktrees: string[] = []
  for (const { name } of repository.branches) {
    signal.throwIfAborted()
    const place = join(scratch.path, 'worktrees', name.replace('/', '-'))
    await git(path, 'worktree', 'add', '--quiet', place, name)
    worktrees.push(place)
  }
  const live = { repository, worktrees }
  const incremental = await measureSaves(live, options.count('saves', 400))
  note('Opening the radar in a process of its own.')
  const kept = await measureKept(context, live, options.count('seconds', 20))
  return {
    figures: { ...incremental, ...kept },
    details: [`${branches} worktrees of ${files} files each.`],
    ok: kept['alarms'] === ALARMS,
  }
}

async function measureSaves(
  { repository, worktrees }: Live,
  saves: number,
): Promise<Readonly<Record<string, Figure>>> {
  const repo = await openRepository(repository.path)
  await using scratch = await openScratchObjects(repo)
  const radar = new LiveRadar({ repo, scratch, base: repository.base })
  for (const [index, path] of worktrees.entries()) {
    radar.add(String(index), path)
    await radar.reconcile(String(index))
  }
  const times: number[] = []
  const kept = new Map<string, string>()
  for (let save = -worktrees.length * 2; save < saves; save += 1) {
    const index = (save + worktrees.length * 2) % worktrees.length
    const root = worktrees[index] ?? ''
    // Every other save is of the file that ten of them have changed, and that all change in the course of this.
    const file = save % 2 === 0 ? HUB : Math.floor((index * repository.files.length) / worktrees.length)
    const name = repository.files[file] ?? ''
    const before = await readFile(join(root, name), 'utf8')
    if (!kept.has(join(root, name))) kept.set(join(root, name), before)
    const lines = before.split('\n')
    lines[(save * 13 + 500) % 59] = `saved ${save}`
    await writeFile(join(root, name), lines.join('\n'))
    const started = performance.now()
    await radar.saved(String(index), [name])
    if (save >= 0) times.push(performance.now() - started)
  }
  for (const [file, text] of kept) await writeFile(file, text)
  const sorted = times.toSorted((a, b) => a - b)
  return {
    incremental_median_ms: rounded(median(times), 3),
    incremental_p95_ms: rounded(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN, 3),
    incremental_max_ms: rounded(sorted.at(-1) ?? Number.NaN, 3),
  }
}

async function measureKept(
  { scratch, note, signal }: BenchContext,
  live: Live,
  seconds: number,
): Promise<Readonly<Record<string, Figure>>> {
  const database = join(scratch.path, 'radar.db')
  using store = openStore(database)
  const packages = packagesOf(live.repository)
  const sessions = live.worktrees.map((path, index) => ({ path, owns: [packageOf(packages, index)] }))
  // The costlier case: what no box holds is followed outside its scope as well.
  writeRadarLog(store, { base: live.repository.base, sessions, level: 'guarded' })
  const child = spawn(process.execPath, [KEEPER, live.repository.path, database], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const started = performance.now()
    await once(child.stdout, 'data', { signal })
    const ready = performance.now() - started
    note(`All worktrees were read after ${ready.toFixed(0)} ms.`)
    const alarms = await measureAlarms(store, live, signal)
    await delay(SETTLE_MS, undefined, { signal })
    note(`Measuring the quiet radar for ${seconds} s.`)
    const pid = child.pid ?? 0
    const [before, git, from] = [await sample(pid), await childrenMs(pid), performance.now()]
    await delay(seconds * 1_000, undefined, { signal })
    const after = await sample(pid)
    const elapsed = performance.now() - from
    const used = after.cpuMs - before.cpuMs + (await childrenMs(pid)) - git
    return {
      alarm_ms: rounded(median(alarms), 0),
      alarm_max_ms: rounded(Math.max(...alarms), 0),
      alarms: alarms.length,
      quiet_cpu_percent: rounded((used / elapsed) * 100, 2),
      rss_mb: rounded(after.rssMb, 0),
      first_reading_ms: rounded(ready, 0),
    }
  } finally {
    child.stdin.end()
    await once(child, 'exit')
  }
}

/** From the write of a file to the conflict in the log; each time two other worktrees. */
async function measureAlarms(
  store: Store,
  { repository, worktrees }: Live,
  signal: AbortSignal,
): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < ALARMS; round += 1) {
    const [left, right] = [round * 2, round * 2 + 1]
    const folder = packageOf(packagesOf(repository), left)
    const file = repository.files.findLast((path) => path.startsWith(`${folder}/`)) ?? ''
    const write = async (index: number, text: string): Promise<void> => {
      const path = join(worktrees[index] ?? '', file)
      const lines = (await readFile(path, 'utf8')).split('\n')
      lines[45] = text
      await writeFile(path, lines.join('\n'))
    }
    const after = store.lastSeq()
    await write(left, 'one side')
    await delay(500, undefined, { signal })
    const started = performance.now()
    await write(right, 'the other side')
    if (await conflictAfter(store, { after, file, signal })) times.push(performance.now() - started)
  }
  return times
}

async function conflictAfter(
  store: Store,
  { after, file, signal }: { readonly after: number; readonly file: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS / 10
  while (performance.now() < deadline) {
    for (const { data } of store.events({ after, types: ['radar.conflict'] }))
      if (JSON.stringify(data).includes(file)) return true
    await delay(2, undefined, { signal })
  }
  return false
}

function packagesOf({ files }: BranchedRepository): readonly string[] {
  return [...new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))]
}

/** Two sessions each have the same one: only so can they meet in it. */
function packageOf(packages: readonly string[], session: number): string {
  return packages[Math.floor(session / 2) % packages.length] ?? ''
}
