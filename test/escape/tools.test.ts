import { testLegitimate } from './trying.ts'

testLegitimate('git, reading', 'tools', 'processes')
