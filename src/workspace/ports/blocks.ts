// Blocks of ports and the order in which a session tries them. Pure.
//
// 1,000 blocks of 10 from 20000 on: below the ephemeral ranges of Linux and macOS, above the last port that browsers
// refuse. The order depends on the repository and the piece alone, so that a piece gets the same ports in every run.
import type { PortBlock } from '../../contract/session.ts'

const FIRST_PORT = 20_000
const BLOCK_SIZE = 10
export const BLOCK_COUNT = 1000
/** Numbers below 10 that share no factor with BLOCK_COUNT; plus any multiple of 10 they still share none. */
const COPRIME_ENDINGS = [1, 3, 7, 9] as const

/** Every block once, beginning at one that `digest` (at least 9 bytes of a hash) decides. */
export function* blockSequence(digest: Uint8Array): Generator<number> {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  const first = view.getUint32(0) % BLOCK_COUNT
  const ending = COPRIME_ENDINGS[view.getUint8(8) % COPRIME_ENDINGS.length] ?? 1
  const step = 10 * (view.getUint32(4) % (BLOCK_COUNT / 10)) + ending
  for (let n = 0; n < BLOCK_COUNT; n++) yield (first + n * step) % BLOCK_COUNT
}

/** The ports of a block. */
export function portsOf(block: number): PortBlock {
  return { first: FIRST_PORT + block * BLOCK_SIZE, count: BLOCK_SIZE }
}

/** The ports of the block that begins at this one. */
export function portsFrom(first: number): PortBlock {
  return { first, count: BLOCK_SIZE }
}

/** The block that begins at this port. */
export function blockAt(first: number): number {
  return Math.floor((first - FIRST_PORT) / BLOCK_SIZE)
}

/** The block a lease file's name stands for; null for other files. */
export function parseBlock(name: string): number | null {
  if (!/^\d{1,3}$/.test(name)) return null
  return Number(name)
}
