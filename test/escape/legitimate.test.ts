import { testLegitimate } from './trying.ts'

testLegitimate('files', 'git, to a branch that can land')
