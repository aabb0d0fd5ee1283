// The reason on a worktree's lock says whose it is: `quintet:<run>/<piece> pid <pid> start <start time>`. It protects
// the entry from `git worktree prune` and from removal by hand while the session lives. Pure.

export interface LockOwner {
  readonly run: string
  readonly piece: string
  readonly pid: number
  /** As the process table gives it; an opaque word or phrase. */
  readonly startTime: string
}

/** The reason written for a session that is held by the given process. */
export function lockReason({ run, piece, pid, startTime }: LockOwner): string {
  return `quintet:${run}/${piece} pid ${pid} start ${startTime}`
}

/** Whose lock it is; null for a reason that is not Quintet's. */
export function parseLockReason(reason: string): LockOwner | null {
  const match = /^quintet:([^/\s]+)\/([^/\s]+) pid (\d+) start (.+)$/.exec(reason)
  const [, run, piece, pid, startTime] = match ?? []
  if (run === undefined || piece === undefined || pid === undefined || startTime === undefined) return null
  return { run, piece, pid: Number(pid), startTime }
}

/** How every reason of a session begins, whichever process wrote it. */
export const lockPrefix = ({ run, piece }: { readonly run: string; readonly piece: string }): string =>
  `quintet:${run}/${piece} `

/** Who is at a slot of the warm pool. */
export interface SlotOwner {
  readonly id: string
  readonly pid: number
  readonly startTime: string
}

/** The reason written for a slot that belongs to no session yet. */
export function slotReason({ id, pid, startTime }: SlotOwner): string {
  return `${slotPrefix(id)}pid ${pid} start ${startTime}`
}

/** Which slot a lock is of; null for every other reason. */
export function parseSlotReason(reason: string): SlotOwner | null {
  const [, id, pid, startTime] = /^quintet-pool:(\S+) pid (\d+) start (.+)$/.exec(reason) ?? []
  return id === undefined || pid === undefined || startTime === undefined
    ? null
    : { id, pid: Number(pid), startTime }
}

/** How every reason of a slot begins. */
export const slotPrefix = (id: string): string => `quintet-pool:${id} `
