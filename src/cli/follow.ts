// The stream of a run, whatever happens to the daemon: when it dies it is looked for (and started) again, and the stream
// goes on after the last fact that was seen. One that was told to end is not started again.
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamMessage } from '../contract/api.ts'
import { QuintetError } from '../contract/errors.ts'
import type { DaemonClient } from '../daemon/client.ts'
import { connectDaemon } from '../daemon/connect.ts'
import type { LoggedEvent } from '../daemon/projection/fold.ts'
import { readLog } from '../daemon/projection/read.ts'
import type { Repository } from '../git/repository.ts'

export interface FollowOptions {
  readonly repo: Repository
  readonly run: string
  /** Sequence number of the last fact already seen. */
  readonly after: number
  /** Start a daemon when none runs; otherwise the database alone is followed until one does. */
  readonly start: boolean
  readonly signal: AbortSignal
  /** Told when the daemon went away. */
  readonly notice: (text: string) => void
}

const POLL_MS = 400
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
/** Reconnections in a row without a single new fact. */
const FRUITLESS = 12

/** Facts after `after` and live activity, until the signal aborts (it then ends without error). With `start` the last
 *  message is `ending` when the daemon was told to end. */
export async function* follow(options: FollowOptions): AsyncGenerator<StreamMessage> {
  const { signal } = options
  let after = options.after
  let fruitless = 0
  while (!signal.aborted) {
    const client = await unlessAborted(connectDaemon(options.repo, { start: options.start, signal }), signal)
    let told = false
    for await (const message of client === null ? stored(options, after) : live(client, options, after)) {
      if (message.kind === 'fact') after = message.seq
      fruitless = 0
      told = message.kind === 'ending'
      if (!told || options.start) yield message
    }
    if (signal.aborted || (told && options.start)) return
    if (client !== null) {
      fruitless += 1
      if (fruitless > FRUITLESS) throw daemonGone()
      options.notice(goneNotice(options, told))
    }
    const pause = client === null ? POLL_MS : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** fruitless)
    await unlessAborted(delay(pause, undefined, { signal }), signal)
  }
}

function goneNotice({ start }: FollowOptions, told: boolean): string {
  if (told) return 'The daemon was stopped.'
  return start ? 'The daemon went away; going on with a new one.' : 'The daemon went away.'
}

function live(
  client: DaemonClient,
  { run, signal }: FollowOptions,
  after: number,
): AsyncIterable<StreamMessage> {
  return client.events(run, after, signal)
}

async function* stored({ repo, run }: FollowOptions, after: number): AsyncGenerator<StreamMessage> {
  for (const entry of readLog(repo, { run, after })) yield factMessage(entry)
}

/** A stored fact as the stream carries it. */
export function factMessage({ seq, stream, type, at, data }: LoggedEvent): StreamMessage {
  return { kind: 'fact', seq, stream, type, at, data }
}

/** An abort ends the waiting; it is not an error of the follower. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

function daemonGone(): QuintetError {
  return new QuintetError(
    'E_DAEMON_GONE',
    'environment',
    'The daemon ends again and again right after its start.',
    {
      hints: [{ text: 'See what is wrong.', command: 'quintet doctor' }],
    },
  )
}
