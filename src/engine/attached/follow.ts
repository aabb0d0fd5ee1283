// One terminal: its agent's record is read as it grows, and what has changed since is written to the session's log.
import { lstat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { ClaudeTranscript } from '../../agents/attached/claude-transcript.ts'
import { CodexRollout } from '../../agents/attached/codex-rollout.ts'
import { EMPTY_PICTURE, withEvent, type Picture } from '../../agents/attached/picture.ts'
import type { RecordReader } from '../../agents/attached/record.ts'
import { FileTail } from '../../agents/attached/tail.ts'
import type { AgentEvent } from '../../contract/agent.ts'
import { ignoring } from '../../contract/errors.ts'
import type { FactData, FactType } from '../../contract/facts.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { TraceRecorder } from '../health/recorder.ts'
import { tracePath } from '../health/session-trace.ts'
import type { SessionTerminal } from './found.ts'
import type { TerminalSpend } from './spend.ts'

/** Readings of a record in one look; the rest comes with the next. */
const MOST_READ = 16
/** Traces of one conversation that are kept, one for each time its record was read from its beginning. */
const MOST_TRACES = 1_000

export interface FollowOptions {
  readonly state: string
  /** The session's worktree, resolved. */
  readonly root: string
  /** Writes a fact to the session's log. */
  readonly write: <T extends FactType>(type: T, data: FactData<T>) => void
  /** Hears what the agent does from now on; what it did before it was found is not repeated. */
  readonly listen: (event: AgentEvent) => void
  readonly tell: (text: string) => void
  /** Makes the judge of its conversation, which hears it from its beginning. */
  readonly judge: (terminal: SessionTerminal) => { readonly note: (event: TraceEvent) => void }
  /** What its conversation uses, of the whole of it so far. */
  readonly spent: TerminalSpend
  /** Tokens of the context window, where something else than the record tells. */
  readonly window?: (conversation: string | null) => Promise<number | null>
}

export class FollowedTerminal implements AsyncDisposable {
  readonly #options: FollowOptions
  #terminal: SessionTerminal
  #tail: FileTail | null = null
  #reader: RecordReader | null = null
  #picture: Picture = EMPTY_PICTURE
  #trace: TraceRecorder | null = null
  /** The record was read to its end once. */
  #current = false
  #idle = false
  readonly #written = new Map<string, string>()

  constructor(terminal: SessionTerminal, options: FollowOptions) {
    this.#terminal = terminal
    this.#options = options
    const { key, agent, process, level, gaps } = terminal
    options.write('terminal.attached', { terminal: key, agent, pid: process.pid, level, gaps: [...gaps] })
  }

  /** Nobody is at work in it, as far as it is known. */
  get idle(): boolean {
    return this.#idle
  }

  get terminal(): SessionTerminal {
    return this.#terminal
  }

  /** Takes in how the terminal was found now, and what its agent has written since. */
  async look(terminal: SessionTerminal, signal?: AbortSignal): Promise<void> {
    this.#terminal = terminal
    await this.#read(terminal, signal)
    this.#writeState(terminal)
    const window = (await this.#options.window?.(terminal.conversation)) ?? null
    this.#writePicture(terminal.key, window)
  }

  async #read({ record, agent, conversation }: SessionTerminal, signal?: AbortSignal): Promise<void> {
    if (record !== null && this.#tail?.path !== record) {
      this.#tail = new FileTail(record)
      await this.#begin(agent, conversation)
    }
    if (this.#tail === null) return
    let more = true
    for (let reads = 0; more && reads < MOST_READ; reads++) {
      signal?.throwIfAborted()
      // What stands in a file that was not there a moment ago is news.
      const begun: boolean = this.#tail.begun
      const news: boolean = this.#current && !begun
      const tailed = await this.#tail.read()
      if (tailed.anew && begun) await this.#begin(agent, conversation)
      if (tailed.anew) this.#current = news
      for (const line of tailed.lines) for (const event of this.#reader?.take(line) ?? []) this.#note(event)
      more = tailed.more
    }
    if (!more) this.#current = true
  }

  async #begin(agent: SessionTerminal['agent'], conversation: string | null): Promise<void> {
    this.#reader = agent === 'claude' ? new ClaudeTranscript() : new CodexRollout()
    this.#picture = EMPTY_PICTURE
    this.#options.spent.begin()
    this.#current = false
    await this.#trace?.[Symbol.asyncDispose]()
    this.#trace = await this.#openTrace(agent, conversation)
  }

  /** The trace is made from the record, which is read from its beginning, and is made anew with it; what there was stays. */
  async #openTrace(agent: string, conversation: string | null): Promise<TraceRecorder> {
    const { state, root, tell } = this.#options
    const { session, process } = this.#terminal
    const name = conversation ?? `${process.pid}-${process.startTime.replaceAll(/[^\w-]/g, '-')}`
    const path = await unused(join(dirname(tracePath(state, session, 1)), `terminal-${name}`))
    const id = conversation ?? `${session.run}/${session.piece}/terminal`
    const judge = this.#options.judge(this.#terminal)
    return await TraceRecorder.open({
      path,
      header: { id, source: 'quintet', agent, agentVersion: null, cwd: root },
      tell,
      listen: (event) => judge.note(event),
    })
  }

  #note(event: AgentEvent): void {
    this.#picture = withEvent(this.#picture, event)
    this.#options.spent.note(event)
    this.#trace?.note(event)
    if (this.#current) this.#options.listen(event)
  }

  #writeState({ key, conversation, source, ...told }: SessionTerminal): void {
    const read = told.state === 'unknown' ? (this.#reader?.state ?? null) : null
    const asked = read === null ? null : (this.#reader?.waitingFor(Date.now()) ?? null)
    const state = asked === null ? (read ?? told.state) : 'waiting'
    const how = read === null ? source : 'conversation'
    const waitingFor = asked ?? told.waitingFor
    this.#idle = state !== 'busy'
    this.#writeNew('terminal.state', { terminal: key, state, waitingFor, source: how, conversation })
  }

  #writePicture(key: string, window: number | null): void {
    const { context, compactions, files } = this.#picture
    const size = context?.size ?? window
    const figure = context === null ? null : { ...context, size }
    this.#writeNew('terminal.context', { terminal: key, context: figure, compactions })
    const inside = [...new Set(files.flatMap((path) => this.#inWorktree(path) ?? []))]
    if (inside.length > 0 || this.#written.has('terminal.files'))
      this.#writeNew('terminal.files', { terminal: key, files: inside })
  }

  #inWorktree(path: string): string | null {
    const inside = isAbsolute(path) ? relative(this.#options.root, path) : path
    return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) ? null : inside
  }

  #writeNew<T extends FactType>(type: T, data: FactData<T>): void {
    const text = JSON.stringify(data)
    if (this.#written.get(type) === text) return
    this.#written.set(type, text)
    this.#options.write(type, data)
  }

  /** What differs in the worktree and belongs to others, as it is now. */
  outside(paths: FactData<'terminal.outside'>['paths']): void {
    if (paths.length === 0 && !this.#written.has('terminal.outside')) return
    this.#writeNew('terminal.outside', { terminal: this.#terminal.key, paths })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trace?.[Symbol.asyncDispose]()
  }
}

/** The first name for a trace that is not taken: `<stem>.jsonl`, `<stem>.2.jsonl` and so on. */
async function unused(stem: string): Promise<string> {
  for (let n = 2, path = `${stem}.jsonl`; ; path = `${stem}.${n}.jsonl`, n++) {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))
    if (found === undefined || n > MOST_TRACES) return path
  }
}
