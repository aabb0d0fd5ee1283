import { testConformance } from './conformance.ts'

testConformance('codex')
