// Words as they are typed on a command line, for the commands that are offered. Pure.
const PLAIN = /^[\w@%+=:,./[\]-]+$/

/** Words of a POSIX shell that come out as these. */
export function typedWords(words: readonly string[]): string {
  return words.map(typed).join(' ')
}

function typed(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
