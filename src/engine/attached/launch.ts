// What is known of a terminal that was opened by ourselves: written by the command that opens it, while it is open, and
// believed as long as that very process lives.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { textOfRegular } from '../../agents/attached/regular-file.ts'
import { ENFORCEMENT_LEVELS } from '../../contract/session.ts'
import { TERMINAL_AGENTS } from '../../contract/terminal.ts'
import { identify, isAlive } from '../../process/identity.ts'
import { writeAtomic } from '../../store/atomic.ts'
import type { SessionName } from '../names.ts'

const Launch = v.object({
  pid: v.number(),
  startTime: v.string(),
  agent: v.picklist(TERMINAL_AGENTS),
  boxed: v.boolean(),
  level: v.picklist(ENFORCEMENT_LEVELS),
  gaps: v.array(v.string()),
})
export type Launch = v.InferOutput<typeof Launch>

const MOST_BYTES = 64 * 1024

const launchFile = (state: string, { run, piece }: SessionName): string =>
  join(state, 'attached', run, `${piece}.json`)

/** The terminal that is open for a session by our own hand; null when there is none. */
export async function liveLaunch(state: string, name: SessionName): Promise<Launch | null> {
  const launch = await loadLaunch(state, name)
  return launch !== null && (await isAlive(launch)) ? launch : null
}

/** The terminal that was opened for a session and has ended, until it is forgotten; null when there is none. */
export async function endedLaunch(state: string, name: SessionName): Promise<Launch | null> {
  const launch = await loadLaunch(state, name)
  return launch !== null && !(await isAlive(launch)) ? launch : null
}

async function loadLaunch(state: string, name: SessionName): Promise<Launch | null> {
  const text = await textOfRegular(launchFile(state, name), { maxBytes: MOST_BYTES })
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Launch), text)
  return parsed.success ? parsed.output : null
}

/** Tells that this process opens a terminal for a session. It stays told: one that ends between two looks has been, too. */
export async function announceLaunch(
  state: string,
  name: SessionName,
  launch: Omit<Launch, 'pid' | 'startTime'>,
): Promise<void> {
  const file = launchFile(state, name)
  const startTime = (await identify(process.pid))?.startTime ?? ''
  await mkdir(dirname(file), { recursive: true })
  await writeAtomic(file, `${JSON.stringify({ ...launch, pid: process.pid, startTime })}\n`)
}

/** Takes away what is told of a terminal that has ended, unless another was opened meanwhile. */
export async function forgetLaunch(state: string, name: SessionName): Promise<void> {
  if ((await liveLaunch(state, name)) === null) await rm(launchFile(state, name), { force: true })
}
