// How a session is held inside its scope. Values only.
import type { EnforcementLevel } from '../../contract/session.ts'
import type { Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'

export interface SessionBox {
  /** Null where none can be had. */
  readonly box: Box | null
  readonly level: EnforcementLevel
  /** Why it is not a stronger one, one sentence each. */
  readonly gaps: readonly string[]
  /** For everything that runs in it. */
  readonly env: Environment
}
