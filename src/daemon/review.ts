// Runs held against their plans: read from the log, whether or not a daemon runs, and kept for the suggestions to come.
import { PRESETS } from '../agents/presets.ts'
import { parseFact } from '../contract/facts.ts'
import { runWorkflowId } from '../engine/names.ts'
import { loadRunInput } from '../engine/session/spec.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { loadConfig } from '../plan/config.ts'
import { forecast } from '../plan/forecast/forecast.ts'
import { loadPlanFacts } from '../plan/gather.ts'
import { learnedFrom, type Learned } from '../plan/reality/learned.ts'
import { keepLearned, learnedRuns, loadLearned } from '../plan/reality/memory.ts'
import { reviewRun, type Review, type RunFact } from '../plan/reality/review.ts'
import { openForReading, runIds } from './projection/read.ts'

/** Reviews one run and keeps what it has shown, which is nothing if it was a rehearsal; null where nothing was run. Throws
 *  `E_NO_RUN`. */
export async function reviewed(repo: Repository, run: string, signal: AbortSignal): Promise<Review | null> {
  const review = await reviewOf(repo, run, signal)
  if (review?.rehearsal === false) await keepLearned(stateFolder(repo), learnedFrom(review))
  return review
}

/** What all runs have shown, those included that ended since somebody last asked. */
export async function refreshedLearned(repo: Repository, signal: AbortSignal): Promise<Learned> {
  const state = stateFolder(repo)
  const known = new Set(await learnedRuns(state))
  for (const run of endedRuns(repo)) {
    if (!known.has(run)) await reviewed(repo, run, signal)
  }
  return await loadLearned(state)
}

/** The newest runs that have ended, rehearsals left out, oldest first. */
function endedRuns(repo: Repository): readonly string[] {
  const opened = openForReading(repo)
  if (opened === null) return []
  using store = opened
  return runIds(store)
    .slice(-MOST_REVIEWED)
    .filter((run) => store.event(`${run}/run`, `run.ended:${run}`) !== undefined)
    .filter((run) => store.claims.claim(runWorkflowId(run)) !== undefined)
    .filter((run) => !loadRunInput({ store }, run).rehearsal)
}

/** Older ones say little about the repository as it is. */
const MOST_REVIEWED = 20

async function reviewOf(repo: Repository, run: string, signal: AbortSignal): Promise<Review | null> {
  const opened = openForReading(repo)
  if (opened === null) return null
  using store = opened
  const input = loadRunInput({ store }, run)
  const facts: RunFact[] = []
  for (const { stream, at, type, data } of store.events({ prefix: `${run}/` })) {
    const fact = parseFact(type, data)
    if (fact !== null) facts.push({ stream, at, fact })
  }
  const config = await loadConfig(repo.root, process.env)
  const plan = { ...input.plan, base: input.base.commit }
  const known = await loadPlanFacts(repo.root, { plan, config, presets: PRESETS, signal })
  const { files, history = [], coordinationFolder } = known
  const { rehearsal, ignoreCase } = input
  return reviewRun({
    run,
    name: input.name,
    rehearsal,
    plan: input.plan,
    files,
    facts,
    forecast: forecast({ plan: input.plan, files, history, facts: null, ignoreCase, coordinationFolder }),
    ignoreCase,
    coordinationFolder,
  })
}
