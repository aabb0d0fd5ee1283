// The rules by name, as alarms carry them. Pure.
import { symptomRules } from './detector.ts'

/** Raised beside the detector's own rules: a demand that a call breaks, and an approach that failed in the attempt before. */
const BESIDE = ['constraint', 'triedAgain']

/** Every name that an alarm's `rule` can have. */
export function ruleNames(): readonly string[] {
  return [...symptomRules().map(({ name }) => name), ...BESIDE]
}
