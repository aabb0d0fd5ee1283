// What the radar follows: sessions, by the branch that they are to land on.
import type { SessionWatching, WatchingView } from '../../contract/radar.ts'
import { AdminWatch } from '../../integration/radar/admin-watch.ts'
import type { WatchBudget } from '../../integration/radar/budget.ts'
import type { LiveRadar } from '../../integration/radar/live.ts'
import { FolderWatch } from '../../integration/radar/watch.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import { sessionSpec } from '../session/spec.ts'
import { writableFolders } from './folders.ts'
import type { Foresight } from './foresight.ts'
import { LONGEST_STEP_MS } from './pace.ts'

export interface Followed {
  readonly label: string
  readonly name: SessionName
  readonly path: string
  readonly target: string
  watch: FolderWatch | null
  admin: AdminWatch | null
  /** How often git has written where its HEAD is, or its index. */
  moves: number
  /** When the whole worktree was read last, milliseconds since the epoch. */
  read: number | null
  /** Why it could not be read; null when it could, or was not yet. */
  trouble: string | null
  /** Whether anything was heard of it since then. */
  stirred: boolean
}

/** One radar per branch that sessions are to land on. */
export interface Field {
  readonly target: string
  radar: LiveRadar
  readonly foresight: Foresight
  readonly sessions: Map<string, Followed>
}

/** What of the services the radar needs; the store may be read-only as long as nothing is kept alive. */
export type RadarServices = Pick<Services, 'repo' | 'store' | 'state' | 'config'>

export interface KeeperOptions {
  /** A folder for it alone, which is emptied: what a predecessor has left goes. Without one it makes do with a temporary
   *  folder. */
  readonly place?: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** The watches that may be set; by default a part of the machine's. */
  readonly budget?: WatchBudget
  /** Told of a session of which something was taken in. Must not throw. */
  readonly onNoticed?: (label: string) => void
}

/** What was read this long ago is read again in a round, whether anything was heard of it or not. */
const OLD_MS = 45_000

/** Whether it is worth being read as a whole at `now`, milliseconds since the epoch. */
export function isDue({ stirred, watch, read }: Followed, now: number): boolean {
  return stirred || now - (read ?? 0) > OLD_MS || watch === null || watch.gap !== null
}

/** Folders in which a session may write something, and those above them; `files`: all tracked ones. */
export function sessionFolders(
  services: RadarServices,
  name: SessionName,
  files: readonly string[],
): readonly string[] {
  const { ownership } = sessionSpec(services, name)
  return writableFolders(files, {
    owns: (path) => ownership.owns(name.piece, path),
    include: ownership.scopeOf(name.piece).include,
  })
}

interface Watches {
  readonly budget: WatchBudget
  readonly folders: readonly string[]
  readonly skips: (folders: readonly string[]) => Promise<ReadonlySet<string>>
  readonly onSaved: (paths: readonly string[]) => void
  readonly onGit: (what: 'head' | 'index') => void
  readonly onLost: () => void
}

/** Watches a session's folders, and git's own of its worktree. */
export async function openWatches(followed: Followed, { onGit, ...watches }: Watches): Promise<void> {
  const { path: root } = followed
  followed.admin = new AdminWatch({ root, budget: watches.budget, onChanged: onGit })
  followed.watch = new FolderWatch({ root, ...watches })
  await followed.admin.open()
}

/** Gives the watches of a session back. */
export function unwatch(followed: Followed): void {
  followed.watch?.[Symbol.dispose]()
  followed.admin?.[Symbol.dispose]()
}

const NOT_BEGUN = 'Its agent has not begun: whether a box holds it in its scope is not known.'

/** How its files are followed; `everyMs`: until what is not watched is looked at again, null where everything is watched.
 *  Null where it is not followed yet. */
export function watchingOf({ watch }: Followed, everyMs: number | null): SessionWatching | null {
  if (watch === null) return null
  const folders = watch.watched
  if (everyMs === null) return { how: 'watched', folders }
  const why = watch.gap ?? NOT_BEGUN
  return { how: 'polled', folders, everyS: Math.ceil(everyMs / 1_000), why }
}

/** One that could not be begun is begun again in the next round, and read in them meanwhile. */
const NOT_FOLLOWED: SessionWatching = {
  how: 'polled',
  folders: 0,
  everyS: LONGEST_STEP_MS / 1_000,
  why: 'It is not followed yet.',
}

/** All sessions, and what they have of the watches. */
export function watchingView(
  budget: WatchBudget | null,
  followed: readonly Followed[],
  everyMs: (one: Followed) => number | null,
): WatchingView {
  return {
    limit: budget?.limit ?? null,
    taken: budget?.taken ?? 0,
    ...(budget?.basis == null ? {} : { basis: budget.basis }),
    overflows: budget?.queue.overflows ?? 0,
    sessions: followed.map((one) => ({
      session: one.label,
      watching: watchingOf(one, everyMs(one)) ?? NOT_FOLLOWED,
    })),
  }
}
