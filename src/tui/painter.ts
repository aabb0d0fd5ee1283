// Draws changing lines in place on a terminal: at most ten times a second, only when something changed, once a second
// for the ages. The cursor is hidden while it draws and comes back however the process ends.
import { fitted, HIDE_CURSOR, repaint, SHOW_CURSOR, type ScreenSize } from './frame.ts'

/** A terminal: `process.stderr` and `process.stdout` are such. */
export interface Screen {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** The lines for a width and a time in milliseconds since the epoch. */
export type Draw = (drawing: { readonly width: number; readonly now: number }) => readonly string[]

const FRAME_MS = 100
const TICK_MS = 1000
const DEFAULT_SIZE: ScreenSize = { columns: 80, rows: 24 }

export class Painter implements Disposable {
  readonly #screen: Screen
  readonly #draw: Draw
  readonly #tick: NodeJS.Timeout
  readonly #changed = (): void => this.changed()
  readonly #restore = (): void => void this.#screen.write(SHOW_CURSOR)
  #shown: readonly string[] = []
  #frame: NodeJS.Timeout | null = null
  #last = 0
  #open = true

  /** Draws at once and goes on until it is disposed of; the last lines stay on the screen. */
  constructor(screen: Screen, draw: Draw) {
    this.#screen = screen
    this.#draw = draw
    this.#tick = setInterval(this.#changed, TICK_MS)
    screen.on('resize', this.#changed)
    process.once('exit', this.#restore)
    screen.write(HIDE_CURSOR)
    this.#paint()
  }

  /** Says that the lines may have changed; they are drawn within a tenth of a second. */
  changed(): void {
    if (this.#frame !== null || !this.#open) return
    const wait = Math.max(0, this.#last + FRAME_MS - performance.now())
    this.#frame = setTimeout(() => this.#paint(), wait)
  }

  /** Writes lines that stay, above the drawing. */
  print(text: string): void {
    this.#screen.write(`${repaint(this.#shown, [], this.#size())}${text}\n`)
    this.#shown = []
    this.#paint()
  }

  /** Draws the last state and gives the cursor back. */
  [Symbol.dispose](): void {
    if (!this.#open) return
    this.#paint()
    this.#open = false
    clearInterval(this.#tick)
    if (this.#frame !== null) clearTimeout(this.#frame)
    this.#screen.off('resize', this.#changed)
    process.off('exit', this.#restore)
    this.#screen.write(SHOW_CURSOR)
  }

  #paint(): void {
    if (this.#frame !== null) clearTimeout(this.#frame)
    this.#frame = null
    this.#last = performance.now()
    const size = this.#size()
    const next = fitted(this.#draw({ width: size.columns, now: Date.now() }), size)
    if (next.length === this.#shown.length && next.every((line, index) => line === this.#shown[index])) return
    this.#screen.write(repaint(this.#shown, next, size))
    this.#shown = next
  }

  #size(): ScreenSize {
    return {
      columns: this.#screen.columns ?? DEFAULT_SIZE.columns,
      rows: this.#screen.rows ?? DEFAULT_SIZE.rows,
    }
  }
}
