// The sandbox runtime of Anthropic (`@anthropic-ai/sandbox-runtime`), where its command is installed. It is no dependency:
// on a Mac it makes the boxes that bubblewrap makes on Linux.
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import type { Environment } from '../environment.ts'
import { programFile } from '../spawn.ts'

export interface SrtInstallation {
  /** The module that is imported. */
  readonly library: string
  readonly version: string
}

/** The command that installs it. */
export const SRT_INSTALL = 'npm install --global @anthropic-ai/sandbox-runtime'

const PROGRAM = 'srt'
const NAME = '@anthropic-ai/sandbox-runtime'
const Manifest = v.object({ name: v.literal(NAME), version: v.string() })
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']

/** The installation that `srt` on the PATH belongs to; null when there is none. */
export async function locateSrt(env?: Environment): Promise<SrtInstallation | null> {
  const program = await programFile(PROGRAM, { cwd: '/', env })
  if (program === null) return null
  const library = join(dirname(await realpath(program)), 'index.js')
  const text = await ignoring(ABSENT, readFile(join(dirname(library), '../package.json'), 'utf8'))
  const found = await ignoring(ABSENT, stat(library))
  if (text === undefined || found?.isFile() !== true) return null
  const manifest = v.safeParse(v.pipe(v.string(), v.parseJson(), Manifest), text)
  return manifest.success ? { library, version: manifest.output.version } : null
}
