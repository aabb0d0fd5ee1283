// The handoff of an attempt, filled from git, the log and the traces; the agent's own words are kept apart. It stands as
// JSON beside the page that the next attempt reads.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorData, QuintetError } from '../../contract/errors.ts'
import type { Handoff, HandoffReason } from '../../contract/handoff.ts'
import { lineCounts, worktreeLineCounts, changes } from '../../git/diff.ts'
import { commitLines } from '../../git/log.ts'
import { resolveCommit } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { fillHandoff, withApproaches } from '../../health/handoff/fill.ts'
import { PAGE_CHARS, renderHandoff } from '../../health/handoff/render.ts'
import type { Told } from '../../health/handoff/told.ts'
import { oneLine } from '../../health/words.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { loadJournal } from '../../workspace/journal.ts'
import { busyPorts } from '../../workspace/ports/probe.ts'
import { branchRef } from '../names.ts'
import type { Services } from '../services.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { decisions } from '../session/words/context.ts'
import { runFirstCheck } from './first-check.ts'
import { storedNotes, writeHandoff } from './handoff-files.ts'
import { handedFacts, type HandedFacts } from './handoff-facts.ts'
import { storedAlarms } from './log.ts'
import { worktreeTree, tracePath } from './session-trace.ts'
import { toldSoFar } from './told.ts'

const WHY_CHARS = 400

export interface HandoffWhy {
  readonly why: string
  readonly reason: HandoffReason
  /** After a reset the stated check is run first; its abort ends that. Absent: it is not run. */
  readonly check?: AbortSignal
}

/** The page for the attempt that begins, at most 6,000 characters. It is kept in the state folder, beside the JSON that
 *  holds everything. Rejects with the reason of `because.check` on its abort. */
export async function composeHandoff(
  services: Services,
  input: TurnInput,
  because: HandoffWhy,
): Promise<string> {
  const { session, attempt } = input
  const { state } = services
  const told = await toldSoFar(services, session, { attempt })
  const { notes, failed } = await storedNotes(services, session, attempt)
  const filled = withApproaches(await filledHandoff(services, input, { ...because, told, notes }), failed)
  const handoff: Handoff = {
    ...filled,
    firstCheck:
      because.check === undefined ? null : await runFirstCheck(services, input, filled, because.check),
  }
  const json = JSON.stringify(handoff, null, 1)
  const file = await writeHandoff(state, session, { attempt, kind: 'json', text: json })
  const seen = await writeInside(services, input, json)
  const why = oneLine(because.why, WHY_CHARS)
  const head = `An earlier conversation worked on this piece and was replaced: ${why}\n\n`
  const page = head + renderHandoff(handoff, seen ?? file, PAGE_CHARS - head.length)
  await writeHandoff(state, session, { attempt, kind: 'md', text: page })
  return page
}

/** From inside of a box the state folder cannot be read; the session folder can, where there is one. The path as the
 *  agent names it; null without such a folder. */
async function writeInside(
  { config }: Pick<Services, 'config'>,
  { session, workspace, prompt }: TurnInput,
  json: string,
): Promise<string | null> {
  if (!session.run.coordination.on || prompt.kind !== 'first') return null
  const path = `${config.coordination_folder}/handoff.json`
  await mkdir(join(workspace.path, config.coordination_folder), { recursive: true })
  await writeAtomic(join(workspace.path, path), json)
  return path
}

interface Filling extends HandoffWhy {
  readonly told: Told
  readonly notes: Handoff['agentNotes']
}

async function filledHandoff(services: Services, input: TurnInput, given: Filling): Promise<Handoff> {
  const { store } = services
  const { session, workspace, attempt } = input
  const { piece, run } = session
  const { told, notes } = given
  const facts = handedFacts(store, session, attempt - 1)
  return fillHandoff({
    meta: await metaOf(services, input, { ...given, facts }),
    goal: { piece: piece.brief, done: piece.checks.map(({ run: words }) => `${words.join(' ')} is green`) },
    ownership: {
      mine: [...piece.scope.include],
      forbidden: [...piece.scope.exclude],
      granted: facts.granted.filter((path) => session.ownership.owns(piece.id, path)),
    },
    ledger: told.ledger,
    changes: await changesSince(workspace, branchRef(session.name)),
    checks: [...told.checks, ...facts.checks],
    runs: told.runs,
    alarms: storedAlarms(store, session.stream).map(({ alarm }) => alarm),
    decisions: decisions(store, run.run).map(({ n, text }) => ({
      text,
      by: 'operator',
      ref: `decision ${n}`,
    })),
    questions: facts.questions.map((question) => ({ ...question })),
    messages: told.messages,
    environment: await environmentOf(services, input, facts),
    claims: { done: facts.completed, remaining: facts.inProgress },
    missing: facts.missing,
    notes,
    verification: {
      probe: facts.probe,
      checkedAt: facts.checkedAt,
      treeHashMatches: await isUntouched(services, input, told),
    },
    known: told.files,
  })
}

async function metaOf(
  services: Services,
  { session, workspace, attempt }: TurnInput,
  { told, why, reason, facts }: Filling & { readonly facts: HandedFacts },
): Promise<Handoff['meta']> {
  return {
    run: session.run.run,
    session: session.label,
    attempt: attempt - 1,
    agent: facts.agent?.name ?? session.piece.agent ?? services.config.agent ?? 'unknown',
    model: told.model,
    branch: session.branch,
    base: workspace.base,
    head: (await resolveCommit(services.repo.root, branchRef(session.name))) ?? workspace.base,
    treeHash: told.tree,
    port: workspace.ports.count > 0 ? workspace.ports.first : null,
    reason,
    why,
    contextPercent: facts.percent,
    at: new Date().toISOString(),
  }
}

async function environmentOf(
  { repo }: Services,
  { session, workspace }: TurnInput,
  { agent }: HandedFacts,
): Promise<Handoff['environment']> {
  const { first, count } = workspace.ports
  const [journal, busy] = await Promise.all([
    loadJournal({ repo, ...session.name }),
    busyPorts(workspace.ports),
  ])
  const dependencies = journal?.dependencies
  return {
    install: dependencies === undefined || dependencies === 'nothing' ? null : true,
    servers: busy.map((port) => `something listens on port ${port}`),
    ports: Array.from({ length: count }, (_, index) => first + index),
    versions: agent === null ? [] : [`agent ${agent.name} ${agent.version}`.trimEnd()],
  }
}

/** Whether nobody has touched the files since the last action; null where that cannot be told. */
async function isUntouched(
  { repo, state }: Services,
  { session, workspace, attempt }: TurnInput,
  { tree }: Told,
): Promise<boolean | null> {
  if (tree === null) return null
  const place = join(dirname(tracePath(state, session.name, attempt)), 'states-handoff')
  try {
    return (await worktreeTree(repo, { workspace, place })) === tree
  } catch (error) {
    if (!(error instanceof QuintetError) || errorData(error).kind !== 'git') throw error
    return null
  }
}

async function changesSince(workspace: TurnInput['workspace'], tip: string): Promise<Handoff['changes']> {
  const { path, base } = workspace
  const [commits, committed, lines, counts, now] = await Promise.all([
    commitLines(path, base, tip),
    changes(path, base, tip),
    lineCounts(path, base, tip),
    worktreeLineCounts(path, base),
    status(path),
  ])
  const dirty = new Map(
    now.entries.map((entry) => [entry.path, entry.kind === 'untracked' ? 'untracked' : 'dirty'] as const),
  )
  const files = new Map([...committed.map((change) => [change.path, 'committed'] as const), ...dirty])
  return {
    commits: [...commits],
    files: [...files].map(([file, state]) => {
      const { added = null, deleted = null } = counts.get(file) ?? {}
      return { path: file, added, deleted, state }
    }),
    diffstat: `${files.size} files, +${lines.added} -${lines.deleted} committed`,
  }
}
