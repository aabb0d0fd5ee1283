// How an attempt and a legitimate action are judged. Pure.
import type { Outcome } from './arena.ts'
import type { Attempt } from './attempts.ts'
import type { Legitimate } from './legitimate.ts'

/** `at once`: refused while it was tried, or without any effect. `at the gate`: done, and the branch cannot land.
 *  `leaked`: neither, or something outside is different. */
export type Verdict = 'at once' | 'at the gate' | 'leaked'

/** What the runner is told of each test. */
export type Judged =
  | {
      readonly kind: 'escape'
      readonly group: string
      readonly name: string
      readonly layer: Attempt['layer']
      readonly verdict: Verdict
    }
  | {
      readonly kind: 'legitimate'
      readonly group: string
      readonly name: string
      readonly worked: boolean
    }

const NO_PROGRAM = [126, 127]

/** Why an attempt says nothing: the machine lacks what it takes; null: it was really tried. */
export function untried({ exitCode, output }: Outcome): string | null {
  return exitCode === null || NO_PROGRAM.includes(exitCode) ? `It could not be tried: ${output}` : null
}

/** The verdict on an attempt. A trap that was set and caught nobody has had no effect. */
export function verdictOn(
  { layer, checks = false }: Pick<Attempt, 'layer' | 'checks'>,
  outcome: Outcome,
): Verdict {
  if (outcome.outside.length > 0) return 'leaked'
  if (outcome.exitCode !== 0) return 'at once'
  if (layer === 'private') return 'at once'
  if (layer === 'readers') return outcome.green === true && checks ? 'leaked' : 'at once'
  return outcome.gate.length > 0 ? 'at the gate' : 'leaked'
}

/** Which verdict a layer must come to. */
export function expectedOf(layer: Attempt['layer']): Verdict {
  return layer === 'gate' ? 'at the gate' : 'at once'
}

/** Whether git's hooks were what refused. */
export function refusedByHooks({ exitCode, output }: Outcome): boolean {
  return exitCode !== 0 && output.includes('quintet: ')
}

/** Whether an action worked and left nothing outside; `clean`: and the branch passes the gate. */
export function hasWorked({ clean = false }: Pick<Legitimate, 'clean'>, outcome: Outcome): boolean {
  return (
    outcome.exitCode === 0 &&
    outcome.outside.length === 0 &&
    (!clean || (outcome.gate.length === 0 && outcome.green !== false))
  )
}
