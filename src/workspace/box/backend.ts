// A box that is made with the sandbox runtime needs its settings as a file, and is told by variables what cannot be
// mounted at another place. With bubblewrap a box is what its mounts are.
import { join } from 'node:path'
import { boxAvailable, type Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { writeSrtSettings } from '../../process/srt/box.ts'
import { HIDDEN } from './places.ts'

export interface Relocation {
  /** Folder that nobody in the box can write; the settings are kept in it. */
  readonly folder: string
  /** Name of the file, without an ending. */
  readonly name: string
  /** Folder for temporary files. */
  readonly temporary: string
  /** Further variables that say where things are. */
  readonly env?: Environment
  /** Sockets by which programs outside can be told to act. */
  readonly doors: readonly string[]
}

/** The box as this machine makes it, and what of it that cannot hold, one sentence each. */
export async function onThisMachine(
  box: Box,
  at: Relocation,
): Promise<{ readonly box: Box; readonly gaps: readonly string[] }> {
  const support = await boxAvailable()
  if (!support.available || support.library === undefined) return { box, gaps: [] }
  return await withRuntime(box, support.library, at)
}

/** The box as the sandbox runtime makes it. */
async function withRuntime(
  box: Box,
  library: string,
  { folder, name, temporary, env, doors }: Relocation,
): Promise<{ readonly box: Box; readonly gaps: readonly string[] }> {
  const made: Box = {
    // The system's own sockets are in these folders, those for names among them.
    mounts: box.mounts.filter(({ kind, path }) => kind !== 'empty' || !HIDDEN.includes(path)),
    network: box.network,
    relocated: { TMPDIR: temporary, XDG_RUNTIME_DIR: join(temporary, '.runtime'), ...env },
  }
  const settings = join(folder, `${name}.json`)
  const givenUp = await writeSrtSettings(made, settings)
  const reachable = box.network === 'none' ? [] : doors
  return {
    box: { ...made, srt: { library, settings } },
    gaps: [
      ...givenUp.map((path) => `${path}: it cannot be kept read-only above what can be written.`),
      ...reachable.map((path) => `${path}: the program behind this socket can be told to act outside.`),
    ],
  }
}
