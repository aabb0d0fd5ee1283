// What a box is, whatever makes it. Values only.
import type { Environment } from './environment.ts'

/** A command line. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** One place in a box, absolute. Later mounts cover earlier ones. */
export interface Mount {
  /** `read`, `write`: what is at `from` (default: at the same path). `empty`: a folder in memory. `blank`: a device that
   *  is always empty. */
  readonly kind: 'read' | 'write' | 'empty' | 'blank'
  readonly path: string
  readonly from?: string
}

/** What a box is made with by the sandbox runtime. */
export interface SrtBox {
  /** The module of the runtime. */
  readonly library: string
  /** File with the settings; nothing in the box may write it. */
  readonly settings: string
}

export interface Box {
  readonly mounts: readonly Mount[]
  /** `none`: a loopback of its own, and nothing else. */
  readonly network: 'shared' | 'none'
  /** Variables that say where things are for whoever cannot see one place at another. */
  readonly relocated?: Environment
  /** Made with the sandbox runtime, from these settings, instead of with bubblewrap. */
  readonly srt?: SrtBox
}
