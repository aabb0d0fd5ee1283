// Which ignored files a worktree gets from the main one: .worktreeinclude, with gitignore semantics. Pure.
import ignore from 'ignore'
import { ownedFolder } from './dependencies/folders.ts'

export interface IncludeRules {
  /** What to do with an ignored path; folders end with a slash. */
  readonly judge: (path: string) => 'copy' | 'descend' | 'skip'
}

/** Rules from the text of .worktreeinclude; null when it names nothing. Dependency folders are never entered. */
export function parseIncludeRules(text: string): IncludeRules | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (lines.length === 0) return null
  const matcher = ignore({ ignorecase: false }).add(lines)
  return {
    judge: (path) => {
      if (ownedFolder(path) !== null) return 'skip'
      if (path.endsWith('/')) return 'descend'
      return matcher.ignores(path) ? 'copy' : 'skip'
    },
  }
}
