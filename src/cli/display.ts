// How a run is shown while it goes on: painted in place on a terminal, one line per change elsewhere, NDJSON on request.
import type { StreamMessage } from '../contract/api.ts'
import type { RunView } from '../contract/view.ts'
import { changeLines } from '../tui/changes.ts'
import { clock } from '../tui/duration.ts'
import { Painter } from '../tui/painter.ts'
import { renderRun } from '../tui/run.ts'
import { toned } from '../tui/style.ts'
import type { Output, Terminal } from './output.ts'

export interface Display extends Disposable {
  /** A fact from before the watching began. */
  past(message: StreamMessage): void
  /** The state that the past leads to. */
  begin(view: RunView): void
  message(message: StreamMessage, view: () => RunView): void
  /** Something about the watching itself. */
  notice(text: string): void
}

export interface DisplayOptions {
  readonly output: Output
  /** Where the view is drawn: the answer of `status --watch`, the narration of `run`. */
  readonly stream: 'stdout' | 'stderr'
  /** Drawn below the view on a terminal. */
  readonly footer: string
}

/** The display that fits the stream and `--json`. */
export function displayFor(options: DisplayOptions): Display {
  const { output, stream } = options
  if (output.json) return new RecordDisplay(output)
  const terminal = output[stream]
  const dumb = process.env['TERM'] === 'dumb'
  return terminal.isTTY === true && !dumb ? new PaintedDisplay(options) : new LineDisplay(terminal)
}

/** One JSON line a fact. */
class RecordDisplay implements Display {
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  begin(): void {}

  past(message: StreamMessage): void {
    this.#output.record(message)
  }

  message(message: StreamMessage): void {
    if (message.kind === 'fact') this.#output.record(message)
  }

  notice(text: string): void {
    this.#output.narrate(text)
  }

  [Symbol.dispose](): void {}
}

/** One line a change. */
class LineDisplay implements Display {
  readonly #stream: Terminal
  #shown: RunView | null = null

  constructor(stream: Terminal) {
    this.#stream = stream
  }

  past(): void {}

  begin(view: RunView): void {
    this.#print(view, Date.now())
  }

  message(message: StreamMessage, view: () => RunView): void {
    if (message.kind === 'fact') this.#print(view(), message.at)
  }

  notice(text: string): void {
    this.#stream.write(`${clock(Date.now())} ${text}\n`)
  }

  [Symbol.dispose](): void {}

  #print(view: RunView, at: number): void {
    for (const line of changeLines(this.#shown, view)) this.#stream.write(`${clock(at)} ${line}\n`)
    this.#shown = view
  }
}

/** The view, drawn again and again in place. */
class PaintedDisplay implements Display {
  readonly #screen: Terminal
  readonly #footer: string
  readonly #colour: boolean
  #painter: Painter | null = null
  #view: () => RunView | null = () => null

  constructor({ output, stream, footer }: DisplayOptions) {
    this.#screen = output[stream]
    this.#colour = stream === 'stdout' ? output.colour : output.narrationColour
    this.#footer = footer
  }

  past(): void {}

  begin(view: RunView): void {
    this.#view = () => view
    this.#painter = new Painter(this.#screen, (drawing) => this.#lines(drawing))
  }

  message(_message: StreamMessage, view: () => RunView): void {
    this.#view = view
    this.#painter?.changed()
  }

  notice(text: string): void {
    this.#painter?.print(text)
  }

  [Symbol.dispose](): void {
    this.#painter?.[Symbol.dispose]()
  }

  #lines({ width, now }: { readonly width: number; readonly now: number }): string[] {
    const view = this.#view()
    if (view === null) return []
    const colour = this.#colour
    const footer = view.state === 'ended' ? [] : ['', toned(this.#footer, 'quiet', colour)]
    return [...renderRun(view, { width, now, colour }), ...footer]
  }
}
