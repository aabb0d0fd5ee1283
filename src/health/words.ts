// Comparing English sentences by their words, without a model: lower case, marks and filler words left out. Pure.

const FILLERS = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its ' +
    'just me my of on or our please she so some such than that the their them then there these they this those to too up ' +
    'us was we were what when which who will with would yes you your also again let lets now ok okay here only'
  ).split(' '),
)

/** The text in lower case, with one space for every run of what is neither letter, digit nor part of a path. */
export function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/[^\p{L}\p{N}_./@'-]+/gu, ' ')
    .replace(/(?<![\p{L}\p{N}_])['.-]+|['./-]+(?![\p{L}\p{N}_.])/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()
}

/** The words of a text that carry meaning, each once, in order of appearance. */
export function contentWords(text: string): ReadonlySet<string> {
  const words = plainText(text).split(' ')
  return new Set(words.filter((word) => word.length > 1 && !FILLERS.has(word)))
}

/** Share of common words among all words of both texts, 0 to 1; 0 when either has none. */
export function wordOverlap(left: string, right: string): number {
  const a = contentWords(left)
  const b = contentWords(right)
  if (a.size === 0 || b.size === 0) return 0
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return common / (a.size + b.size - common)
}

/** A text that is searched for several others; made ready once. */
export interface Haystack {
  readonly plain: string
  readonly words: ReadonlySet<string>
}

/** Prepares a text to be searched. */
export function haystack(text: string): Haystack {
  const plain = plainText(text)
  return { plain: ` ${plain} `, words: new Set(plain.split(' ')) }
}

/** Share of the needle's meaningful words that the text holds, 0 to 1; 1 when the needle stands in it as it is. */
export function coverage(needle: string, hay: Haystack): number {
  const plain = plainText(needle)
  if (plain !== '' && hay.plain.includes(` ${plain} `)) return 1
  const words = contentWords(needle)
  if (words.size === 0) return 0
  let found = 0
  for (const word of words) if (hay.words.has(word)) found++
  return found / words.size
}

/** The text on one line of at most `limit` characters; what was cut is marked by `…`. */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= limit ? line : `${line.slice(0, Math.max(0, limit - 1)).trimEnd()}…`
}
