// Where the program of the hooks stands in this installation: beside this file, in the form this file has.
import { fileURLToPath } from 'node:url'

/** Node and the program that hooks call; a mode and the file of a record are to be added. */
export function guardProgram(): readonly [node: string, program: string] {
  const file = import.meta.url.endsWith('.ts') ? './main.ts' : './main.js'
  return [process.execPath, fileURLToPath(new URL(file, import.meta.url))]
}
