/** A small seeded generator (mulberry32), so that a failing case can be played again. */
export interface Random {
  /** An integer from 0 to below `limit`. */
  below(limit: number): number
  pick<T>(from: readonly T[]): T
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return {
    below,
    pick: (from) => {
      const found = from[below(from.length)]
      if (found === undefined) throw new Error('Nothing to pick from.')
      return found
    },
  }
}

const PIECES = [
  'a', 'b', 'ab', 'src', '.', '..a', 'é', '*', '**', '***', '?', '/', '/', '/', '[ab]', '[!a]', '[^b]', '[a-c]', '[]a]', '[a', '[[:alpha:]]',
  '[[:nope:]]', '[[:a]', '[z-a]', '[\\]]', '[a\\-c]', '[a-]', '[é]', '\\*', '\\a', '\\/', '\\', 'A', ' ', '#', '!', '-', '*/', '**/', '/**', '*.ts', '{a,b}',
] // prettier-ignore

/** A gitignore line made of pieces that are known to be hard. */
export function randomPattern(random: Random): string {
  const length = 1 + random.below(5)
  let text = Array.from({ length }, () => random.pick(PIECES)).join('')
  if (random.below(3) === 0) text = `/${text}`
  if (random.below(3) === 0) text = `${text}/`
  if (random.below(4) === 0) text = `!${text}`
  return text
}

const NAMES = [
  'a',
  'b',
  'c',
  'ab',
  'src',
  'aab',
  'a.ts',
  'é',
  'A',
  '*',
  'x',
  ' a',
  'a ',
  '!a',
  '#a',
  '-',
  ']',
  '[a',
  'srca',
  '..a',
  '\\a',
  '{a,b}',
]

/** A relative path of one to four segments. */
export function randomPath(random: Random): string {
  return Array.from({ length: 1 + random.below(4) }, () => random.pick(NAMES)).join('/')
}
