// A long-lived child: an agent, a server. Leader of its own group, piped, optionally in a box; what it leaves behind when
// it ends is ended with it. Its output belongs to the caller, its errors are kept as a bounded tail.
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { QuintetError } from '../contract/errors.ts'
import { boxed, type Box } from './box.ts'
import { Capture, tailText } from './capture.ts'
import type { Environment } from './environment.ts'
import { endGroup } from './group.ts'
import { identify, type ProcessIdentity } from './identity.ts'
import { openLog } from './log.ts'
import { isClosedPipe, programFile, programMissing, spawnGroup, type Started } from './spawn.ts'
import { rowOfNewChild } from './table.ts'

/** How a process ended. */
export interface ChildExit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ChildOptions {
  readonly cwd: string
  /** Added to the scrubbed environment of this process. */
  readonly env?: Environment
  /** Run in a box, see `boxAvailable`: `true` in one that everything can be written in. */
  readonly box?: boolean | Box
  /** File that receives the error output whole, appended. */
  readonly log?: string
  /** Ends the child on abort. */
  readonly signal?: AbortSignal
  readonly onExit?: (exit: ChildExit) => void
}

export interface Child extends AsyncDisposable {
  /** In a box: of the process that leads the box. */
  readonly identity: ProcessIdentity
  readonly group: number
  readonly stdin: Writable
  /** Must be read, or the child stops at a full pipe. */
  readonly stdout: Readable
  /** The last 16 KB of the error output. */
  stderrTail(): string
  /** Never rejects. The error output is complete by then unless a process outside the group holds it open. */
  readonly exited: Promise<ChildExit>
  /** Ends the whole group, SIGTERM and after `graceMs` (default 3000) SIGKILL; resolves when nothing of it is alive.
   *  Throws `E_PROCESS_SURVIVES`. May be called again and after the end. */
  end(graceMs?: number): Promise<void>
}

const STDERR_BYTES = 16 * 1024
const STDERR_LINGER_MS = 250

/** Starts `program` and resolves when it exists. Throws `E_PROGRAM_MISSING`, `E_FOLDER_MISSING` or `E_SPAWN`. */
export async function startChild(
  program: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  options.signal?.throwIfAborted()
  const { box = false, cwd } = options
  if (box !== false && (await programFile(program, options)) === null) throw programMissing(program)
  const command =
    box === false ? { program, args } : boxed(program, args, box === true ? { cwd } : { cwd, box })
  const { child, pid } = await spawnGroup(command.program, command.args, { ...options, stdin: true })
  const startTime = rowOfNewChild(pid)?.startTime
  const { stdin, stdout } = pipesOf(child)
  const errors = collectErrors(child, options.log)
  const { exited, end } = watchEnd({ child, pid }, errors, options)
  return {
    identity: startTime === undefined ? await identityOf(pid) : { pid, startTime },
    group: pid,
    stdin,
    stdout,
    stderrTail: () => tailText(errors.tail.bytes()),
    exited,
    end,
    [Symbol.asyncDispose]: () => end(),
  }
}

/** A child that is gone already has an identity that nothing alive has. */
async function identityOf(pid: number): Promise<ProcessIdentity> {
  return (await identify(pid)) ?? { pid, startTime: '' }
}

function pipesOf(child: ChildProcess): { stdin: Writable; stdout: Readable } {
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) {
    throw new QuintetError('E_SPAWN', 'internal', 'A child was started without pipes.')
  }
  // A child that ends does not read to the end: writers learn of it from their own callbacks, readers from the end.
  stdin.on('error', (error) => {
    if (!isClosedPipe(error)) stdout.destroy(error)
  })
  return { stdin, stdout }
}

interface Errors {
  readonly tail: Capture
  /** Resolves when the error output is closed and its log is written. */
  readonly complete: Promise<void>
}

function collectErrors(child: ChildProcess, log: string | undefined): Errors {
  const tail = new Capture(STDERR_BYTES, 'tail')
  const sink = log === undefined ? undefined : openLog(log)
  const closed = Promise.withResolvers<void>()
  child.stderr?.on('data', (chunk: Buffer) => {
    tail.add(chunk)
    if (child.stderr !== null) sink?.write(chunk, child.stderr)
  })
  child.stderr?.once('close', closed.resolve)
  return { tail, complete: closed.promise.then(() => sink?.close()) }
}

function watchEnd(
  { child, pid }: Started,
  errors: Errors,
  options: ChildOptions,
): { exited: Promise<ChildExit>; end: (graceMs?: number) => Promise<void> } {
  // Once the group is known to be empty its id may be used again: from then on nothing is sent to it.
  let gone = false
  const end = async (graceMs?: number): Promise<void> => {
    if (gone) return
    await endGroup(pid, graceMs, { boxed: (options.box ?? false) !== false })
    gone = true
  }
  const endUnasked = (): void => {
    // A failure is for the caller of end(), which tries again.
    end().catch(() => undefined)
  }
  options.signal?.addEventListener('abort', endUnasked, { once: true })
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      options.signal?.removeEventListener('abort', endUnasked)
      endUnasked()
      const finish = (): void => resolve({ exitCode, signal })
      const timer = setTimeout(finish, STDERR_LINGER_MS)
      void errors.complete.then(() => clearTimeout(timer)).then(finish)
    })
  })
  void exited.then((exit) => options.onExit?.(exit))
  return { exited, end }
}
