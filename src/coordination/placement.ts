// Where the session folder may stand inside a worktree, and the ignore pattern that keeps it out of every diff. Pure.
import { literalPattern } from '../scope/glob.ts'

export type Placement =
  | { readonly kind: 'inside'; readonly folder: string; readonly pattern: string }
  | { readonly kind: 'refused'; readonly why: string }

/** Judges a folder name such as `.quintet/session` or `.claude/coordination`; separators are normalised. */
export function placement(folder: string): Placement {
  if (folder.startsWith('/') || /^[A-Za-z]:/.test(folder)) return refused('is absolute')
  if (/\p{Cc}/u.test(folder)) return refused('contains control characters')
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length === 0) return refused('is the worktree itself')
  if (parts.includes('..')) return refused('leads out of the worktree')
  if (parts.some((part) => part.toLowerCase() === '.git')) return refused('lies inside .git')
  const clean = parts.join('/')
  return { kind: 'inside', folder: clean, pattern: `${literalPattern(clean)}/` }
}

function refused(why: string): Placement {
  return { kind: 'refused', why }
}
