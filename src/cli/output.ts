// Where words go: the answer to standard output, the narration to standard error, and with --json one line
// `{schema, ok, data}` as the answer.
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { ErrorData } from '../contract/errors.ts'
import { VIEW_SCHEMA } from '../contract/view.ts'
import { colourWanted } from '../tui/style.ts'
import { renderFailure } from './failure.ts'

/** A standard stream of the process. */
export type Terminal = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface OutputOptions {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly json: boolean
  /** False after `--no-color`. */
  readonly colour: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What is no terminal has room for everything. */
const UNBOUNDED_WIDTH = 10_000
const DEFAULT_WIDTH = 80
const NARROWEST = 20

export class Output {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly json: boolean
  /** Columns of standard output. */
  readonly width: number
  /** Whether the answer is coloured. */
  readonly colour: boolean
  readonly #errorColour: boolean

  constructor({ stdout, stderr, json, colour, env }: OutputOptions) {
    this.stdout = stdout
    this.stderr = stderr
    this.json = json
    this.width = widthOf(stdout, env)
    this.colour = colourWanted({ env, isTTY: stdout.isTTY === true, allowed: colour })
    this.#errorColour = colourWanted({ env, isTTY: stderr.isTTY === true, allowed: colour })
  }

  /** Whether the narration is coloured. */
  get narrationColour(): boolean {
    return this.#errorColour
  }

  /** Lines of the answer. */
  lines(lines: readonly string[]): void {
    for (const line of lines) this.stdout.write(`${line}\n`)
  }

  /** The answer: `data` as one line with --json, the lines otherwise. */
  answer(data: unknown, lines: () => readonly string[]): void {
    if (this.json) this.record({ schema: VIEW_SCHEMA, ok: true, data })
    else this.lines(lines())
  }

  /** One line of a JSON stream. */
  record(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** A line of narration. */
  narrate(text: string): void {
    this.stderr.write(`${text}\n`)
  }

  /** A failure: the block on standard error and, with --json, the error as the answer. */
  failure(error: ErrorData): void {
    if (this.json) this.record({ schema: VIEW_SCHEMA, ok: false, error })
    for (const line of renderFailure(error, this.#errorColour)) this.narrate(line)
  }

  /** Resolves when what was written has gone far enough that more may follow. */
  async drained(): Promise<void> {
    if (this.stdout.writableNeedDrain) await once(this.stdout, 'drain')
  }
}

function widthOf(stream: Terminal, env: OutputOptions['env']): number {
  const columns = Number(env['COLUMNS'])
  const known = stream.columns ?? (Number.isInteger(columns) && columns > 0 ? columns : undefined)
  return Math.max(NARROWEST, known ?? (stream.isTTY === true ? DEFAULT_WIDTH : UNBOUNDED_WIDTH))
}
