// What a case of conformance is: what the model says, and what must be true of the repository and the log afterwards.
import type { Setting, Stage } from './stage.ts'

/** `absent`: the agent has no means for it; told, and no fault. */
export type Finding =
  | { readonly kind: 'pass'; readonly text: string }
  | { readonly kind: 'fail'; readonly text: string }
  | { readonly kind: 'absent'; readonly text: string }

export interface ConformanceCase extends Setting {
  /** Column of the table. */
  readonly name: string
  /** Plays it and judges what came of it. */
  judge(stage: Stage): Promise<Finding>
}

export const pass = (text: string): Finding => ({ kind: 'pass', text })
export const fail = (text: string): Finding => ({ kind: 'fail', text })
export const absent = (text: string): Finding => ({ kind: 'absent', text })
