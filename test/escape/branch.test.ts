import { testAttempts } from './trying.ts'

testAttempts(
  'commit what is not its own',
  'commit what is not its own, past the hooks',
  'lead its branch astray',
  'have its checks do it',
  'lead astray what looks at it from outside',
)
