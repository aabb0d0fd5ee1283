// What ownership costs: a process in a session's box over the bare one, a commit with the session's hooks over one
// without, a question of the agent's tool hook, and how many paths a second the ownership map judges.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { boxed, type Box } from '../../src/process/box.ts'
import { run as runProcess } from '../../src/process/run.ts'
import { overlapOf } from '../../src/scope/overlap.ts'
import { ownershipInForce, type OwnershipPlan } from '../../src/scope/ownership.ts'
import { compileScope } from '../../src/scope/patterns.ts'
import { guardRecordFile } from '../../src/workspace/guard/install.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { interleaved } from '../interleave.ts'
import { git } from '../scratch.ts'
import { median, ratio, rounded, spread } from '../statistics.ts'
import { generatedFiles } from '../workspace/tree.ts'
import { manyPieces } from './lookups.ts'
import { benchBox, benchSession, HOOK_PROGRAM, stage, type BenchSession } from './session.ts'

const FILES = 2_000
const ROUNDS = 40
const LOOKUP_ROUNDS = 7

export const bench: Bench = {
  options: [
    { flags: '--rounds <n>', summary: `runs of each side; default ${ROUNDS}` },
    { flags: '--files <n>', summary: 'paths that the map judges; default 100000' },
    { flags: '--pieces <n>', summary: 'pieces of the plan; default 50' },
  ],
  goals: {},
  run,
}

interface Part {
  readonly figures: Readonly<Record<string, Figure>>
  readonly details: readonly string[]
}

async function run(context: BenchContext): Promise<Outcome> {
  const { options, scratch, note, signal } = context
  const rounds = options.count('rounds', ROUNDS)
  note(`Setting up a session in a repository of ${FILES} files.`)
  const session = await benchSession(join(scratch.path, 'repo'), FILES, signal)
  const parts = [
    await measureBox(session, await benchBox(session), { rounds, signal }),
    await measureHooks(session, { rounds, signal }),
    await measureToolHook(session, { rounds: Math.ceil(rounds / 2), signal }),
    measureLookups(options.count('files', 100_000), options.count('pieces', 50)),
  ]
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    details: parts.flatMap(({ details }) => details),
    ok: true,
  }
}

interface Play {
  readonly rounds: number
  readonly signal: AbortSignal
}

async function measureBox({ path }: BenchSession, box: Box | null, play: Play): Promise<Part> {
  if (box === null)
    return { figures: { box_start_ms_over_bare: null, box_start_ratio: null }, details: ['No box here.'] }
  const wrapped = boxed('true', [], { cwd: path, box })
  const start = (program: string, args: readonly string[]) => async (): Promise<void> => {
    const { exitCode, stderr } = await runProcess(program, args, { cwd: path })
    if (exitCode !== 0)
      throw new Error(`${program} ended with ${String(exitCode)}: ${stderr.toString('utf8')}`)
  }
  const times = await interleaved(
    [
      { name: 'bare', run: start('true', []) },
      { name: 'boxed', run: start(wrapped.program, wrapped.args) },
    ],
    play,
  )
  return {
    figures: {
      box_start_ms_over_bare: over(times('boxed'), times('bare')),
      box_start_ratio: ratio(times('boxed'), times('bare')),
    },
    details: [
      `true: ${spread(times('bare'))}; in a box of ${box.mounts.length} mounts: ${spread(times('boxed'))}`,
    ],
  }
}

async function measureHooks(session: BenchSession, play: Play): Promise<Part> {
  const patterned = session.patterned.replace('*', 'a')
  await mkdir(dirname(join(session.path, patterned)), { recursive: true })
  let change = 0
  const committing = (name: string, file: string, ...options: string[]) => ({
    name,
    before: () => stage(session, file, `${(change += 1)}\n`),
    run: async () => void (await git(session.path, ...options, 'commit', '--quiet', '--message=change')),
  })
  const off = ['-c', 'core.hooksPath=/dev/null']
  const times = await interleaved(
    [
      committing('without', `${session.folder}/hook.ts`, ...off),
      committing('with', `${session.folder}/hook.ts`),
      committing('judged', patterned),
    ],
    play,
  )
  return {
    figures: {
      hook_ms: over(times('with'), times('without')),
      commit_ratio: ratio(times('with'), times('without')),
      hook_map_ms: over(times('judged'), times('without')),
    },
    details: [
      `commit without hooks: ${spread(times('without'))}; with: ${spread(times('with'))}; asking the map: ${spread(times('judged'))}`,
    ],
  }
}

async function measureToolHook({ repo, path, folder }: BenchSession, play: Play): Promise<Part> {
  const file = guardRecordFile({ repo, run: 'bench-1', piece: 'one' })
  const input = JSON.stringify({
    hook_event_name: 'PreToolUse',
    cwd: path,
    tool_name: 'Write',
    tool_input: { file_path: join(path, folder, 'hook.ts') },
  })
  const times = await interleaved(
    [
      {
        name: 'tool',
        run: async () => {
          const { exitCode } = await runProcess(process.execPath, [HOOK_PROGRAM, 'tool', file], {
            cwd: path,
            input,
          })
          if (exitCode !== 0) throw new Error(`The tool hook ended with ${String(exitCode)}.`)
        },
      },
    ],
    play,
  )
  return {
    figures: { tool_hook_ms: rounded(median(times('tool')), 1) },
    details: [`tool hook: ${spread(times('tool'))}`],
  }
}

function measureLookups(count: number, pieces: number): Part {
  const files = Array.from(generatedFiles(count), ({ path }) => path).toSorted()
  const plan = manyPieces(pieces, files)
  const map = ownershipInForce(plan, [])
  const seconds: number[] = []
  let owned = 0
  for (let round = 0; round <= LOOKUP_ROUNDS; round += 1) {
    const started = performance.now()
    owned = files.filter((path) => map.ownerOf(path).kind === 'owned').length
    // The first round builds what the map remembers.
    if (round > 0) seconds.push((performance.now() - started) / 1000)
  }
  const pairs = measureOverlap(plan)
  return {
    figures: { lookups_per_s: Math.round(count / median(seconds)), overlap_ms: rounded(median(pairs), 1) },
    details: [
      `${pieces} pieces compared with each other: ${spread(pairs)}`,
      `${count} files, ${pieces} pieces: ${owned} owned, ${spread(seconds.map((value) => value * 1000))} for all`,
    ],
  }
}

/** Milliseconds of comparing every piece of a plan with every other, compilation included. */
function measureOverlap({ pieces }: OwnershipPlan): readonly number[] {
  const times: number[] = []
  for (let round = 0; round <= LOOKUP_ROUNDS; round += 1) {
    const started = performance.now()
    const scopes = pieces.map(({ scope }) => compileScope(scope))
    const found = scopes.flatMap((left, index) =>
      scopes.slice(index + 1).filter((right) => overlapOf(left, right)),
    )
    if (found.length > 0) throw new Error('The pieces should not overlap.')
    if (round > 0) times.push(performance.now() - started)
  }
  return times
}

function over(of: readonly number[], to: readonly number[]): number {
  return rounded(median(of) - median(to), 1)
}
