// How a session comes by a workspace that was made ahead: one that stands ready, at its base or moved there; else one that
// is being made for it and will be there before it could have made one. Where all of that fails, it goes the ordinary way.
import { errorData } from '../../contract/errors.ts'
import { loadJournal } from '../../workspace/journal.ts'
import { claimSlot } from '../../workspace/pool/claim.ts'
import { setupHash } from '../../workspace/pool/inputs.ts'
import type { WorkspaceSpec } from '../../workspace/spec.ts'
import type { Source } from './actions.ts'
import type { Jobs } from './jobs.ts'
import type { ShownJob } from './view.ts'

export interface Claiming {
  readonly jobs: Jobs
  /** Whether workspaces are made ahead; one that the session was given before is its own either way. */
  readonly on: boolean
  /** How long a session waits for this; milliseconds, 0: not at all. */
  readonly patience: (job: ShownJob) => number
  /** Ends what is made from this source and wanted by nobody, now that the session makes its own. */
  readonly drop: (source: Source) => Promise<void>
}

/** The path of a slot that is the session's now; null: none is to be had. Rejects with the signal's reason, and with what
 *  went wrong when the session was given a slot before. */
export async function claimFor(
  claiming: Claiming,
  spec: WorkspaceSpec,
  signal: AbortSignal,
): Promise<string | null> {
  const begun = (await loadJournal(spec)) !== null
  if (!begun && !claiming.on) return null
  try {
    const path = await claimSlot(spec, signal)
    return path !== null || begun ? path : await claimMade(claiming, spec, signal)
  } catch (error) {
    signal.throwIfAborted()
    if ((await loadJournal(spec)) !== null) throw error
    process.emitWarning(`A ready workspace could not be used: ${errorData(error).message}`)
    return null
  }
}

/** The same of a slot that is being made now. */
async function claimMade(
  { jobs, patience, drop }: Claiming,
  spec: WorkspaceSpec,
  signal: AbortSignal,
): Promise<string | null> {
  const source = { base: spec.base, setupHash: setupHash(spec.setup) }
  const job = jobs.free(source)
  if (job === null) return null
  const ms = patience(job)
  if (ms > 0) {
    spec.onProgress('waiting for a workspace that is being made')
    const made = await jobs.waitFor(source, ms, signal)
    signal.throwIfAborted()
    const path = made ? await claimSlot(spec, signal) : null
    if (path !== null) return path
  }
  await drop(source)
  return null
}
