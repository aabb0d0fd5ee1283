import { testAttempts } from './trying.ts'

testAttempts(
  'write a file of others in its own worktree',
  'write outside of its worktree',
  'change what is run outside of its box',
  'change what is run outside of its box, where nothing is yet',
)
