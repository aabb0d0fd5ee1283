// A short, stable name for a text: the same on every machine and in every version, and not meant to keep a secret. Pure.

/** 13 hexadecimal digits that follow from the text alone (cyrb53: two mixed 32-bit hashes). */
export function fingerprint(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (high >>> 11).toString(16).padStart(6, '0').slice(-5) + (low >>> 0).toString(16).padStart(8, '0')
}

/** The values in an order that follows from the seed and each value alone: deterministic, yet not alphabetical. */
export function shuffled(values: readonly string[], seed: string): readonly string[] {
  return values
    .map((value) => ({ value, key: fingerprint(`${seed}\n${value}`) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ value }) => value)
}
