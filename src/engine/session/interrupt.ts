// The operator's word reaches a session wherever it is: long effects listen for it and give way.
import { QuintetError } from '../../contract/errors.ts'
import type { EffectContext } from '../port.ts'
import { OPERATOR } from './signals.ts'

/** Runs `work` under a signal that aborts when the operator speaks, or has spoken already; answers null then. Other
 *  aborts (shutdown, a lost claim) are thrown as they are. The word itself is not taken. */
export async function unlessOperator<T>(
  effect: EffectContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const word = new AbortController()
  const over = new AbortController()
  effect.watchSignals((message) => {
    if (message.name === OPERATOR)
      word.abort(new QuintetError('E_INTERRUPTED', 'internal', 'The operator stepped in.'))
  }, over.signal)
  try {
    if (word.signal.aborted) return null
    const result = await work(AbortSignal.any([effect.signal, word.signal]))
    effect.signal.throwIfAborted()
    return word.signal.aborted ? null : result
  } catch (error) {
    if (word.signal.aborted && !effect.signal.aborted) return null
    throw error
  } finally {
    over.abort()
  }
}
