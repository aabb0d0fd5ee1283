// What `--budget` on the command line means. Pure.
import type { SpendKind, SpendRaise } from '../contract/spend.ts'
import { usageError } from './failure.ts'

const PART = /^\+?(?<amount>\d+(?:\.\d+)?)(?<unit>[a-z]*)$/i

const TOKENS: Readonly<Record<string, number>> = { '': 1, tokens: 1, k: 1_000, m: 1_000_000 }
const OTHERS: Readonly<Record<string, { readonly kind: SpendKind; readonly times: number }>> = {
  usd: { kind: 'cost', times: 1 },
  turn: { kind: 'turns', times: 1 },
  turns: { kind: 'turns', times: 1 },
  min: { kind: 'minutes', times: 1 },
  h: { kind: 'minutes', times: 60 },
}

/** By how much what may be spent is raised: `+200k`, `+2M`, `+5usd`, `+3turns`, `+30min`, several with commas. Throws
 *  `E_USAGE`. */
export function budgetRaise(text: string): SpendRaise {
  const raise: Partial<Record<SpendKind, number>> = {}
  for (const part of text.split(',')) {
    const { kind, more } = parsePart(part.trim(), text)
    raise[kind] = (raise[kind] ?? 0) + more
  }
  return raise
}

function parsePart(part: string, text: string): { readonly kind: SpendKind; readonly more: number } {
  const { amount = '', unit = '' } = PART.exec(part)?.groups ?? {}
  const name = unit.toLowerCase()
  const tokens = TOKENS[name]
  const { kind, times } =
    tokens === undefined ? (OTHERS[name] ?? {}) : { kind: 'tokens' as const, times: tokens }
  const more = Number(amount) * (times ?? 0)
  const whole = kind === 'cost' || kind === 'minutes' || Number.isInteger(more)
  if (kind !== undefined && more > 0 && whole) return { kind, more }
  throw usageError(
    `"${text}" is no budget: it takes +200k or +2M tokens, +5usd, +3turns, +30min, and several of them with commas.`,
    [{ text: 'See examples.', command: 'quintet session retry --help' }],
  )
}
