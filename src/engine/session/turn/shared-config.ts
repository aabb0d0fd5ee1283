// Changes of the repository's own configuration during a turn without a box: told, never taken back, because what the
// operator or a tool of theirs writes meanwhile looks the same.
import { errorData } from '../../../contract/errors.ts'
import { changedSettings, sharedSettings } from '../../../workspace/guard/shared-settings.ts'
import { isControl } from '../../breakdown.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import type { Services } from '../../services.ts'
import type { SessionSpec } from '../spec.ts'

const SHOWN = 20

/** Notes what changes in the configuration until the result is disposed. */
export async function followConfiguration(
  services: Pick<Services, 'repo' | 'announce'>,
  effect: EffectContext,
  { session, turn }: { readonly session: Pick<SessionSpec, 'label'>; readonly turn: number },
): Promise<AsyncDisposable> {
  const before = await sharedSettings(services.repo)
  const compare = async (): Promise<void> => {
    const keys = changedSettings(before, await sharedSettings(services.repo)).slice(0, SHOWN)
    if (keys.length === 0 || effect.signal.aborted) return
    record(effect, 'configuration.changed', String(turn), { turn, keys })
    services.announce(session.label, `the configuration of the repository has changed: ${keys.join(', ')}`)
  }
  return {
    [Symbol.asyncDispose]: async () => {
      try {
        if (!effect.signal.aborted) await compare()
      } catch (error) {
        if (isControl(error)) return
        services.announce(session.label, `the configuration cannot be compared: ${errorData(error).message}`)
      }
    },
  }
}
