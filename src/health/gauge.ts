// Context health. For now the gauge alone: how full an attempt's context is. An unknown window is said to be unknown,
// never taken for empty or full. Pure.
import type { ContextUsage } from '../contract/agent.ts'

/** Percent of the window from which an attempt counts as high. */
const CONTEXT_LIMIT_PERCENT = 70
const FULL_PERCENT = 95

export type ContextLevel = 'ok' | 'high' | 'full' | 'unknown'

/** Whole percent of the window in use (above 100 when the agent says so), rounded down, and what that means. */
export function utilisation(usage: ContextUsage): { percent: number | null; level: ContextLevel } {
  const { used, size } = usage
  if (size === null || !(size > 0) || !Number.isFinite(size) || !(used >= 0) || !Number.isFinite(used)) {
    return { percent: null, level: 'unknown' }
  }
  const percent = Math.floor((used / size) * 100)
  if (percent >= FULL_PERCENT) return { percent, level: 'full' }
  return { percent, level: percent >= CONTEXT_LIMIT_PERCENT ? 'high' : 'ok' }
}
