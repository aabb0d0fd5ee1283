// What is in folders, with names as git's lists have them: see text.ts.
import { readdir } from 'node:fs/promises'
import { decode, encode } from './text.ts'

export interface Entry {
  readonly name: string
  /** Not for a link to one. */
  readonly isFolder: boolean
}

/** What is directly in a folder. Fails like `readdir`. */
export async function entriesIn(folder: string): Promise<Entry[]> {
  const entries = await readdir(encode(folder), { withFileTypes: true, encoding: 'buffer' })
  return entries.map((entry) => ({ name: decode(entry.name), isFolder: entry.isDirectory() }))
}
