// A small generator of repeatable numbers and words, so that every run of a benchmark sees the same sessions.
const WORDS =
  'cache token session worker parser reader writer buffer queue index graph node route query batch frame panel field value scope merge patch stream socket region layer event signal record entry'.split(
    ' ',
  )

export interface Random {
  /** From 0 on, below `below`. */
  int(below: number): number
  chance(share: number): boolean
  word(): string
}

/** Mulberry32. */
export function generator(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    int,
    chance: (share) => next() < share,
    word: () => `${WORDS[int(WORDS.length)] ?? ''}${WORDS[int(WORDS.length)] ?? ''}`,
  }
}
