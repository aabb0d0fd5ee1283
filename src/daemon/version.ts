// Which version of the package this is, and what becomes of a running daemon of another one.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../contract/errors.ts'
import { signalProcess } from '../process/group.ts'
import { isAlive } from '../process/identity.ts'
import type { DaemonClient } from './client.ts'
import type { DaemonFile } from './files.ts'

const PATIENCE_MS = 10_000
const LOOK_AGAIN_MS = 25

/** Version of this package; `unknown` when its manifest names none. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}

export interface OtherVersion {
  readonly daemon: DaemonFile
  readonly client: DaemonClient
  readonly signal?: AbortSignal
}

/** Ends a daemon of another version, unless a run needs it: that is then said once. True when it is gone. */
export async function endOtherVersion({ daemon, client, signal }: OtherVersion): Promise<boolean> {
  if (daemon.version === packageVersion()) return false
  if ((await isIdle(client)) && (await ended(daemon, signal))) return true
  warnOnce(daemon.version)
  return false
}

/** What another version answers may be no answer to this one; it is left alone then. */
async function isIdle(client: DaemonClient): Promise<boolean> {
  try {
    return (await client.runs()).every(({ state }) => state === 'ended')
  } catch (error) {
    if (error instanceof QuintetError) return false
    throw error
  }
}

async function ended(daemon: DaemonFile, signal?: AbortSignal): Promise<boolean> {
  if (await isAlive(daemon)) signalProcess(daemon.pid, 'SIGTERM')
  const patience = performance.now() + PATIENCE_MS
  while (await isAlive(daemon)) {
    signal?.throwIfAborted()
    if (performance.now() > patience) return false
    await delay(LOOK_AGAIN_MS)
  }
  return true
}

const warned = new Set<string>()

function warnOnce(version: string): void {
  if (warned.has(version)) return
  warned.add(version)
  const text = `the daemon is of version ${version}, this command of version ${packageVersion()}; quintet stop ends it, and the next command starts one of its own version.`
  process.emitWarning(text, 'quintet')
}
