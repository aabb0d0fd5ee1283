import { testConformance } from './conformance.ts'

testConformance('claude')
