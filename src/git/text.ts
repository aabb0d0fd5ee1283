// Git's output as text and back. Paths and messages are bytes to git and nearly always UTF-8; a byte that is not is kept
// as a lone surrogate (U+DC80 to U+DCFF), so that different names stay different and the way back gives the same bytes.
import { isUtf8 } from 'node:buffer'

const FIRST_BYTE = 0x80
const FIRST_SURROGATE = 0xdc80
const LAST_SURROGATE = 0xdcff
const LONGEST_CHARACTER = 4

/** Bytes as text; lossless. */
export function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const parts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const end = validUntil(bytes, at)
    if (end > at) parts.push(bytes.toString('utf8', at, end))
    else parts.push(String.fromCharCode(FIRST_SURROGATE + (bytes[at] ?? 0) - FIRST_BYTE))
    at = Math.max(end, at + 1)
  }
  return parts.join('')
}

/** Text from `decode` as the bytes it came from. */
export function encode(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const raw = code >= FIRST_SURROGATE && code <= LAST_SURROGATE
    parts.push(raw ? Buffer.from([code - FIRST_SURROGATE + FIRST_BYTE]) : Buffer.from(character, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** End of the run of valid characters that begins at `from`. */
function validUntil(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const end = characterEnd(bytes, at)
    if (end === at) return at
    at = end
  }
}

function characterEnd(bytes: Buffer, at: number): number {
  for (let length = 1; length <= LONGEST_CHARACTER && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return at + length
  }
  return at
}
