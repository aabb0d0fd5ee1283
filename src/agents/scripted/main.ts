// The scripted agent: an executable that speaks the Agent Client Protocol on its standard streams and plays a script.
//   node main.ts --script FILE [--state FOLDER]
// Its progress is kept in the state folder (default: under HOME), so that a killed agent can be resumed.
// QUINTET_SCRIPT_SPEED scales the waits of the script (0: none); QUINTET_STATUS_FILE is where a status is written.
import { readFile } from 'node:fs/promises'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { errorData, QuintetError } from '../../contract/errors.ts'
import { Script } from '../../contract/script.ts'
import type { Environment } from '../../process/environment.ts'
import { SESSION_MARK } from '../../process/marker.ts'

/** A turn that cannot be cancelled does not hold its process up. */
const LEAVE_MS = 4_000

enableCompileCache()

try {
  await serve()
} catch (error) {
  process.stderr.write(`${errorData(error).message}\n`)
  process.exit(2)
}

async function serve(): Promise<void> {
  const { values } = parseArgs({ options: { script: { type: 'string' }, state: { type: 'string' } } })
  if (values.script === undefined)
    throw new QuintetError('E_SCRIPT_MISSING', 'usage', 'No --script is given.')
  const scriptFile = resolve(values.script)
  const script = await loadScript(scriptFile)
  const [{ ndJsonStream }, { scriptedAgent }] = await Promise.all([
    import('@agentclientprotocol/sdk'),
    import('./agent.ts'),
  ])
  const scripted = scriptedAgent({
    script,
    scriptFile,
    state: resolve(values.state ?? join(homedir(), '.quintet-scripted')),
    statusFile: process.env['QUINTET_STATUS_FILE'] ?? null,
    speed: parseSpeed(process.env['QUINTET_SCRIPT_SPEED']),
    env: inheritance(process.env[SESSION_MARK]),
    version: '1',
  })
  const connection = scripted.app.connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)))
  await connection.closed
  const limit = new Promise((resolve) => setTimeout(resolve, LEAVE_MS))
  await Promise.race([scripted.leave(), limit])
  process.exit(0)
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
