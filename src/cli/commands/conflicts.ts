import { isDeepStrictEqual } from 'node:util'
import type { RadarView } from '../../contract/radar.ts'
import type { RunView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { renderConflicts } from '../../tui/conflicts.ts'
import { repositoryOf, requireView, runningDaemon } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Shows which sessions will collide: 6 when a conflict is confirmed, else 0; with --watch until the run ends. */
export async function run(invocation: Invocation): Promise<number> {
  const repo = await repositoryOf(invocation)
  const view = await requireView(repo, invocation.arguments[0])
  if (invocation.options.flag('watch')) return await watch(repo, view, invocation)
  const radar = await radarOf(repo, view.run, invocation)
  show(radar, invocation)
  return radar.pairs.some(({ state }) => state === 'confirmed') ? 6 : 0
}

/** What the daemon sees; without one the worktrees are read here and now. */
async function radarOf(repo: Repository, run: string, { signal }: Invocation): Promise<RadarView> {
  const client = await runningDaemon(repo, signal)
  if (client !== null) return await client.conflicts(run)
  const { readConflicts } = await import('../../daemon/radar.ts')
  return await readConflicts(repo, run)
}

async function watch(
  repo: Repository,
  { run, seq, state }: RunView,
  invocation: Invocation,
): Promise<number> {
  const { output, signal } = invocation
  let shown = await radarOf(repo, run, invocation)
  show(shown, invocation)
  if (state === 'ended') return 0
  const { follow } = await import('../follow.ts')
  const notice = (text: string): void => output.narrate(text)
  for await (const message of follow({ repo, run, after: seq, start: false, signal, notice })) {
    if (message.kind !== 'fact') continue
    if (message.type === 'run.ended') return 0
    const conflict = message.type.startsWith('radar.')
    if (!conflict && message.type !== 'turn.ended') continue
    const now = await radarOf(repo, run, invocation)
    // At the end of a turn only what others may stumble over is news.
    if (!conflict && isDeepStrictEqual(now.semantic, shown.semantic)) continue
    shown = now
    show(now, invocation)
    await output.drained()
  }
  return 0
}

function show(radar: RadarView, { output, options }: Invocation): void {
  output.answer(radar, () => [
    ...renderConflicts(radar, { width: output.width, colour: output.colour, now: Date.now() }),
    ...(options.flag('watch') ? [''] : []),
  ])
}
