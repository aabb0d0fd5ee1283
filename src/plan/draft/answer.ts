// The plan in what a planner has said. Pure.

/** The text of a plan file, or why there is none, in one sentence. */
export type Answer = { readonly text: string } | { readonly failed: string }

/** Longer ones are no plans. */
const LONGEST = 256 * 1024
const BLOCK = /^[ \t]*```[ \t]*toml[^\n]*\n(?<text>[\s\S]*?)^[ \t]*```[ \t]*$/gimu
const ANY_BLOCK = /^[ \t]*```[^\n]*\n(?<text>[\s\S]*?)^[ \t]*```[ \t]*$/gimu

/** Takes the last block of TOML, else the last block that looks like a plan, else all of it where that does. */
export function planIn(said: string): Answer {
  const text = said.replaceAll('\r\n', '\n')
  if (text.trim() === '') return { failed: 'The planner has said nothing.' }
  const blocks = textsOf(text, BLOCK)
  const found =
    blocks.at(-1) ?? textsOf(text, ANY_BLOCK).findLast(looksLikePlan) ?? (looksLikePlan(text) ? text : null)
  if (found === null) return { failed: 'There is no plan in what the planner has said.' }
  if (found.length > LONGEST) return { failed: 'What the planner has said is too long for a plan.' }
  return { text: `${found.trim()}\n` }
}

function textsOf(text: string, blocks: RegExp): readonly string[] {
  return [...text.matchAll(blocks)].map(({ groups }) => groups?.['text'] ?? '')
}

function looksLikePlan(text: string): boolean {
  return /^\s*goal\s*=/mu.test(text) && /^\s*(?:\[\[\s*pieces\s*\]\]|pieces\s*=)/mu.test(text)
}
