// Who a worker is: machine, process, and which engine of the process. Proving an owner dead needs all three.
import { randomUUID } from 'node:crypto'
import { existsSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { identify, type ProcessIdentity } from '../../process/identity.ts'

export interface Owner extends ProcessIdentity {
  /** Unique per engine; what stands in the claim. */
  readonly id: string
  /** Process ids mean the same for all owners with the same host. */
  readonly host: string
}

const SEPARATOR = ' '
const UNKNOWN = 'unknown'
/** Linux only. */
const NAMESPACE = '/proc/self/ns/pid'

/** This process as an owner. */
export async function thisOwner(): Promise<Owner> {
  const { pid } = process
  const { startTime } = (await identify(pid)) ?? { startTime: UNKNOWN }
  const instance = randomUUID().slice(0, 8)
  return { pid, startTime, host: processSpace(), id: [pid, instance, startTime].join(SEPARATOR) }
}

/** The process behind an owner's id; null when it cannot be told. */
export function processOf(ownerId: string): ProcessIdentity | null {
  const [pid, , ...startTime] = ownerId.split(SEPARATOR)
  if (pid === undefined || !/^\d+$/.test(pid) || startTime.length === 0 || startTime[0] === UNKNOWN)
    return null
  return { pid: Number(pid), startTime: startTime.join(SEPARATOR) }
}

/** The machine, and the namespace of process ids on it: in a box of its own, a process cannot judge who is alive outside. */
function processSpace(): string {
  return existsSync(NAMESPACE) ? `${hostname()} ${readlinkSync(NAMESPACE)}` : hostname()
}
