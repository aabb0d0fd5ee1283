// Reading the projections straight from the database: what every reading command uses, whether or not a daemon runs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import { parseFact } from '../../contract/facts.ts'
import { TERMINAL_STATES } from '../../contract/session.ts'
import type { RunView, SessionView } from '../../contract/view.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { openStore, type Store } from '../../store/store.ts'
import { loadDaemonFile } from '../files.ts'
import { isAlive } from '../../process/identity.ts'
import type { SessionRecord } from '../../health/stats.ts'
import { RunProjection, type LoggedEvent } from './fold.ts'
import { sessionRecords } from '../../engine/health/history.ts'
import { toleratedRules } from '../../engine/health/log.ts'
import type { Tolerance } from '../../health/tolerance.ts'
import { runOfWorkflow } from '../../engine/names.ts'

export const DATABASE = 'quintet.db'

/** Folds one run. Throws `E_NO_RUN` when the log has no such run. */
export function foldRun(store: Store, run: string): RunProjection {
  const projection = new RunProjection(run)
  for (const event of store.events({ prefix: `${run}/` })) projection.apply(event)
  if (projection.view() === null) throw noRun(`There is no run ${run}.`)
  return projection
}

/** Ids of all runs, oldest first. */
export function runIds(store: Store): readonly string[] {
  const ids: string[] = []
  for (const { stream } of store.events({ types: ['run.created'] })) ids.push(runOfWorkflow(stream))
  return ids
}

/** All runs as they stand, oldest first; empty when nothing was ever run here. */
export async function readRuns(repo: Repository): Promise<readonly RunView[]> {
  const opened = openForReading(repo)
  if (opened === null) return []
  using store = opened
  const alive = await daemonAlive(repo)
  return runIds(store).map((run) => shown(foldRun(store, run), alive))
}

/** One run; without a name the newest that has not ended, else the newest. Throws `E_NO_RUN`. */
export async function readRun(repo: Repository, run?: string): Promise<RunView> {
  const opened = openForReading(repo)
  if (opened === null) throw noRun('Nothing was run in this repository yet.')
  using store = opened
  const id = run ?? newestRun(store)
  if (id === null) throw noRun('Nothing was run in this repository yet.')
  return shown(foldRun(store, id), await daemonAlive(repo))
}

/** Id of the newest run that has not ended, else of the newest; null when there is none. */
function newestRun(store: Store): string | null {
  const ids = runIds(store).toReversed()
  return ids.find((run) => store.event(`${run}/run`, `run.ended:${run}`) === undefined) ?? ids[0] ?? null
}

/** One record for every session that the log knows; empty when nothing was ever run here. */
export function readRecords(repo: Repository): readonly SessionRecord[] {
  const opened = openForReading(repo)
  if (opened === null) return []
  using store = opened
  return sessionRecords(store)
}

export interface LogQuery {
  readonly run?: string
  /** Piece id. */
  readonly session?: string
  readonly after?: number
}

/** What "not stuck" has taught this repository, as of now. */
export function readTolerances(repo: Repository): readonly Tolerance[] {
  const opened = openForReading(repo)
  if (opened === null) return []
  using store = opened
  return toleratedRules(store, Date.now())
}

/** Facts of the log in order, streamed. */
export function* readLog(repo: Repository, query: LogQuery): Generator<LoggedEvent> {
  const opened = openForReading(repo)
  if (opened === null) return
  using store = opened
  const run = query.run ?? newestRun(store)
  if (run === null) return
  const where =
    query.session === undefined ? { prefix: `${run}/` } : { stream: `${run}/session/${query.session}` }
  const after = query.after ?? 0
  for (const event of store.events({ ...where, after })) {
    if (parseFact(event.type, event.data) !== null) yield event
  }
}

/** The database, read-only; null when there is none yet. */
export function openForReading(repo: Repository): Store | null {
  const path = join(stateFolder(repo), DATABASE)
  return existsSync(path) ? openStore(path, { readOnly: true }) : null
}

/** Whether the daemon of this repository is alive, by process id and start time. */
export async function daemonAlive(repo: Repository): Promise<boolean> {
  const file = await loadDaemonFile(repo)
  return file !== null && (await isAlive({ pid: file.pid, startTime: file.startTime }))
}

/** Without a daemon nothing is at work, whatever was last written down. */
function shown(projection: RunProjection, alive: boolean): RunView {
  const view = projection.view()
  if (view === null) throw noRun('The run has no beginning in the log.')
  return alive || view.state === 'ended' ? view : { ...view, sessions: view.sessions.map(paused) }
}

function paused(session: SessionView): SessionView {
  const settled =
    TERMINAL_STATES.includes(session.state) || session.state === 'planned' || session.state === 'finished'
  if (settled || session.state === 'waiting') return session
  return { ...session, state: 'lost', basis: 'inferred', reason: 'the daemon is not running', activity: null }
}

function noRun(message: string): QuintetError {
  return new QuintetError('E_NO_RUN', 'precondition', message, {
    hints: [{ text: 'Start one from a plan.', command: 'quintet run <plan>' }],
  })
}
