// Words as they are typed on a command line, for the commands that are offered. Pure.

/** A word for a POSIX shell, as it may be pasted. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Words of a POSIX shell that come out as these. */
export function typedWords(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}
