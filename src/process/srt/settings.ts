// A box as the sandbox runtime takes it: lists of places instead of mounts, of which what is denied always wins. What can
// only be said by mounting a place elsewhere is said by variables. Pure.
import type { Environment } from '../environment.ts'
import type { Box } from '../walls.ts'

/** What the runner of a box reads. */
export interface SrtSettings {
  readonly filesystem: {
    readonly denyRead: readonly string[]
    readonly allowRead: readonly string[]
    readonly allowWrite: readonly string[]
    readonly denyWrite: readonly string[]
  }
  /** Absent: nothing is kept from the network. */
  readonly network?: { readonly allowedDomains: readonly string[]; readonly deniedDomains: readonly string[] }
  readonly env: Environment
}

/** The settings for a box, and the read-only places in it that had to be given up: something below them can be written,
 *  and a denial knows no exceptions. */
export function srtSettings({ mounts, network, relocated = {} }: Box): {
  readonly settings: SrtSettings
  readonly givenUp: readonly string[]
} {
  const at = (kind: 'read' | 'write' | 'empty' | 'blank', moved = false): string[] =>
    mounts
      .filter(
        (mount) => mount.kind === kind && (mount.from !== undefined && mount.from !== mount.path) === moved,
      )
      .map(({ path }) => path)
  const moved = mounts.flatMap(({ kind, from, path }) =>
    kind === 'write' && from !== undefined && from !== path ? [from] : [],
  )
  const writable = [...at('write'), ...moved]
  const hidden = [...at('empty'), ...at('blank')]
  const inside = at('read').filter((path) => writable.some((folder) => isBelow(path, folder)))
  const givenUp = inside.filter((path) => writable.some((folder) => isBelow(folder, path)))
  const shown = [...at('read'), ...writable].filter((path) => hidden.some((folder) => isBelow(path, folder)))
  return {
    settings: {
      filesystem: {
        denyRead: hidden,
        allowRead: shown,
        allowWrite: writable,
        denyWrite: [
          ...inside.filter((path) => !givenUp.includes(path)),
          ...hidden.filter(isUnwritten(writable)),
        ],
      },
      ...(network === 'none' ? { network: { allowedDomains: [], deniedDomains: [] } } : {}),
      env: relocated,
    },
    givenUp,
  }
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** Holds for a hidden place that lies in what can be written, and in which nothing can. */
const isUnwritten =
  (writable: readonly string[]) =>
  (path: string): boolean =>
    writable.some((folder) => isBelow(path, folder)) && !writable.some((folder) => isBelow(folder, path))
