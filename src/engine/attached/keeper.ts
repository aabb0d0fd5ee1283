// Looks for terminals of people in the worktrees of live sessions, again and again while there are any, and follows those
// that it finds: in the log, for the radar, and for the driver, which prompts nobody where a person works. When the last
// terminal of a session is gone, the session is told to look at what was done.
import { realpath } from 'node:fs/promises'
import type { AgentEvent } from '../../contract/agent.ts'
import { errorData, ignoring } from '../../contract/errors.ts'
import { parseFact, type FactData, type FactType } from '../../contract/facts.ts'
import { sessionWorkflowId, type SessionName } from '../names.ts'
import { heardIn, type HeardListener } from '../radar/listen.ts'
import { FOLLOWED_BY, radarNews } from '../radar/followed.ts'
import { AttemptHealth } from '../health/attempt-health.ts'
import { storedTolerances } from '../health/log.ts'
import { healthPolicy } from '../health/policy.ts'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { OPERATOR } from '../session/signals.ts'
import { sessionSpec } from '../session/spec.ts'
import { decisions } from '../session/words/context.ts'
import { liveWorkspace } from '../session/words/folders.ts'
import { terminalKey } from '../../agents/attached/terminal.ts'
import { terminalsIn, type SessionTerminal, type Workplace } from './found.ts'
import { FollowedTerminal } from './follow.ts'
import { CODEX_UNWIRED, guardTerminal, STILL_WIRED, toldWindow, unguardTerminal, UNWIRED } from './guards.ts'
import type { TerminalHold } from './hold.ts'
import { foreignFiles } from './outside.ts'
import { endedLaunch, forgetLaunch } from './launch.ts'
import { Looks } from './looks.ts'
import { mustLook } from './standing.ts'
import { TerminalHealth } from './health.ts'
import { TerminalSpend } from './spend.ts'

const LOOK_MS = 500
/** Between two looks at the files of a worktree, unless its agent says that it wrote. */
const FILES_MS = 1_500
/** So long anybody waits for a look. */
const LIMIT_MS = 15_000
const MOST_TOLD = 100

export interface KeeperOptions {
  readonly hold: TerminalHold
  /** Hears, as the radar does, which files were written. */
  readonly heard?: HeardListener
  /** In which the agents' own folders are looked up. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

interface Place extends Workplace {
  readonly label: string
  /** As the log names it. */
  readonly named: string
  readonly terminals: Map<string, FollowedTerminal>
  readonly spends: Map<string, TerminalSpend>
  /** When its files were looked at last, milliseconds of a clock that only goes on. */
  looked: number
  stirred: boolean
  /** Whether guards are meant to be in its settings; null: not looked at yet. */
  guarded: boolean | null
  /** Whether they are. */
  wired: boolean
}

export class TerminalKeeper implements AsyncDisposable {
  readonly #services: Services
  readonly #options: KeeperOptions
  readonly #places = new Map<string, Place>()
  /** Terminals that the log holds as open, which a daemon before us has left: by key, with the stream. */
  readonly #left = new Map<string, string>()
  readonly #told = new Set<string>()
  #seq = 0
  #written = 0
  #timer: NodeJS.Timeout | undefined
  readonly #looks: Looks
  #closed = false

  constructor(services: Services, options: KeeperOptions) {
    this.#services = services
    this.#options = options
    this.#looks = new Looks({
      run: (signal) => this.#lookNow(signal),
      tell: (text) => process.emitWarning(text),
      limitMs: LIMIT_MS,
    })
    options.hold.lookedForBy((signal) => this.look(signal))
  }

  /** Looks from now on, until disposed. */
  keep(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      void this.look().finally(() => this.keep())
    }, LOOK_MS)
    this.#timer.unref()
  }

  /** Looks once; who asks while somebody looks is told what that one sees after having asked. Nobody
   *  waits for one that hangs. Rejects with its reason when `signal` aborts. */
  async look(signal?: AbortSignal): Promise<void> {
    await this.#looks.once(signal)
  }

  async #lookNow(signal: AbortSignal): Promise<void> {
    await this.#catchUp()
    const places = [...this.#places.values()]
    const { state } = this.#services
    const found = await terminalsIn(places, { state, env: this.#options.env ?? process.env })
    for (const place of places) {
      signal.throwIfAborted()
      const here = found.filter(({ session }) => labelOf(session) === place.label)
      await this.#compare(place, here, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        this.#tell(place.label, error)
      })
    }
    signal.throwIfAborted()
    this.#closeLeft(found)
  }

  /** Reads in the log which sessions have a worktree. */
  async #catchUp(): Promise<void> {
    const begins = this.#seq === 0
    const types = [...FOLLOWED_BY, ...(begins ? ['terminal.attached', 'terminal.detached'] : [])]
    const events = [...this.#services.store.events({ after: this.#seq, types })]
    for (const event of events) {
      this.#seq = Math.max(this.#seq, event.seq)
      if (begins) this.#noteTerminal(event)
      const news = radarNews(event)
      if (news?.kind === 'joined') await this.#join(news.session, news.path)
      else if (news?.kind === 'left') await this.#leave(labelOf(news.session))
      else if (news?.kind === 'run-ended') {
        for (const { name, label } of this.#places.values())
          if (name.run === news.run) await this.#leave(label)
      }
    }
  }

  /** What goes wrong in one worktree is told once, and costs the others nothing. */
  #tell(label: string, error: unknown): void {
    const text = `The terminals of ${label} cannot be followed: ${errorData(error).message}`
    if (this.#told.has(text)) return
    if (this.#told.size < MOST_TOLD) this.#told.add(text)
    process.emitWarning(text)
  }

  #noteTerminal({ type, stream, data }: { type: string; stream: string; data: unknown }): void {
    const fact = parseFact(type, data)
    if (fact?.type === 'terminal.attached') this.#left.set(fact.data.terminal, stream)
    else if (fact?.type === 'terminal.detached') this.#left.delete(fact.data.terminal)
  }

  async #join(name: SessionName, named: string): Promise<void> {
    const label = labelOf(name)
    const path = await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], realpath(named))
    if (path === undefined || this.#places.get(label)?.path === path) return
    await this.#leave(label)
    const terminals = new Map<string, FollowedTerminal>()
    const spends = new Map<string, TerminalSpend>()
    const seen = { looked: -Infinity, stirred: false, guarded: null, wired: false }
    this.#places.set(label, { name, label, named, path, terminals, spends, ...seen })
  }

  async #leave(label: string): Promise<void> {
    const place = this.#places.get(label)
    if (place === undefined) return
    this.#places.delete(label)
    for (const followed of place.terminals.values())
      await this.#detach(place, followed, 'the session has ended')
    await this.#unguard(place)
    this.#options.hold.set(label, false)
  }

  async #compare(place: Place, found: readonly SessionTerminal[], signal: AbortSignal): Promise<void> {
    const before = place.terminals.size
    const ended = !found.some(({ launched }) => launched) && (await this.#noteEnded(place))
    for (const followed of place.terminals.values()) {
      if (!found.some(({ key }) => key === followed.terminal.key))
        await this.#detach(place, followed, 'its process has ended')
    }
    await this.#guard(place, found)
    for (const terminal of found) await this.#follow(place, terminal, signal)
    if (place.terminals.size > 0) await this.#lookAtFiles(place)
    this.#options.hold.set(place.label, place.terminals.size > 0)
    if ((before > 0 || ended) && place.terminals.size === 0) await this.#goOn(place)
  }

  /** Notes a terminal that was opened by ourselves and has ended, also when no look has seen it open; true when there was
   *  one. */
  async #noteEnded(place: Place): Promise<boolean> {
    const { state } = this.#services
    const launch = await endedLaunch(state, place.name)
    if (launch === null) return false
    const { agent, pid, startTime, level, gaps } = launch
    const terminal = terminalKey({ agent, process: { pid, startTime } })
    if (!place.terminals.has(terminal) && !this.#left.has(terminal)) {
      const stream = sessionWorkflowId(place.name)
      this.#write(stream, 'terminal.attached', { terminal, agent, pid, level, gaps: [...gaps] })
      this.#write(stream, 'terminal.detached', { terminal, why: 'its process has ended' })
    }
    await forgetLaunch(state, place.name)
    return true
  }

  /** While somebody else's Claude is open in the worktree it has the session's guards in its settings, and no longer. */
  async #guard(place: Place, found: readonly SessionTerminal[]): Promise<void> {
    const wanted = found.some(({ agent, launched }) => agent === 'claude' && !launched)
    if (place.guarded === wanted) return
    place.guarded = wanted
    if (!wanted) return await this.#unguard(place)
    place.wired = await guardTerminal(this.#services, place, this.#options.env ?? process.env)
  }

  async #unguard(place: Place): Promise<void> {
    if (!(await unguardTerminal(this.#services, place))) this.#services.announce(place.label, STILL_WIRED)
  }

  async #follow(place: Place, terminal: SessionTerminal, signal: AbortSignal): Promise<void> {
    let followed = place.terminals.get(terminal.key)
    if (followed === undefined) {
      followed = this.#begin(place, terminal)
      place.terminals.set(terminal.key, followed)
    }
    await followed.look(terminal, signal)
    this.#count(place, followed, followed.idle)
  }

  #count(place: Place, { terminal }: FollowedTerminal, last: boolean): void {
    const { key, conversation, agent } = terminal
    if (conversation === null) return
    const stream = sessionWorkflowId(place.name)
    const grown = place.spends.get(key)?.growth(this.#services.store, { stream, conversation, agent }, last)
    if (grown !== null && grown !== undefined) this.#write(stream, 'spend.counted', grown)
  }

  /** The judge of a terminal, with the demands and limits of its session. */
  #judge(place: Place, { key, agent }: SessionTerminal): TerminalHealth {
    const { store } = this.#services
    const { run } = sessionSpec(this.#services, place.name)
    const health = new AttemptHealth({
      agent,
      root: place.path,
      limits: healthPolicy(run.plan).limits,
      ledger: [],
      decisions: decisions(store, run.run).map(({ text }) => text),
    })
    const stream = sessionWorkflowId(place.name)
    return new TerminalHealth({
      terminal: key,
      health,
      tolerances: () => storedTolerances(store),
      write: (type, data) => this.#write(stream, type, data),
    })
  }

  #begin(place: Place, terminal: SessionTerminal): FollowedTerminal {
    const stream = sessionWorkflowId(place.name)
    const lacks = terminal.agent === 'claude' && !terminal.launched && !place.wired
    const unhooked = terminal.agent === 'codex' && !terminal.launched
    const missing = [...(lacks ? [UNWIRED] : []), ...(unhooked ? [CODEX_UNWIRED] : [])]
    const gaps = [...terminal.gaps, ...missing]
    const spent = new TerminalSpend()
    place.spends.set(terminal.key, spent)
    return new FollowedTerminal(
      { ...terminal, gaps },
      {
        state: this.#services.state,
        root: place.path,
        write: (type, data) => this.#write(stream, type, data),
        listen: (event) => this.#heard(place, event),
        tell: (text) => this.#services.announce(place.label, text),
        judge: (found) => this.#judge(place, found),
        spent,
        window: (conversation) => toldWindow(this.#services.state, place.name, conversation),
      },
    )
  }

  #heard(place: Place, event: AgentEvent): void {
    const heard = heardIn(event, place.path)
    if (heard === null) return
    place.stirred = true
    this.#options.heard?.(place.named, heard)
  }

  async #lookAtFiles(place: Place): Promise<void> {
    const now = performance.now()
    if (!place.stirred && now - place.looked < FILES_MS) return
    place.stirred = false
    place.looked = now
    const session = sessionSpec(this.#services, place.name)
    const workspace = liveWorkspace(this.#services, session)
    if (workspace === null) return
    const foreign = await foreignFiles(session, { path: place.path, base: workspace.base })
    const paths = foreign.map(({ path, owner }) => ({ path, owner }))
    for (const followed of place.terminals.values()) followed.outside(paths)
  }

  async #detach(place: Place, followed: FollowedTerminal, why: string): Promise<void> {
    const { key } = followed.terminal
    place.terminals.delete(key)
    this.#count(place, followed, true)
    place.spends.delete(key)
    await followed[Symbol.asyncDispose]()
    this.#write(sessionWorkflowId(place.name), 'terminal.detached', { terminal: key, why })
  }

  /** A session that waits for the operator looks at its branch again; one that is held goes on by itself. */
  async #goOn({ name, label, path }: Place): Promise<void> {
    const stream = sessionWorkflowId(name)
    if (!(await mustLook(this.#services.store, sessionSpec(this.#services, name), path))) return
    const reason = `the terminal in ${label} was closed`
    this.#services.engine().signal(stream, { name: OPERATOR, data: toJson({ kind: 'look', reason }) })
  }

  /** What was open when the daemon before us ended, and is not any more. */
  #closeLeft(found: readonly SessionTerminal[]): void {
    for (const [terminal, stream] of this.#left) {
      if (found.some(({ key }) => key === terminal)) continue
      const why = 'its process ended while no daemon was running'
      this.#write(stream, 'terminal.detached', { terminal, why })
    }
    this.#left.clear()
  }

  #write<T extends FactType>(stream: string, type: T, data: FactData<T>): void {
    this.#written += 1
    const key = `${type}:${Date.now()}:${process.pid}:${this.#written}`
    this.#services.store.append({ stream, key, type, data: toJson(data) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#looks.close()
    // Who opened them is still there, and whoever comes after us finds them again.
    for (const { terminals } of this.#places.values())
      for (const followed of terminals.values()) await followed[Symbol.asyncDispose]()
  }
}

const labelOf = ({ run, piece }: SessionName): string => `${run}/${piece}`
