// What the operator says of work that is done elsewhere: that it is complete.
import { QuintetError } from '../../../contract/errors.ts'
import type { SessionName } from '../../names.ts'
import type { Services } from '../../services.ts'
import { sessionSpec, type SessionSpec } from '../spec.ts'
import { externalBranch, isExternal, lastTaken } from './delivery.ts'
import { DONE } from './signals.ts'

interface Declared {
  readonly reason: string
  /** A commit is there that the session may not have taken yet. */
  readonly arrived: boolean
}

/** Says that the work of an external session is complete; it is judged then. Throws `E_NOT_EXTERNAL`,
 *  `E_SESSION_ENDED`, `E_NOTHING_ARRIVED`. */
export function declareDone(
  services: Services,
  name: SessionName,
  { reason, arrived }: Declared,
): { told: string } {
  const session = requireExternal(services, name)
  const { label, stream } = session
  if (!arrived && lastTaken(services.store, stream) === null) {
    throw new QuintetError(
      'E_NOTHING_ARRIVED',
      'precondition',
      `No commit has arrived on ${externalBranch(session)} yet.`,
      { hints: [{ text: 'Look at the branch now.', command: `quintet session check ${label}` }] },
    )
  }
  services.engine().signal(stream, { name: DONE, data: { reason } })
  return { told: label }
}

/** A session that is worked on elsewhere and has not ended. Throws `E_NOT_EXTERNAL`, `E_SESSION_ENDED`. */
export function requireExternal(services: Services, name: SessionName): SessionSpec {
  const session = sessionSpec(services, name)
  const { label, stream } = session
  if (!isExternal(session.piece)) {
    throw new QuintetError(
      'E_NOT_EXTERNAL',
      'precondition',
      `The session ${label} is not external: an agent ends its own turns.`,
      { hints: [{ text: 'Tell it something.', command: `quintet session retry ${label} "<what to do>"` }] },
    )
  }
  const status = services.store.claims.claim(stream)?.status
  if (status !== 'done' && status !== 'failed' && status !== 'cancelled') return session
  throw new QuintetError('E_SESSION_ENDED', 'precondition', `The session ${label} has ended.`, {
    hints: [{ text: 'See how it ended.', command: `quintet session show ${label}` }],
  })
}
