// Hand-made traces: calls with their results, written as agents' recorders write them.
import type { CallKind, TraceEvent } from '../../src/contract/trace.ts'

/** One call with its result; texts as the tool gave them. */
export interface Step {
  readonly tool?: string
  readonly kind?: CallKind
  readonly cmd?: string
  readonly path?: string
  readonly input?: string
  readonly edit?: { readonly old: string; readonly new: string }
  readonly ok?: boolean | null
  readonly exit?: number | null
  readonly text: string
  readonly batch?: string
  /** Said before the call. */
  readonly say?: string
  /** Hash of the worktree after it. */
  readonly tree?: string
}

/** Writes events with running indices. */
export class TraceWriter {
  readonly events: TraceEvent[] = []
  #a: number

  constructor(a = 0) {
    this.#a = a
  }

  /** Index of the next action. */
  get next(): number {
    return this.#a
  }

  user(text: string): void {
    this.events.push({ t: 'user', text })
  }

  say(text: string): void {
    this.events.push({ t: 'say', text })
  }

  step(step: Step): void {
    if (step.say !== undefined) this.say(step.say)
    const a = this.#a++
    const id = `made-${a}`
    const { ok, exit, path, edit } = step
    const written =
      edit === undefined
        ? undefined
        : JSON.stringify({ file_path: path, old_string: edit.old, new_string: edit.new })
    const input = step.input ?? written
    this.events.push({
      t: 'call',
      a,
      id,
      tool: step.tool ?? 'Bash',
      kind: step.kind ?? 'exec',
      ...(step.cmd === undefined ? {} : { cmd: step.cmd }),
      ...(step.path === undefined ? {} : { path: step.path }),
      ...(input === undefined ? {} : { input }),
      ...(step.batch === undefined ? {} : { batch: step.batch }),
      ...(step.edit === undefined ? {} : { edits: [{ oldText: step.edit.old, newText: step.edit.new }] }),
    })
    const good = ok === undefined ? (exit ?? 0) === 0 : ok
    this.events.push({
      t: 'result',
      a,
      id,
      ok: good,
      ...(exit === undefined ? {} : { exit }),
      text: step.text,
      chars: step.text.length,
    })
    if (step.tree !== undefined) this.events.push({ t: 'tree', a, hash: step.tree })
  }

  steps(steps: readonly Step[]): void {
    for (const step of steps) this.step(step)
  }
}
