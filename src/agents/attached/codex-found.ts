// Terminals with Codex, by its processes: it has no file about them, so its state is read from the rollout that the
// process holds open, else from the one that began in its folder. Servers and runs without a person are none, and neither
// are the programs in which it encloses its commands, which are Codex itself.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ProgramWatch, startedWith, type RunningProgram } from '../../process/programs.ts'
import { processTable, withAncestors, type ProcessRow } from '../../process/table.ts'
import { conversationOf, rolloutIn } from './codex-rollouts.ts'
import type { FoundTerminal } from './terminal.ts'

const PROGRAM = 'codex'
const WATCH = new ProgramWatch(PROGRAM)
/** Of its commands, those at which nobody sits; without a command it is a person, too. */
const NOT_A_PERSON: ReadonlySet<string> = new Set([
  'app-server',
  'exec',
  'e',
  'exec-server',
  'mcp',
  'mcp-server',
  'remote-control',
  'sandbox',
  'review',
  'proto',
])
/** Of the program in which it encloses its commands. */
const ENCLOSES = '--sandbox-policy-cwd'
/** Options before a command whose value is a word of its own. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  '-c',
  '--config',
  '--enable',
  '--disable',
  '--remote',
  '--remote-auth-token-env',
  '-i',
  '--image',
  '-m',
  '--model',
  '--local-provider',
  '-p',
  '--profile',
  '-s',
  '--sandbox',
  '-C',
  '--cd',
  '--add-dir',
  '-a',
  '--ask-for-approval',
])

/** Terminals in which Codex runs. */
export async function codexTerminals(): Promise<readonly FoundTerminal[]> {
  const found = (await WATCH.find()).filter(({ args }) => hasPerson(args))
  const outer = found.length < 2 ? found : outermost(found, await processTable())
  return outer.map(terminalOf)
}

/** Whether Codex, started with these words, has a person before it: what comes first beside options is its command, and
 *  anything else there, and all behind `--`, is a prompt. */
export function hasPerson(args: readonly string[]): boolean {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === ENCLOSES) return false
    if (word === '--') return true
    if (!word.startsWith('-')) return !NOT_A_PERSON.has(word)
    if (WITH_VALUE.has(word)) at++
  }
  return true
}

/** With the rollout as it is seen from here; `folder`: Codex's own one, where it is not the one that its process was told. */
export async function withRollout(terminal: FoundTerminal, folder?: string): Promise<FoundTerminal> {
  if (folder === undefined && terminal.record !== null) return terminal
  const own = folder ?? (await ownFolder(terminal.process.pid))
  const record = await rolloutIn(own, terminal, Date.now())
  if (record === null) return { ...terminal, record: null, conversation: null, source: 'process' }
  return { ...terminal, record, conversation: conversationOf(record), source: 'conversation' }
}

async function ownFolder(pid: number): Promise<string> {
  const told = await startedWith(pid, 'CODEX_HOME')
  return told ?? join((await startedWith(pid, 'HOME')) ?? homedir(), '.codex')
}

/** Those of the programs found that stand below no other of them in a process table that was read later. What has ended
 *  since is none any more: of a command that was short nobody can tell below whom it stood. */
export function outermost<T extends Pick<RunningProgram, 'process'>>(
  found: readonly T[],
  table: readonly ProcessRow[],
): readonly T[] {
  return found.filter(({ process: { pid } }) => {
    const line = withAncestors(pid, table)
    const lives = table.some((row) => row.pid === pid && !row.zombie)
    return lives && !found.some((other) => other.process.pid !== pid && line.has(other.process.pid))
  })
}

function terminalOf({ process, cwd, files }: RunningProgram): FoundTerminal {
  const record = files.find((file) => conversationOf(file) !== null) ?? null
  const conversation = record === null ? null : conversationOf(record)
  const base = { agent: PROGRAM, process, cwd, waitingFor: null, state: 'unknown' } as const
  return { ...base, conversation, record, source: record === null ? 'process' : 'conversation' }
}
