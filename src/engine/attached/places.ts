// In whose worktree a terminal is: in that folder or below it, with every link resolved. A terminal anywhere else is
// nobody's business. Pure.
import { isAtOrBelow } from '../../scope/place.ts'

/** The session whose worktree holds `cwd`, the innermost where worktrees lie in one another; undefined when none does. */
export function sessionAt<T extends { readonly path: string }>(
  sessions: Iterable<T>,
  cwd: string,
): T | undefined {
  return [...sessions]
    .filter(({ path }) => isAtOrBelow(cwd, path))
    .toSorted((one, other) => other.path.length - one.path.length)[0]
}
