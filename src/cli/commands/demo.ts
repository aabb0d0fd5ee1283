import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QuintetError } from '../../contract/errors.ts'
import type { RunView, SessionView } from '../../contract/view.ts'
import { sessionMarker } from '../../engine/session/spec.ts'
import { integrationMarker } from '../../engine/sweep.ts'
import { quoted } from '../../contract/shell.ts'
import { openRepository, type Repository } from '../../git/repository.ts'
import { leftovers } from '../../workspace/list.ts'
import { daemonOf, viewOf } from '../access.ts'
import { Interrupted, type Invocation } from '../command.ts'
import { DemoAgents, installedAgents } from '../demo/agents.ts'
import { DemoOperator } from '../demo/operator.ts'
import { makeService, MATERIAL } from '../demo/service.ts'
import { displayFor } from '../display.ts'
import { endDaemon } from '../end-daemon.ts'
import { needsOperatorOnly } from '../moving.ts'
import { checkBeforeRun } from '../plan-report.ts'
import { watchRun, type Watched } from '../watch.ts'

const PLAN = 'demo'
/** Of the agents, beside the repository. */
const HOME = 'home'

/** Plays a whole run, with scripted agents or with real ones and a scripted model, and returns 0 only when all of it has
 *  landed and nothing is left behind. */
export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation
  process.exitCode = 1
  useThisNode()
  const names =
    options
      .text('agents')
      ?.split(',')
      .map((name) => name.trim()) ?? []
  await using agents = names.length === 0 ? null : new DemoAgents(await installedAgents(names))
  const given = options.text('dir')
  const folder =
    given === undefined
      ? await mkdtemp(join(await realpath(tmpdir()), 'quintet-demo-'))
      : resolve(invocation.cwd, given)
  const place = { folder, temporary: given === undefined, agents }
  const repo = await openRepository(await serviceIn(place, invocation))
  try {
    return await playAndReport(repo, place, invocation)
  } catch (error) {
    if (error instanceof Interrupted) await leave(repo, place, invocation)
    throw error
  }
}

interface Place {
  readonly folder: string
  /** Nobody has named it, so nobody wants it kept. */
  readonly temporary: boolean
  /** Null: the scripted agent plays all pieces. */
  readonly agents: DemoAgents | null
}

/** Makes the repository, or finds the one of an interrupted demo; where it is. Throws `E_DEMO_OVER`. */
async function serviceIn({ folder, agents }: Place, { output }: Invocation): Promise<string> {
  const path = join(folder, 'accounts')
  const home = join(folder, HOME)
  // A model that has gone does not know how far its agents had come.
  if (existsSync(home) || (agents !== null && existsSync(path))) throw overError(folder)
  await agents?.enter(home, fileURLToPath(MATERIAL))
  const made = await makeService(path, agents === null ? undefined : (root) => agents.arrange(root))
  if (agents !== null)
    output.narrate(
      `${agents.names} play the pieces by turns; their model is scripted, no provider is called.`,
    )
  output.narrate(made === 'made' ? `Made an account service in ${path}.` : `Going on in ${path}.`)
  return path
}

function overError(folder: string): QuintetError {
  return new QuintetError(
    'E_DEMO_OVER',
    'precondition',
    `A demo was played in ${folder} already, and one with real agents cannot go on where another ended.`,
    { hints: [{ text: 'Name an empty folder with --dir, or none.' }] },
  )
}

async function playAndReport(repo: Repository, place: Place, invocation: Invocation): Promise<number> {
  const { options, output, signal } = invocation
  const refused = await checkBeforeRun(repo, PLAN, invocation)
  if (refused !== null) return refused
  const { view, stopped } = await play(repo, place, invocation)
  const interrupted = signal.aborted && view.state !== 'ended'
  if (interrupted || stopped) output.answer(outcome(view, []), () => [])
  if (interrupted) signal.throwIfAborted()
  if (stopped) {
    narrateWay(repo, place, { output, what: 'The daemon was stopped; the demo stands still.' })
    return 1
  }
  const left = await cleanUp(repo, view, invocation)
  report(view, left, invocation)
  const ok = view.verdict === 'landed' && left.length === 0
  if (ok && place.temporary && !options.flag('keep'))
    await rm(place.folder, { recursive: true, maxRetries: 3 })
  else output.narrate(`The service is in ${repo.root}.`)
  return ok ? 0 : 1
}

/** Nobody comes back to the folder of an interrupted demo by chance, so its daemon does not wait there. */
async function leave(repo: Repository, place: Place, { output }: Invocation): Promise<void> {
  narrateWay(repo, place, { output, what: 'Ending the demo; what it has done so far is kept.' })
  await endDaemon(repo, { force: false, signal: new AbortController().signal })
}

function narrateWay(
  repo: Repository,
  { folder, agents }: Place,
  { output, what }: Pick<Invocation, 'output'> & { readonly what: string },
): void {
  output.narrate(`${what} The service is in ${repo.root}.`)
  if (agents === null) output.narrate(`  → run: quintet demo --dir ${quoted(folder)}`)
}

/** Checks and agents find the Node that runs this program, also where an older one comes first on the path. */
function useThisNode(): void {
  process.env['PATH'] = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
}

/** Starts the run, or goes on with the one that an interrupted demo has left, to its end. */
async function play(repo: Repository, { agents }: Place, { output, signal }: Invocation): Promise<Watched> {
  const before = await viewOf(repo)
  if (before?.state === 'ended') return { view: before, stopped: false }
  const client = await daemonOf(repo, signal)
  const { run } = await client.startRun({ plan: PLAN })
  const footer =
    agents === null
      ? 'Five scripted sessions at work.'
      : `Five sessions of ${agents.names} at work, with a scripted model.`
  const shown = displayFor({ output, stream: 'stderr', footer })
  using display = new DemoOperator(repo, shown, signal)
  const watched = await watchRun({ repo, run, start: true, display, signal, over: isStuck })
  if (!signal.aborted) await display.settled()
  return watched
}

/** True when only a person could go on: the demo answers questions, and nothing else. */
function isStuck(view: RunView): boolean {
  return needsOperatorOnly(view) && view.sessions.every(({ question }) => question === null)
}

/** Cleans up and ends the daemon; what is left of the run then, by name. */
async function cleanUp(
  repo: Repository,
  view: RunView,
  { output, signal }: Invocation,
): Promise<readonly string[]> {
  const client = await daemonOf(repo, signal)
  for (const { what, outcome, reason } of await client.clean({})) {
    output.narrate(`clean: ${what} ${outcome}${reason === undefined ? '' : `: ${reason}`}`)
  }
  await endDaemon(repo, { force: false, signal })
  const markers = [
    ...view.sessions.map(({ piece }) => sessionMarker(repo.commonDir, { run: view.run, piece })),
    integrationMarker(repo.commonDir, view.run),
  ]
  return (await leftovers(repo, markers)).map(({ kind, name }) => `${kind} ${name}`)
}

function report(view: RunView, left: readonly string[], { output }: Invocation): void {
  output.answer(outcome(view, left), () => [
    `Verdict: ${view.verdict ?? 'none'}. Landed on ${view.target}: ${piecesIn(view, 'landed').join(', ') || 'nothing'}.`,
    left.length === 0 ? 'No worktree, branch, port or process is left.' : `Left behind: ${left.join(', ')}.`,
  ])
}

function outcome(view: RunView, leftovers: readonly string[]): object {
  const { verdict } = view
  return { verdict, landed: piecesIn(view, 'landed'), abandoned: piecesIn(view, 'abandoned'), leftovers }
}

function piecesIn(view: RunView, state: SessionView['state']): readonly string[] {
  return view.sessions.filter((session) => session.state === state).map(({ piece }) => piece)
}
