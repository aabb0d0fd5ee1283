// Symbolic links of a dependency folder, judged before it is copied. Pure.

/**
 * True when a link at `path` (relative to the worktree) still means the same place of the worktree after a copy: it is
 * relative and does not leave it. An absolute link would go on pointing into the tree it was copied from.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target.startsWith('/')) return false
  const depth = path.split('/').length - 1
  let level = depth
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue
    level += segment === '..' ? -1 : 1
    if (level < 0) return false
  }
  return true
}
