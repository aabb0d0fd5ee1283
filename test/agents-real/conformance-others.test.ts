import { AGENTS } from '../../scripts/agents/pins.ts'
import { testConformance } from './conformance.ts'

AGENTS.filter((agent) => agent !== 'claude' && agent !== 'codex').forEach(testConformance)
