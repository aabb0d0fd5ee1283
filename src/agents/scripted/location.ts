// Where the scripted agent stands in this installation: beside this file, in the form this file has.
import { fileURLToPath } from 'node:url'

/** The words that start the scripted agent; `--script FILE` is to be added. */
export function scriptedProgram(): readonly string[] {
  const file = import.meta.url.endsWith('.ts') ? './main.ts' : './main.js'
  return [process.execPath, fileURLToPath(new URL(file, import.meta.url))]
}
