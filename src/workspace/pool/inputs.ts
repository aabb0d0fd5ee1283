// What a slot was made from beside its base and the environment files: the programs that install and the set-up command. As
// long as these hashes are equal, making the slot anew would make the same.
import { createHash } from 'node:crypto'
import type { Environment } from '../../process/environment.ts'
import { programIdentity } from '../dependencies/survey.ts'

/** Programs by which dependencies are made. */
const PROGRAMS = ['npm', 'pnpm', 'yarn', 'bun', 'uv', 'node'] as const

/** Which versions of the package managers are in use. */
export async function programsHash(context: {
  readonly cwd: string
  readonly env: Environment
}): Promise<string> {
  const found = await Promise.all(PROGRAMS.map((name) => programIdentity(name, context)))
  return hashOf(found)
}

/** Of a set-up command; null when there is none. */
export const setupHash = (command: readonly string[] | undefined): string | null =>
  command === undefined ? null : hashOf(command)

const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')
