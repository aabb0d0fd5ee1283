// Which pairs of pieces were said to meet, and which did: the same question to every way of dividing, answered from what was
// changed together before. Pure.
import type { Ground } from '../../src/plan/suggest/ground.ts'
import type { OwnerOf, Replayed } from './replay.ts'

export interface PairVerdict {
  readonly predicted: number
  readonly real: number
  readonly both: number
  /** How often a pair that met more was also said to; 0.5 is chance. null: nothing to order. */
  readonly order: number | null
}

/** A pair is said to meet when it has this share of what was changed together; it really met when it did in a third of the windows. */
const SAID = 0.02
const OFTEN = 1 / 3

/** What was said of the pairs of a division, against what a replay has shown. */
export function pairVerdict(
  ground: Ground,
  ownerOf: OwnerOf,
  { replayed: { met, windows }, pieces }: { readonly replayed: Replayed; readonly pieces: number },
): PairVerdict {
  const shares = sharesOf(ground, ownerOf, pieces)
  const all: { share: number; met: number }[] = []
  for (let a = 0; a < pieces; a++) {
    for (let b = a + 1; b < pieces; b++)
      all.push({ share: shares[a * pieces + b] ?? 0, met: met[a * pieces + b] ?? 0 })
  }
  const said = all.filter(({ share }) => share >= SAID)
  const real = all.filter((pair) => pair.met >= windows * OFTEN && pair.met > 0)
  return {
    predicted: said.length,
    real: real.length,
    both: said.filter((pair) => real.includes(pair)).length,
    order: orderOf(all),
  }
}

/** Of what was changed together the share across each pair, at `a * pieces + b` with a < b. */
function sharesOf({ together, paths }: Ground, ownerOf: OwnerOf, pieces: number): Float64Array {
  const owner = Int32Array.from(paths, (path) => ownerOf(path) ?? -1)
  const all = together.reduce((sum, { weight }) => sum + weight, 0)
  const found = new Float64Array(pieces * pieces)
  for (const { a, b, weight } of together) {
    const [left = -1, right = -1] = [owner[a], owner[b]]
    if (left === right || left < 0 || right < 0) continue
    const key = Math.min(left, right) * pieces + Math.max(left, right)
    found[key] = (found[key] ?? 0) + weight / all
  }
  return found
}

/** Of all two pairs of which one met more often, the share in which it was also said to share more. */
function orderOf(all: readonly { readonly share: number; readonly met: number }[]): number | null {
  let [right, count] = [0, 0]
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (one.met === other.met) continue
      count += 1
      const sign = (one.met - other.met) * (one.share - other.share)
      right += sign > 0 ? 1 : sign === 0 ? 0.5 : 0
    }
  }
  return count === 0 ? null : right / count
}

export interface PairFigures {
  /** Of the pairs that were said to meet, the share that did; null: none was. */
  readonly precision: number | null
  /** Of the pairs that met, the share that was said to; null: none did. */
  readonly recall: number | null
  /** The mean of `order`; null: there was nothing to order. */
  readonly order: number | null
}

/** Verdicts as figures, all pairs together. */
export function pairFigures(verdicts: readonly PairVerdict[]): PairFigures {
  const sum = (of: (verdict: PairVerdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0)
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
  const orders = verdicts.flatMap(({ order }) => order ?? [])
  const both = sum((verdict) => verdict.both)
  return {
    precision: share(
      both,
      sum(({ predicted }) => predicted),
    ),
    recall: share(
      both,
      sum(({ real }) => real),
    ),
    order: share(
      orders.reduce((total, one) => total + one, 0),
      orders.length,
    ),
  }
}
