// The guards of a terminal that was opened outside of the box: as far as its agent has means of its own, it is given them
// while it is open. They tell the agent why something is refused, and stop what they can see; they are no boundary.
import { join } from 'node:path'
import * as v from 'valibot'
import { textOfRegular } from '../../agents/attached/regular-file.ts'
import { parseStatusLine, statusLineCommand } from '../../agents/attached/status-line.ts'
import { statusLineProgram } from '../../agents/attached/status-line/location.ts'
import { statusLineIn, type Additions } from '../../agents/attached/settings.ts'
import { unwire, wire, type Wired } from '../../agents/attached/wiring.ts'
import { claudeAdditions } from '../../agents/guards/claude.ts'
import { homeFolder } from '../../workspace/box/places.ts'
import { guardRecordFile, loadGuardRecord } from '../../workspace/guard/install.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import { claudeFolder, type Where } from './found.ts'

const MOST_BYTES = 1024 * 1024
export const UNWIRED =
  'Its agent has no hooks of the session: the settings of the worktree cannot be added to.'
export const STILL_WIRED =
  'The hooks of the session could not be taken out of .claude/settings.local.json in its worktree, as the file is not readable settings: mend or remove it.'

export const CODEX_UNWIRED =
  'Codex runs no hook from a worktree before its person has reviewed it, so it has none of the session: its own sandbox is what holds it.'

interface GuardedPlace {
  readonly name: SessionName
  readonly path: string
}

const wiredOf = (services: Pick<Services, 'repo' | 'state'>, { name, path }: GuardedPlace): Wired => ({
  repo: services.repo,
  worktree: path,
  note: join(services.state, 'attached', name.run, `${name.piece}.settings.json`),
})

/** Where the status lines of a session's terminals are kept, also from inside of its box. */
const statusFolder = (state: string, name: SessionName): string => join(homeFolder(state, name), 'terminals')

/** Gives Claude in this worktree the session's guards; false where that cannot be done. */
export async function guardTerminal(
  services: Pick<Services, 'repo' | 'state'>,
  place: GuardedPlace,
  env: Where['env'],
): Promise<boolean> {
  const named = { repo: services.repo, ...place.name }
  const record = await loadGuardRecord(named)
  if (record === null) return false
  const statusLine = await terminalStatusLine(services.state, place, env)
  const added: Additions = { ...claudeAdditions(record, guardRecordFile(named)), statusLine }
  return await wire(wiredOf(services, place), added)
}

/** The command of the status line of a Claude in this worktree; the one that was there is shown all the same. */
export async function terminalStatusLine(
  state: string,
  { name, path }: GuardedPlace,
  env: Where['env'],
): Promise<string> {
  const theirs = await theirStatusLine(path, env)
  return statusLineCommand(statusLineProgram(), statusFolder(state, name), theirs)
}

/** Takes the guards back; false where they cannot be told from what stands there now. */
export async function unguardTerminal(
  services: Pick<Services, 'repo' | 'state'>,
  place: GuardedPlace,
): Promise<boolean> {
  return await unwire(wiredOf(services, place))
}

/** The status line that is shown without ours: the nearest settings that have one win. */
async function theirStatusLine(worktree: string, env: Where['env']): Promise<string | null> {
  const files = [
    join(worktree, '.claude/settings.local.json'),
    join(worktree, '.claude/settings.json'),
    join(claudeFolder(env), 'settings.json'),
  ]
  for (const file of files) {
    const text = await textOfRegular(file, { maxBytes: MOST_BYTES, follow: true })
    const line = text === null ? null : statusLineIn(text)
    if (line !== null) return line
  }
  return null
}

/** Tokens of the context window, as the agent told its status line; null when it did not. */
export async function toldWindow(
  state: string,
  name: SessionName,
  conversation: string | null,
): Promise<number | null> {
  const known = v.safeParse(v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/)), conversation)
  if (!known.success) return null
  const file = join(statusFolder(state, name), `${known.output}.json`)
  const text = await textOfRegular(file, { maxBytes: MOST_BYTES })
  return text === null ? null : (parseStatusLine(text)?.window ?? null)
}
