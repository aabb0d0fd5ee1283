// Git's output as text and back. Paths and messages are bytes to git and nearly always UTF-8; a byte that is not is kept
// as a lone surrogate (U+DC80 to U+DCFF), so that different names stay different and the way back gives the same bytes.
import { isUtf8 } from 'node:buffer'

const FIRST_BYTE = 0x80
const FIRST_SURROGATE = 0xdc80
const FIRST_HIGH = 0xd800
const FIRST_LOW = 0xdc00
/** The last character that is one unit of UTF-16. */
const LAST_UNIT = 0xffff
/** Lone ones alone: with `u` a pair is one character. */
const RAW = /[\udc80-\udcff]+/gu

/** Bytes as text; lossless. Output with files in it may be many megabytes of anything: nothing is made for each character. */
export function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const units = Buffer.allocUnsafe(bytes.length * 2)
  let to = 0
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    const code = length === 0 ? FIRST_SURROGATE + (bytes[at] ?? 0) - FIRST_BYTE : codeOf(bytes, at, length)
    if (code <= LAST_UNIT) to = units.writeUInt16LE(code, to)
    else {
      to = units.writeUInt16LE(FIRST_HIGH + ((code - LAST_UNIT - 1) >> 10), to)
      to = units.writeUInt16LE(FIRST_LOW + ((code - LAST_UNIT - 1) & 0x3ff), to)
    }
    at += Math.max(1, length)
  }
  return units.toString('utf16le', 0, to)
}

/** Text from `decode` as the bytes it came from. */
export function encode(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  // A lone surrogate counts as three bytes here, and becomes one.
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text, 'utf8'))
  let [from, to] = [0, 0]
  for (const { 0: raw, index } of text.matchAll(RAW)) {
    to += bytes.write(text.slice(from, index), to, 'utf8')
    for (let at = 0; at < raw.length; at++) bytes[to++] = raw.charCodeAt(at) - FIRST_SURROGATE + FIRST_BYTE
    from = index + raw.length
  }
  to += bytes.write(text.slice(from), to, 'utf8')
  return bytes.subarray(0, to)
}

/** Bytes of the valid UTF-8 character at this place; 0 where there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at]
  if (first === undefined) return 0
  if (first < FIRST_BYTE) return 1
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  for (let next = 1; next < length; next++) {
    const byte = bytes[at + next] ?? 0
    const [least, most] = next === 1 ? secondOf(first) : [0x80, 0xbf]
    if (byte < least || byte > most) return 0
  }
  return length
}

/** What may follow a first byte: no overlong form, no surrogate, nothing above the last character. */
function secondOf(first: number): readonly [least: number, most: number] {
  if (first === 0xe0) return [0xa0, 0xbf]
  if (first === 0xed) return [0x80, 0x9f]
  if (first === 0xf0) return [0x90, 0xbf]
  if (first === 0xf4) return [0x80, 0x8f]
  return [0x80, 0xbf]
}

/** The character of this many bytes that begins here. */
function codeOf(bytes: Buffer, at: number, length: number): number {
  const first = bytes[at] ?? 0
  let code = length === 1 ? first : first & (0x7f >> length)
  for (let next = 1; next < length; next++) code = (code << 6) | ((bytes[at + next] ?? 0) & 0x3f)
  return code
}
