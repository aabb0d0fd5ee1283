// Where no session's box holds them the same scripts do what they are after: what is tried are attempts indeed.
import { testUnheld } from './trying.ts'

testUnheld(
  'write a file of others in its own worktree',
  'write outside of its worktree',
  'change what is run outside of its box',
  'move what is not its own in git',
  'change what all sessions share in git',
  "read what is not the session's",
)
