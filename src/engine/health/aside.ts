// A question to a copy of a session's conversation, by whichever way there is: a fork over the protocol where its agent is
// alive and can fork, else its headless program. What the copy uses is spent by the session.
import type { Services } from '../services.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { countAside } from '../spend/aside.ts'
import { TurnMeter } from '../spend/meter.ts'
import { askFork, type Asked } from './fork.ts'
import { askOnce } from './once.ts'

export type AsidePlace = Pick<TurnInput, 'session' | 'workspace' | 'attempt'> & {
  /** The session's conversation; null when it is not alive in this process. */
  readonly live: Live | null
}

/** What a copy answers. Never throws for what an agent can do wrong. */
export async function askAside(
  services: Services,
  place: AsidePlace,
  prompt: string,
  signal: AbortSignal,
): Promise<Asked> {
  const { live, session, attempt } = place
  if (live?.conversation.fork === undefined) return await askOnce(services, place, prompt, signal)
  // The cost of a fork is told from nothing on.
  const meter = new TurnMeter(null)
  try {
    return await askFork(live, prompt, { signal, meter })
  } finally {
    countAside(services, { ...meter.metered, stream: session.stream, attempt, by: 'a fork' })
  }
}
