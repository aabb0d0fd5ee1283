import { expect, test } from 'vitest'
import { decode, encode } from '../../src/git/text.ts'

test.for([
  ['plain', Buffer.from('plain')],
  ['umlauts and others', Buffer.from('äöü → 🎻')],
  ['latin-1', Buffer.from([0x61, 0xe4, 0x62])],
  ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['cut character', Buffer.from('🎻').subarray(0, 3)],
  ['surrogate in UTF-8', Buffer.from([0xed, 0xb2, 0x80])],
  ['empty', Buffer.alloc(0)],
] as const)('%s comes back byte for byte', ([, bytes]) => {
  expect(encode(decode(Buffer.from(bytes))).equals(bytes)).toBe(true)
})

test('text stays text, different bytes stay different', () => {
  expect(decode(Buffer.from('ä🎻'))).toBe('ä🎻')
  expect(decode(Buffer.from([0xff]))).not.toBe(decode(Buffer.from([0xfe])))
  expect(decode(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\uDCFFb')
})
