import { fileURLToPath } from 'node:url'

/** Node and the program of the status line; a folder is to be added. */
export function statusLineProgram(): readonly [node: string, program: string] {
  const file = import.meta.url.endsWith('.ts') ? './main.ts' : './main.js'
  return [process.execPath, fileURLToPath(new URL(file, import.meta.url))]
}
