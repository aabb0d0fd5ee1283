import { testAttempts } from './trying.ts'

testAttempts('move what is not its own in git', 'leave its branch', 'change what all sessions share in git')
