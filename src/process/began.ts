// When a process began, by its identity: the kernel counts from the machine's start, and `ps` tells a date.
import { readFile } from 'node:fs/promises'
import { ignoring } from '../contract/errors.ts'
import type { ProcessIdentity } from './identity.ts'

/** The kernel tells processes' times in hundredths of a second, whatever it counts in. */
const TICKS_A_SECOND = 100

/** Milliseconds since 1970, to about a second; null where the machine does not tell. */
export async function beganAt({ startTime }: ProcessIdentity): Promise<number | null> {
  if (process.platform !== 'linux') return dateOf(startTime)
  const ticks = Number(startTime.split(':').at(-1))
  const text = await ignoring(['ENOENT', 'EACCES'], readFile('/proc/uptime', 'utf8'))
  const uptime = Number.parseFloat(text ?? '')
  if (Number.isNaN(ticks) || Number.isNaN(uptime)) return null
  return Date.now() - (uptime - ticks / TICKS_A_SECOND) * 1_000
}

function dateOf(text: string): number | null {
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : date
}
