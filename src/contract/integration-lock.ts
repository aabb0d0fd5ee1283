// The reason on the lock of a run's integration worktree: `quintet:integration <run>`. It says whose worktree it is, also
// after the configured place of worktrees has changed. Pure.

/** How every such reason begins. */
export const INTEGRATION_LOCK = 'quintet:integration'

/** The reason written for the integration worktree of a run. */
export const integrationLock = (run: string): string => `${INTEGRATION_LOCK} ${run}`

/** Which run's integration worktree it is, null when the reason names none; undefined for every other reason. */
export function parseIntegrationLock(reason: string): string | null | undefined {
  const match = /^quintet:integration(?: (\S+))?$/.exec(reason)
  return match === null ? undefined : (match[1] ?? null)
}
