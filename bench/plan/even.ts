// The suggestion held to the evenness of another way of dividing: whoever has larger pieces has more commits inside, so two
// ways are only compared fairly where their largest pieces may be the same. Pure.
import { byDirectory } from '../../src/plan/suggest/directory.ts'
import { Owners, type Division } from '../../src/plan/suggest/division.ts'
import { byFeature } from '../../src/plan/suggest/feature.ts'
import { byFiletype } from '../../src/plan/suggest/filetype.ts'
import type { Ground } from '../../src/plan/suggest/ground.ts'
import { byLayer } from '../../src/plan/suggest/layer.ts'
import { scoreOf, type Score } from '../../src/plan/suggest/score.ts'
import type { OwnerOf } from './replay.ts'

const DIVIDERS = [byDirectory, byLayer, byFeature, byFiletype]

interface Candidate {
  readonly division: Division
  readonly score: Score
}

/** Each cap is so much of the one before. */
const TIGHTER = 0.85
const ROUNDS = 8
/** What a piece may have more than the largest of the other way and still count as no larger. */
export const ABOUT = 0.01
const QUICK_STARTS = 6

/** Divides with ever tighter caps, until what really came made no piece larger than `largest`; the most even one where that
 *  is not to be had. `judge` tells of what came the share that the largest piece was given. */
export function dividedAsEvenly<T>(
  ground: Ground,
  { pieces, cap, largest }: { readonly pieces: number; readonly cap: number; readonly largest: number },
  judge: (ownerOf: OwnerOf) => { readonly largest: number; readonly value: T },
): T {
  let best: { readonly largest: number; readonly value: T } | null = null
  for (let round = 0; round < ROUNDS; round++) {
    const found = judge(dividedEvenly(ground, { pieces, cap: cap * TIGHTER ** round }))
    if (best === null || found.largest < best.largest) best = found
    if (best.largest <= largest + ABOUT) break
  }
  if (best === null) throw new Error('There is always a division.')
  return best.value
}

/** The cheapest division whose pieces keep to `cap`, a share of the expected work; the most even one where none does. */
export function dividedEvenly(
  ground: Ground,
  { pieces, cap }: { readonly pieces: number; readonly cap: number },
): OwnerOf {
  const candidates = DIVIDERS.flatMap((divider): Candidate[] => {
    const division = divider(ground, { parts: pieces, cap, starts: QUICK_STARTS })
    return division === null || division.pieces < pieces
      ? []
      : [{ division, score: scoreOf(ground, division) }]
  })
  const even = candidates.filter(({ score }) => largestOf(score) <= cap)
  const [best] =
    even.length > 0
      ? even.toSorted((a, b) => a.score.cost - b.score.cost)
      : candidates.toSorted((a, b) => largestOf(a.score) - largestOf(b.score))
  if (best === undefined) return () => null
  const owners = new Owners(best.division)
  return (path) => owners.ownerOf(path)
}

function largestOf({ shares }: Score): number {
  return Math.max(...shares)
}
