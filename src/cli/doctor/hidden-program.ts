// Programs of agents that a box does not show.
import { realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute } from 'node:path'
import { boxAvailable } from '../../process/box.ts'
import { hiddenBy } from '../../workspace/box/places.ts'

/** The real path of a program, and the folder by which boxes hide it; null: it is seen, or there are no boxes here. What is
 *  on the PATH is seen; what it leads to need not be. */
export async function hiddenProgram(
  file: string,
  root: string,
): Promise<{ readonly file: string; readonly folder: string } | null> {
  const support = await boxAvailable()
  if (!support.available || support.library !== undefined) return null
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  const real = await realpath(file)
  const folder = hiddenBy(real, [root, homedir(), ...folders])
  return folder === null ? null : { file: real, folder }
}
