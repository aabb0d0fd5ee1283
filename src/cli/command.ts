// What a command is to the command line: its words, arguments and options as data (help and completions are made from
// them), and what its module, loaded only when the command is invoked, is given.
import type { Output } from './output.ts'

/** What completes an argument or the value of an option. */
export type Completes = 'plans' | 'pieces' | 'sessions' | 'runs' | 'saved' | 'agents' | 'files'

export interface ArgumentSpec {
  /** `<plan>` required, `[run]` optional, `<text...>` several words. */
  readonly name: string
  readonly summary: string
  readonly completes?: Completes
  readonly choices?: readonly string[]
}

export interface OptionSpec {
  /** `--detach`, or `--run <run>` with a value. */
  readonly flags: string
  readonly summary: string
  readonly completes?: Completes
  readonly choices?: readonly string[]
}

export interface CommandSpec {
  /** The words of the command: `plan check`. */
  readonly name: string
  /** Imperative, one line, no full stop. */
  readonly summary: string
  readonly examples: readonly string[]
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  readonly hidden?: boolean
  /**
   * What an interrupt does. `exit` (default): ends the process at once. `abort`: aborts the invocation's signal and lets
   * the command wind down. `own`: the command installs its own handlers.
   */
  readonly interrupt?: 'exit' | 'abort' | 'own'
}

/** A command line that was understood. */
export interface Chosen {
  readonly spec: CommandSpec
  readonly arguments: readonly (string | undefined)[]
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export interface CommandModule {
  /** Runs the command and returns the exit code. */
  readonly run: (invocation: Invocation) => Promise<number>
}

export interface Invocation {
  /** Where the command was called, or the folder given by -C; absolute. */
  readonly cwd: string
  /** The arguments in their order; several words of one argument are joined by blanks. */
  readonly arguments: readonly (string | undefined)[]
  /** The words of the argument that takes several, each by itself: paths may contain blanks. */
  readonly words: readonly string[]
  readonly options: Options
  readonly output: Output
  /** Aborted by an interrupt; its reason is an `Interrupted`. */
  readonly signal: AbortSignal
}

/** The options as given, by their long names in camel case. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** True when the flag was given. */
  flag(name: string): boolean {
    return this.#values[name] === true
  }

  /** True when `--no-<name>` was given. */
  refused(name: string): boolean {
    return this.#values[name] === false
  }

  /** The values of an option that takes several; none when it was not given. */
  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
  }

  /** The value of an option that takes one. */
  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }
}

/** The reason of an aborted invocation; not an error to report. */
export class Interrupted extends Error {
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.name = 'Interrupted'
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}
