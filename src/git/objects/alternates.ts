// How git reads a folder in a list of alternate object stores, in a file or in a variable: an entry that begins with a
// quotation mark is quoted as in C. Pure.

/** The folder as an entry: quoted where it holds what would end an entry, or begin a quotation. */
export function alternateEntry(folder: string): string {
  return /[\n:;"]/.test(folder) ? quotedFolder(folder) : folder
}

function quotedFolder(folder: string): string {
  return `"${folder.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`
}
