// The merge queue's part of an integration that has found nothing out yet.
import type { QueueView } from '../../src/contract/view.ts'

export const NO_QUEUE: QueueView = {
  landed: [],
  runs: { full: 0, tests: 0, durationMs: 0 },
  culprits: [],
  flaky: [],
  redBefore: [],
  handedBack: [],
  operator: true,
}
