// Most of what is tried fails, each time in another way. Weak: it can be a hard place as well as a lost agent.
import type { Rule, Seen } from './rule.ts'
import { push, seen } from './rule.ts'

/** Batches looked at. */
const BATCHES = 8
/** In healthy sessions one call in 25 fails; three of four is another world. */
const FAILING = 6

interface Batch {
  readonly batch: number
  failed: (Seen & { readonly family: string }) | null
}

/** Six of the last eight batches failed without any gain, in more than one thing. */
export function failDensity(): Rule {
  const recent: Batch[] = []
  return {
    name: 'failDensity',
    family: 'density',
    symptom: 'repetitive errors',
    action(action, _step, slack) {
      if (action.state === 'infrastructure' || action.state === 'refused' || action.poll) return null
      // To miss while searching is how one finds one's way.
      const failed =
        action.state === 'failed' && !(action.looks && action.absent)
          ? { ...seen(action), family: action.family }
          : null
      const last = recent.at(-1)
      if (last?.batch === action.batch) last.failed ??= failed
      else push(recent, { batch: action.batch, failed }, BATCHES)
      const failures = recent.flatMap(({ failed: entry }) => (entry === null ? [] : [entry]))
      if (failures.length < FAILING - slack || failed === null) return null
      // One program that fails in ever new ways is being tried out.
      if (new Set(failures.map(({ family }) => family)).size < 2) return null
      return {
        signature: null,
        actions: failures,
        text: `${failures.length} of the last ${recent.length} steps failed`,
        strength: 'weak',
      }
    },
    reset() {
      recent.length = 0
    },
    size: () => recent.length,
  }
}
