// What agents leave behind by themselves, as a clean-up treats it: what stands inside the worktree of an ended session is
// that session's and goes when it is proven dead and clean; everything else is somebody else's and is named, or goes by
// the same proof when the operator asks for it.
import type { CleanItem } from '../../contract/api.ts'
import { errorData } from '../../contract/errors.ts'
import { quoted } from '../../contract/shell.ts'
import { isGitFailure } from '../../git/repository.ts'
import { examineNative, nativeWorktrees, removeNative } from '../../workspace/native/native.ts'
import { strayHooksPath } from '../../workspace/native/hooks-path.ts'
import { UNSET_HOOKS_PATH, type NativeWorktree } from '../../workspace/native/recognise.ts'
import type { Services } from '../services.ts'

export interface NativeCleaning {
  /** Worktrees of sessions that have ended. */
  readonly ended: readonly string[]
  /** Also those that no session has left. */
  readonly foreign: boolean
  readonly dryRun: boolean
}

export interface NativeCleaned {
  readonly items: readonly CleanItem[]
  /** Worktrees of sessions that have to stay, because something of an agent in them does; and why. */
  readonly held: ReadonlyMap<string, string>
}

/** Cleans up after agents, and says what is left of them. */
export async function cleanNative(
  { repo }: Pick<Services, 'repo'>,
  { ended, foreign, dryRun }: NativeCleaning,
): Promise<NativeCleaned> {
  const items: CleanItem[] = []
  const held = new Map<string, string>()
  for (const worktree of await nativeWorktrees(repo)) {
    const home = ended.find((path) => worktree.path.startsWith(`${path}/`))
    const item = await cleanOne({ repo }, worktree, { mine: home !== undefined || foreign, dryRun })
    items.push(item)
    const stays = item.outcome === 'kept' || item.outcome === 'busy'
    if (home !== undefined && stays) held.set(home, `${item.what} is in it: ${item.reason ?? ''}`)
  }
  const stray = await strayHooksPath(repo)
  if (stray === null) return { items, held }
  const reason = `${stray} Take it out with ${UNSET_HOOKS_PATH}`
  return { items: [...items, { what: 'core.hooksPath', outcome: 'kept', reason }], held }
}

async function cleanOne(
  { repo }: Pick<Services, 'repo'>,
  worktree: NativeWorktree,
  { mine, dryRun }: { readonly mine: boolean; readonly dryRun: boolean },
): Promise<CleanItem> {
  const what = `worktree ${worktree.path} of ${worktree.owner}`
  try {
    const verdict = await examineNative(repo, worktree)
    if (verdict.kind === 'in-use') return { what, outcome: mine ? 'busy' : 'kept', reason: verdict.why }
    if (verdict.kind === 'kept')
      return { what, outcome: 'kept', reason: `${verdict.why}; see git -C ${quoted(worktree.path)} status` }
    const { proof } = verdict
    if (!mine)
      return {
        what,
        outcome: 'kept',
        reason: 'no session has left it; quintet clean --foreign removes it',
        proof,
      }
    if (dryRun) return { what, outcome: 'removable', proof }
    const kept = await removeNative(repo, worktree)
    return kept === null ? { what, outcome: 'removed', proof } : { what, outcome: 'kept', reason: kept }
  } catch (error) {
    // A worktree that git cannot read is no reason to leave everything else as it is.
    if (!isGitFailure(error)) throw error
    return { what, outcome: 'kept', reason: errorData(error).message }
  }
}
