import { expect, test } from 'vitest'
import { decode, encode } from '../../src/git/text.ts'

test.for([
  ['plain', Buffer.from('plain')],
  ['umlauts and others', Buffer.from('äöü → 🎻')],
  ['latin-1', Buffer.from([0x61, 0xe4, 0x62])],
  ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['cut character', Buffer.from('🎻').subarray(0, 3)],
  ['surrogate in UTF-8', Buffer.from([0xed, 0xb2, 0x80])],
  [
    'overlong and too large',
    Buffer.from([0xc0, 0x80, 0xe0, 0x80, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xf0, 0x80, 0x80, 0x80]),
  ],
  ['among others', Buffer.concat([Buffer.from('ä🎻'), Buffer.from([0xff]), Buffer.from('🎻\u{10ffff}é￿')])],
  ['empty', Buffer.alloc(0)],
] as const)('%s comes back byte for byte', ([, bytes]) => {
  expect(encode(decode(Buffer.from(bytes))).equals(bytes)).toBe(true)
})

test('text stays text, different bytes stay different', () => {
  expect(decode(Buffer.from('ä🎻'))).toBe('ä🎻')
  expect(decode(Buffer.from([0xff]))).not.toBe(decode(Buffer.from([0xfe])))
  expect(decode(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\uDCFFb')
})

test('megabytes that are no text cost no object for each byte', () => {
  const bytes = Buffer.from(Array.from({ length: 4_000_000 }, (_, index) => (index * 2_654_435_761) >>> 21))
  const before = process.memoryUsage()
  const text = decode(bytes)
  const back = encode(text)
  const after = process.memoryUsage()
  expect(back.equals(bytes)).toBe(true)
  expect(after.heapUsed - before.heapUsed).toBeLessThan(40_000_000)
})
