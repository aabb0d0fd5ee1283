// 147 real pull requests through the queue, with their real tests: what lands, who is named, and what it costs in suite times.
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import type { Back } from '../../src/integration/queue/port.ts'
import { landQueue } from '../../src/integration/queue/queue.ts'
import { leastRework } from '../../src/integration/queue/least-rework.ts'
import { unitName } from '../../src/integration/queue/words.ts'
import type { BenchContext, Outcome } from '../bench.ts'
import { git } from '../scratch.ts'
import { commandWords, loadCase, type Case } from '../webpack/case.ts'
import { branchCommits, prepareRepository, requireMaterial } from '../webpack/repository.ts'
import { RealPort } from './real.ts'

/** The JSON reporter of this mocha says nothing at all when an error holds itself, as those of should.js do. */
const STREAMED = ['-R', 'json-stream', '-O', 'plain=1']
const MANIFESTS = ['package.json', 'yarn.lock']

export type RealOutcome = Pick<Outcome, 'figures' | 'ok'> & { readonly details: readonly string[] }

/** Plays the case; needs the mirror, and minutes. */
export async function landWebpack({ options, scratch, note, signal }: BenchContext): Promise<RealOutcome> {
  const material = requireMaterial(options)
  const spec = await loadCase(material.caseFile)
  const path = join(scratch.path, 'webpack')
  note('Building the repository of the case.')
  await prepareRepository(path, material)
  const commitOf = await branchCommits(path)
  const node = options.text('node') ?? 'node'
  const [, ...words] = commandWords(spec.tests.command)
  const order = mergeOrder(spec)
  const port = await RealPort.open({
    path,
    branches: spec.branches.map(({ branch, title }) => ({ piece: branch, title, tip: commitOf(branch) })),
    checks: [{ name: 'tests', run: [node, ...words, ...STREAMED], timeout_seconds: 600 }],
    manifests: MANIFESTS,
    dependencies: ['node_modules'],
    install: [...spec.install, 'git checkout -- yarn.lock', 'rm -f package-lock.json'],
    env: { PATH: [...(isAbsolute(node) ? [dirname(node)] : []), process.env['PATH'] ?? ''].join(delimiter) },
    scratch: scratch.path,
    signal,
    note,
  })
  const started = performance.now()
  const { landed, back, left, stopped } = await landQueue(
    port,
    order.map((piece) => ({ piece, needs: [] })),
  )
  const { full, tiny, fullSeconds, tinySeconds, installs, installSeconds } = port.counts
  const suite = full === 0 ? 0 : fullSeconds / full
  const misnamed = back.filter((one) => !rightlyNamed(spec, one))
  const sameTree = await landedTree(path, landed)
  return {
    figures: {
      landed: landed.length,
      sent_back: back.map(({ piece }) => piece).join(' '),
      named_wrongly: misnamed.length,
      full_runs: full,
      tiny_runs: tiny,
      suite_times: suite === 0 ? 0 : Math.round(((fullSeconds + tinySeconds) / suite) * 100) / 100,
      suite_seconds: Math.round(suite),
      installs,
      install_seconds: Math.round(installSeconds),
      seconds: Math.round((performance.now() - started) / 1_000),
      target_holds_what_landed: sameTree,
    },
    details: [
      ...back.map(backLine),
      ...left.map(({ piece, reason }) => `left ${piece}: ${reason}`),
      ...(stopped === null ? [] : [`stopped: ${stopped}`]),
    ],
    ok: stopped === null && misnamed.length === 0 && sameTree,
  }
}

function mergeOrder({ branches }: Case): readonly string[] {
  return leastRework(
    branches.map(({ branch, files }) => ({
      piece: branch,
      needs: [],
      files: files.length,
      moved: 0,
      installs: files.some((file) => MANIFESTS.includes(file)),
    })),
    [],
  )
}

/** Alone only if it is bad alone; together only with a branch that it is known to interact with. */
function rightlyNamed({ truth }: Case, back: Back): boolean {
  if (back.kind === 'conflict') return false
  if (back.verdict.kind === 'alone') return truth.badAlone.includes(back.piece)
  if (back.verdict.kind === 'stacked') return false
  const others = back.verdict.with
  return truth.interactions.some(
    (pair) => pair.includes(back.piece) && others.every((one) => pair.includes(one)),
  )
}

function backLine(back: Back): string {
  if (back.kind === 'conflict') return `${back.piece} conflicts in ${back.files.join(', ')}`
  const others = back.verdict.kind === 'interacts' ? ` with ${back.verdict.with.join(', ')}` : ''
  return `${back.piece} ${back.verdict.kind}${others}: ${back.tests.map(unitName).join('; ')}`
}

/** Every landed branch is an ancestor of the target, and no other is. */
async function landedTree(path: string, landed: readonly string[]): Promise<boolean> {
  const merged = await git(
    path,
    'for-each-ref',
    '--merged=main',
    '--format=%(refname:lstrip=2)',
    'refs/heads/pr',
  )
  return (
    merged
      .split('\n')
      .filter((name) => name !== '')
      .toSorted()
      .join() === landed.toSorted().join()
  )
}
