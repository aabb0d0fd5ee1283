// What an embedded engine is opened with.
import type { ProcessIdentity } from '../../process/identity.ts'
import type { Store } from '../../store/store.ts'
import type { Workflow } from '../port.ts'

export interface EngineOptions {
  /** Stays the caller's: it is closed after the engine. */
  readonly store: Store
  /** By name; workflows with other names are left to other processes. */
  readonly workflows: Readonly<Record<string, Workflow>>
  /** How long a silent owner keeps its claims, in milliseconds; default 6000. */
  readonly leaseMs?: number
  /** How long a stopping engine waits for aborted effects, in milliseconds; default 10000. */
  readonly graceMs?: number
  /** Milliseconds since 1970; default the system's clock. */
  readonly clock?: () => number
  readonly isOwnerAlive?: (owner: ProcessIdentity) => Promise<boolean>
  /** Told of failures that no workflow sees, such as a damaged state file; default a process warning. */
  readonly onProblem?: (error: Error) => void
}
