import type { Workspace } from '../../../contract/session.ts'
import type { PromptSpec } from '../next.ts'
import type { SessionSpec } from '../spec.ts'

/** What a turn is played with. */
export interface TurnInput {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly attempt: number
  readonly turn: number
  /** How often the session was told what is missing, this turn included. */
  readonly reprompt: number
  readonly prompt: PromptSpec
}
