// Who a process is: its id together with its start time, since ids are used again.
import { processRow } from './table.ts'

export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal only for the same process. */
  readonly startTime: string
}

/** The identity of a live process; null when there is none, or only a zombie. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const row = await processRow(pid)
  return row === null || row.zombie ? null : { pid, startTime: row.startTime }
}

/** Whether that very process is alive, and not a later one with its id. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime
}
