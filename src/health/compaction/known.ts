// What an attempt knows at a point of its trace, as far as it can be lost by a compaction. Incremental and bounded. Pure.
import type { TraceEvent } from '../../contract/trace.ts'
import { withConstraints, withMessage, type Ledger } from '../ledger/ledger.ts'
import { relativeTo } from '../paths.ts'

export interface Known {
  /** Paths relative to the worktree where they lie in it. */
  readonly filesEdited: readonly string[]
  /** Read and not edited. */
  readonly filesRead: readonly string[]
  readonly ledger: Ledger
  readonly decisions: readonly string[]
  readonly operatorMessages: readonly string[]
}

/** The latest are kept. */
const FILES_KEPT = 500
const MESSAGES_KEPT = 200

/** Shorter messages ("yes", "go on") carry nothing that could be lost. */
const MESSAGE_MIN_WORDS = 4

/** Put into the conversation by the agent's own shell, not written by anybody. */
const PASTED = /^\s*<(?:bash|local-command|command)-/

/** Notes of the session, not work that could be lost. */
const OWN_NOTES = '.quintet/'

/** Follows a trace event by event. `ledger` and `decisions`: what was known before it began. */
export class KnownSoFar {
  readonly #edited = new Set<string>()
  readonly #read = new Set<string>()
  readonly #messages: string[] = []
  #decisions: readonly string[]
  #ledger: Ledger
  #root: string | null = null
  #actions = 0

  constructor(ledger: Ledger = [], decisions: readonly string[] = []) {
    this.#ledger = ledger
    this.#decisions = decisions
  }

  note(event: TraceEvent): void {
    if (event.t === 'session') this.#root = event.cwd ?? null
    else if (event.t === 'user' && event.meta !== true) this.#message(event.text)
    else if (event.t === 'call') {
      this.#actions = event.a + 1
      if (event.path === undefined) return
      const path = relativeTo(this.#root, event.path)
      if (path.startsWith(OWN_NOTES)) return
      if (event.kind === 'read') keepLatest(this.#read, path)
      else if (event.kind === 'edit' || event.kind === 'write') keepLatest(this.#edited, path)
    }
  }

  /** Takes in decisions that were made meanwhile; those that are known already change nothing. */
  decide(decisions: readonly { readonly n: number; readonly text: string }[]): void {
    this.#ledger = withConstraints(this.#ledger, { decisions })
    this.#decisions = [...new Set([...this.#decisions, ...decisions.map(({ text }) => text)])]
  }

  get known(): Known {
    return {
      filesEdited: [...this.#edited],
      filesRead: [...this.#read].filter((path) => !this.#edited.has(path)),
      ledger: this.#ledger,
      decisions: this.#decisions,
      operatorMessages: [...this.#messages],
    }
  }

  #message(text: string): void {
    if (PASTED.test(text)) return
    this.#ledger = withMessage(this.#ledger, { a: this.#actions, text })
    if (text.trim().split(/\s+/).length < MESSAGE_MIN_WORDS) return
    this.#messages.push(text)
    if (this.#messages.length > MESSAGES_KEPT) this.#messages.shift()
  }
}

function keepLatest(paths: Set<string>, path: string): void {
  paths.delete(path)
  paths.add(path)
  const [oldest] = paths
  if (paths.size > FILES_KEPT && oldest !== undefined) paths.delete(oldest)
}

export interface Rereads {
  /** Actions looked at. */
  readonly actions: number
  readonly reads: readonly string[]
}

/**
 * Reads of files that were known, and not changed since by an edit, among the first actions: 19 of 100 after real
 * compactions. `known`: paths relative to `root`.
 */
export function rereads(
  events: Iterable<TraceEvent>,
  known: { readonly paths: readonly string[]; readonly root: string | null },
  within = 10,
): Rereads {
  const fresh = new Set(known.paths)
  const reads: string[] = []
  let actions = 0
  for (const event of events) {
    if (event.t !== 'call') continue
    if (actions === within) break
    actions++
    if (event.path === undefined) continue
    const path = relativeTo(known.root, event.path)
    if (event.kind === 'read' && fresh.has(path)) reads.push(path)
    else if (event.kind === 'edit' || event.kind === 'write') fresh.delete(path)
  }
  return { actions, reads }
}
