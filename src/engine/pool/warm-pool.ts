// The warm pool as sessions and clean-up see it; who keeps it is in keeper.ts.
import type { CleanItem } from '../../contract/api.ts'
import type { SessionPlace, WorkspaceSpec } from '../../workspace/spec.ts'

export interface WarmPool {
  /** The path of a ready workspace that is now the session's; null: the ordinary way is to be gone. The same path again
   *  when it is asked again. */
  claim(spec: WorkspaceSpec, signal: AbortSignal): Promise<string | null>
  /** Removes slots that nobody wants and names those that stay. */
  clean(dryRun: boolean, signal: AbortSignal): Promise<readonly CleanItem[]>
  /** Keeps the worktree of a session that has landed at `tip` as a ready workspace, where that is wanted and it is proven
   *  clean; its path, or null: it is to be released. */
  recycle(place: SessionPlace, tip: string, signal: AbortSignal): Promise<string | null>
}
