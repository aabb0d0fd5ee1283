import { setTimeout as delay } from 'node:timers/promises'
import { errorFromData, type QuintetError } from '../../contract/errors.ts'
import {
  MOST_SLOTS,
  type PoolAnswer,
  type PoolFailureView,
  type PoolView,
  type PoolWantView,
} from '../../contract/pool.ts'
import type { DaemonClient } from '../../daemon/client.ts'
import { renderPool } from '../../tui/pool.ts'
import { daemonOf, repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import { planArgument } from '../plan-report.ts'

/** Fills are a matter of seconds. */
const LOOK_MS = 200

/** Makes workspaces ahead and waits until they are ready; fails when one cannot be made, 1 where
 *  fewer than that are ready in the end. */
export async function run(invocation: Invocation): Promise<number> {
  const { cwd, output, options, signal } = invocation
  const slots = countOf(options.text('slots'))
  const word = invocation.arguments[0]
  const repo = await repositoryOf(invocation)
  const client = await daemonOf(repo, signal)
  const asked = await client.askPool({
    by: 'fill',
    ...(word === undefined ? {} : { plan: await planArgument(cwd, word) }),
    ...(slots === undefined ? {} : { slots }),
  })
  const view = await filled(client, asked, invocation)
  output.answer(view, () => renderPool(view, { width: output.width, colour: output.colour, now: Date.now() }))
  if (wantOf(view, asked) === undefined)
    output.narrate('Nothing more is made for it: its plan is being run, or somebody has trimmed the pool.')
  return readyFor(view, asked) < asked.wanted ? 1 : 0
}

function countOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  const count = Number(word)
  if (/^[1-9]\d?$/.test(word) && count <= MOST_SLOTS) return count
  throw usageError(`--slots takes a whole number from 1 to ${MOST_SLOTS}, not ${word}.`, [
    { text: 'For example:', command: 'quintet pool fill --slots 4' },
  ])
}

/** Waits until as many are ready as were asked for, and tells how far it is. Throws why one cannot be made, and the signal's
 *  reason once it was said that the daemon goes on. */
async function filled(
  client: DaemonClient,
  asked: PoolAnswer,
  { output, signal }: Invocation,
): Promise<PoolView> {
  try {
    return await followed(client, asked, { output, signal })
  } catch (error) {
    if (!signal.aborted) throw error
    output.narrate('The daemon goes on making them. To end that, and to remove them:')
    output.narrate('  → run: quintet pool trim --all')
    throw signal.reason
  }
}

async function followed(
  client: DaemonClient,
  asked: PoolAnswer,
  { output, signal }: Pick<Invocation, 'output' | 'signal'>,
): Promise<PoolView> {
  let told = ''
  for (;;) {
    signal.throwIfAborted()
    const view = await client.pool()
    const failure = view.failures.find(({ who }) => asked.who !== null && who.includes(asked.who))
    if (failure !== undefined) throw failureOf(failure)
    const ready = readyFor(view, asked)
    const line = `${ready} of ${asked.wanted} ready${goingOn(view)}`
    if (line !== told) output.narrate(line)
    told = line
    if (ready >= asked.wanted || isOver(view, asked)) return view
    await delay(LOOK_MS, undefined, { signal })
  }
}

/** The wish as it stands now: its base may have moved since, and others may share it. */
function wantOf({ wants }: PoolView, { who }: PoolAnswer): PoolWantView | undefined {
  return wants.find((want) => who !== null && (want.who === who || want.others.includes(who)))
}

function readyFor(view: PoolView, asked: PoolAnswer): number {
  return Math.min(wantOf(view, asked)?.ready ?? 0, asked.wanted)
}

function goingOn({ underWay, waiting, doing }: PoolView): string {
  const text = underWay === 0 ? waiting.join(' ') : [...new Set(doing)].join(', ')
  return text === '' ? '' : `: ${text}`
}

/** Nothing more comes: the disk is full, or the wish is gone (its run was begun, all of it was trimmed). */
function isOver(view: PoolView, asked: PoolAnswer): boolean {
  return (view.underWay === 0 && view.stuck) || wantOf(view, asked) === undefined
}

function failureOf({ code, message, hints }: PoolFailureView): QuintetError {
  return errorFromData({
    code,
    kind: 'environment',
    message,
    hints: [
      ...hints.map(({ text, command }) => ({ text, ...(command === undefined ? {} : { command }) })),
      { text: 'See what is ready.', command: 'quintet pool' },
    ],
  })
}
