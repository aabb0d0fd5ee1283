// The command line: parses the words, loads the one command that was meant, runs it, and turns what was thrown into
// an error block and an exit code.
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { errnoOf } from '../contract/errors.ts'
import { Interrupted, Options, type Chosen, type CommandSpec } from './command.ts'
import { exitCodeOf, failureOf, usageError, withFolderHint } from './failure.ts'
import { loadCommand } from './modules.ts'
import { Output } from './output.ts'
import { plainStatus } from './plain-status.ts'

/** Runs one command line (without `node` and the script) and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveClosedPipe()
  quietExperiments()
  const output = new Output({
    stdout: process.stdout,
    stderr: process.stderr,
    json: optionWords(argv).includes('--json'),
    colour: !optionWords(argv).includes('--no-color'),
    env: process.env,
  })
  const code = await runCommandLine(argv, output).catch((error: unknown) => reported(error, output))
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}

async function runCommandLine(argv: readonly string[], output: Output): Promise<number> {
  const chosen = plainStatus(argv) ?? (await parsed(argv, output))
  if (chosen === null) return 0
  const signal = interruptSignal(chosen.spec)
  const options = new Options(chosen.options)
  const cwd = requireFolder(options.text('C'))
  const { run } = await loadCommand(chosen.spec.name)
  const { arguments: given, words } = chosen
  try {
    return await run({ cwd, arguments: given, words, options, output, signal })
  } catch (error) {
    throw withFolderHint(error, chosen.spec.name)
  }
}

async function parsed(argv: readonly string[], output: Output): Promise<Chosen | null> {
  const { parseArguments } = await import('./program.ts')
  return parseArguments(argv, {
    version: version(),
    write: (text) => void output.stdout.write(text),
  })
}

function requireFolder(given: string | undefined): string {
  if (given === undefined) return process.cwd()
  const folder = resolve(given)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder
  throw usageError(`There is no folder ${folder}.`)
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}

function optionWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

function reported(error: unknown, output: Output): number {
  if (error instanceof Interrupted) return error.exitCode
  const failure = failureOf(error)
  output.failure(failure)
  const debug = process.env['QUINTET_DEBUG'] ?? ''
  if (debug !== '' && error instanceof Error) output.narrate(error.stack ?? '')
  return exitCodeOf(failure)
}

/** One Ctrl-C may come twice: from the terminal, and passed on by the program that started this one. */
const ECHO_MS = 200

/** A second interrupt always ends the process at once. */
function interruptSignal({ interrupt = 'exit' }: CommandSpec): AbortSignal {
  const controller = new AbortController()
  let first: number | null = null
  if (interrupt === 'own') return controller.signal
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const reason = new Interrupted(name)
      const now = performance.now()
      first ??= now
      const second = controller.signal.aborted && now - first > ECHO_MS
      if (interrupt === 'exit' || second) process.exit(reason.exitCode)
      controller.abort(reason)
    })
  }
  return controller.signal
}

/** Whoever read the output has gone: there is nobody left to tell, and that is no failure. What cannot be said beside it, as
 *  on a full disk, stops no work; an answer that cannot be written does. */
function surviveClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (errnoOf(error) === 'EPIPE') process.exit()
      if (stream === process.stdout) throw error
    })
  }
}

/** The built-in SQLite calls itself an experiment on some Node versions; every other warning is shown. */
function quietExperiments(): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`)
  })
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    stream.write('', () => done())
  })
}
