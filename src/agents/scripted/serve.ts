// From the command line to a connected agent. What is wrong with the command line or the script goes to standard error,
// with exit code 2.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { ndJsonStream } from '@agentclientprotocol/sdk'
import * as v from 'valibot'
import { errorData, QuintetError } from '../../contract/errors.ts'
import { Script } from '../../contract/script.ts'
import type { Environment } from '../../process/environment.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { scriptedAgent } from './agent.ts'

/** A turn that cannot be cancelled does not hold its process up. */
const LEAVE_MS = 4_000

/** Serves one client on the standard streams, and exits when it is gone. */
export async function serve(): Promise<never> {
  try {
    await connectAndWait()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${errorData(error).message}\n`)
    process.exit(2)
  }
}

async function connectAndWait(): Promise<void> {
  const { values } = parseArgs({ options: { script: { type: 'string' }, state: { type: 'string' } } })
  if (values.script === undefined)
    throw new QuintetError('E_SCRIPT_MISSING', 'usage', 'No --script is given.')
  const scriptFile = resolve(values.script)
  const scripted = scriptedAgent({
    script: await loadScript(scriptFile),
    scriptFile,
    state: resolve(values.state ?? join(homedir(), '.quintet-scripted')),
    statusFile: process.env['QUINTET_STATUS_FILE'] ?? null,
    speed: parseSpeed(process.env['QUINTET_SCRIPT_SPEED']),
    env: inheritance(process.env[SESSION_MARK]),
    version: '1',
  })
  const stream = ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin))
  await scripted.app.connect(stream).closed
  const limit = new Promise((resolve) => setTimeout(resolve, LEAVE_MS))
  await Promise.race([scripted.leave(), limit])
}

/** Our own runner drops the mark of a session; what an agent starts belongs to the agent's session all the same. */
function inheritance(mark: string | undefined): Environment {
  return mark === undefined ? {} : { [SESSION_MARK]: mark }
}

async function loadScript(file: string): Promise<Script> {
  const parsed = v.safeParse(Script, JSON.parse(await readFile(file, 'utf8')))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? 'the file'
  throw new QuintetError('E_SCRIPT', 'config', `The script ${file} is wrong at ${where}: ${issue.message}.`)
}

function parseSpeed(text: string | undefined): number {
  const speed = Number(text ?? 1)
  return Number.isFinite(speed) && speed >= 0 ? speed : 1
}
