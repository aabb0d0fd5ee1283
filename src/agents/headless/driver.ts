// One prompt to an agent's headless program, from its start to its end: `claude -p` and `codex exec`. The cheap driver for
// questions that need no conversation of ours, or one that has ended. It is given no tools where the program allows that,
// and can write nothing where it does not. How programs are called and what they print stands in claude.ts and codex.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentEvent } from '../../contract/agent.ts'
import { boxed, type Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { run, type RunResult } from '../../process/run.ts'
import { programFile } from '../../process/spawn.ts'
import { claudeArguments, readClaude } from './claude.ts'
import { claudeWork } from './work.ts'
import { codexArguments, readCodex } from './codex.ts'
import type { Heard, OnceArguments } from './heard.ts'

export const HEADLESS_AGENTS = ['claude', 'codex'] as const
export type HeadlessAgent = (typeof HEADLESS_AGENTS)[number]

export interface OnceOptions {
  readonly agent: HeadlessAgent
  readonly cwd: string
  readonly prompt: string
  /** Added to the scrubbed environment of this process. */
  readonly env: Environment
  /** The box to start it in; `false` for none. */
  readonly box: Box | false
  readonly signal: AbortSignal
  /** JSON Schema that the answer has to fit. */
  readonly schema?: object
  /** Folder for a file that the program has to read; it must be seen in the box. Default: that for temporary files. */
  readonly folder?: string
  /** A conversation to copy; the copy is asked, the conversation hears nothing. Claude alone can. */
  readonly forkOf?: string
  /** Lets it work with its tools, for so many answers of its model; only where a box holds it. Claude alone can. Absent: it is
   *  only asked. */
  readonly turns?: number
  /** Milliseconds; default five minutes. */
  readonly timeout?: number
}

export interface OnceResult extends Heard {
  /** `failed`: the agent said so, or ended without an answer; `why` tells. */
  readonly outcome: 'answered' | 'failed' | 'timed-out'
  readonly why: string | null
  /** What it did, where it was to work. */
  readonly events: readonly AgentEvent[]
}

interface Speaker {
  readonly program: string
  readonly args: (once: OnceArguments) => readonly string[]
  readonly read: (output: string) => Heard & { readonly failure: string | null }
}

const SPEAKERS: Readonly<Record<HeadlessAgent, Speaker>> = {
  claude: { program: 'claude', args: claudeArguments, read: readClaude },
  codex: { program: 'codex', args: codexArguments, read: readCodex },
}
const TIMEOUT_MS = 5 * 60_000
const MAX_BYTES = 8 * 1024 * 1024
const TOLD = 400

/** Whether the headless program of an agent is installed where `cwd` and `env` look for programs. */
export async function headlessAvailable(
  agent: HeadlessAgent,
  { cwd, env }: { readonly cwd: string; readonly env: Environment },
): Promise<boolean> {
  return (await programFile(SPEAKERS[agent].program, { cwd, env })) !== null
}

/** Puts one prompt to an agent's headless program; whatever the agent does wrong is the outcome. Throws
 *  `E_PROGRAM_MISSING`, `E_SPAWN`, and the signal's reason. */
export async function runOnce(options: OnceOptions): Promise<OnceResult> {
  const { agent, schema, folder: place = tmpdir() } = options
  if (schema === undefined || agent !== 'codex') return await play(options, null)
  // It reads its schema from a file alone.
  const folder = await mkdtemp(join(place, 'quintet-schema-'))
  try {
    const file = join(folder, 'schema.json')
    await writeFile(file, JSON.stringify(schema))
    return await play(options, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function play(options: OnceOptions, schemaFile: string | null): Promise<OnceResult> {
  const { agent, cwd, prompt, env, box, signal, schema, forkOf, turns, timeout = TIMEOUT_MS } = options
  const { program, args, read } = SPEAKERS[agent]
  const words = args({ schema: schema ?? null, schemaFile, forkOf: forkOf ?? null, turns: turns ?? null })
  const command = box === false ? { program, args: words } : boxed(program, words, { cwd, box })
  const result = await run(command.program, command.args, {
    cwd,
    env,
    signal,
    timeout,
    input: prompt,
    maxBytes: MAX_BYTES,
    keep: 'tail',
    ...(box === false ? {} : { boxed: true }),
  })
  const output = result.stdout.toString('utf8')
  const { failure, ...heard } = read(output)
  const events = turns === undefined ? [] : claudeWork(output, cwd)
  return { ...heard, ...outcomeOf(result, failure, heard.text), events }
}

function outcomeOf(
  { timedOut, exitCode, signal, stderr }: RunResult,
  failure: string | null,
  text: string,
): Pick<OnceResult, 'outcome' | 'why'> {
  if (timedOut) return { outcome: 'timed-out', why: 'It did not answer in time.' }
  if (failure !== null) return { outcome: 'failed', why: failure.slice(0, TOLD) }
  if (exitCode === 0 && text !== '') return { outcome: 'answered', why: null }
  const said = stderr.toString('utf8').trim().slice(-TOLD)
  const how = signal === null ? `exit code ${exitCode ?? 'unknown'}` : signal
  return {
    outcome: 'failed',
    why: `It ended with ${how}${text === '' ? ' and no answer' : ''}. ${said}`.trim(),
  }
}
