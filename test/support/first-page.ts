// What the first page says of the product: each claim stands in the test that shows it to be true of the built command
// line, so that neither can change without the other.
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'

const PAGE = new URL('../../README.md', import.meta.url)

/** Fails when the page does not say this any more. */
export async function expectSaid(words: string): Promise<void> {
  expect((await readFile(PAGE, 'utf8')).replaceAll(/\s+/g, ' ')).toContain(words)
}
