import { testAttempts } from './trying.ts'

testAttempts(
  'undo the box',
  'reach processes of others',
  "read what is not the session's",
  'speak with the daemon as somebody else',
)
