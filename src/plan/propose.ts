// A suggestion for a real repository: facts are gathered, the drafts checked against it as `plan check` would, mended where that
// can be done mechanically, and shown with what is left to say of them. Looks only; writing the file is a step of its own.
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { errnoOf, QuintetError } from '../contract/errors.ts'
import { writeAtomic } from '../store/atomic.ts'
import type { PlanFile } from '../contract/plan.ts'
import type { Config } from './config.ts'
import { discover } from './discover.ts'
import type { RepositoryFacts } from './facts/facts.ts'
import type { PlanFacts } from './facts.ts'
import { loadPlanFacts, Readings } from './gather.ts'
import { parsePlan, requirePlanName } from './load.ts'
import { PLANS_FOLDER } from './places.ts'
import { checkPlan } from './check.ts'
import { draftOf, type Draft } from './suggest/draft.ts'
import { mend } from './suggest/mend.ts'
import type { Proposal, Proposals } from './suggest/proposal.ts'
import { renderPlan } from './suggest/render.ts'
import { suggest, type SuggestInput } from './suggest/suggest.ts'

export interface ProposeInput extends Omit<SuggestInput, 'facts'> {
  readonly facts: RepositoryFacts
  readonly config: Config
  readonly presets: Readonly<Record<string, { readonly command: readonly string[] }>>
  /** Name of the plan that may be written. */
  readonly name: string
  readonly signal?: AbortSignal
  /** Told, in sentences, what takes seconds where there is much. */
  readonly onProgress?: (text: string) => void
}

/** Files from which on somebody waits. */
const MANY = 5_000

/** Suggests plans and checks each. `root` is the main worktree. Throws what `suggest` throws, and when git fails. */
export async function propose(root: string, input: ProposeInput): Promise<Proposals> {
  const { length } = input.facts.files
  const tell = (text: string): void => (length < MANY ? undefined : input.onProgress?.(text))
  tell(`Looking for ways to divide ${length.toLocaleString('en')} files.`)
  const suggestion = suggest(input)
  const detected = await discover(root, { presets: input.presets })
  const agent = input.config.agent === undefined ? (detected.agents[0] ?? null) : null
  const drafts = suggestion.candidates.map((candidate) =>
    draftOf(suggestion, candidate, { tests: detected.tests, agent }),
  )
  const proposals: Proposal[] = []
  const readings = new Readings()
  for (const draft of drafts) {
    tell(`Checking the plan by ${draft.candidate.boundary}.`)
    const facts = await planFacts(root, draft, { ...input, readings })
    const { draft: mended, report } = mend(input.name, draft, facts)
    const text = renderPlan(suggestion, mended)
    const plan = parsePlan(text, planFile(input.name))
    // What was checked is what will be written; only where reading it back gives something else is that checked.
    const same = isDeepStrictEqual(essence(plan), essence(mended.plan))
    proposals.push({
      draft: mended,
      text,
      report: same ? report : checkPlan({ name: input.name, plan }, facts),
    })
  }
  return { suggestion, proposals }
}

async function planFacts(
  root: string,
  { plan }: Draft,
  { config, presets, signal, readings }: ProposeInput & { readonly readings: Readings },
): Promise<PlanFacts> {
  const input = { plan, config, presets, readings }
  return await loadPlanFacts(root, signal === undefined ? input : { ...input, signal })
}

/** A plan but for the order of its shared files and the number of sessions at once, which no scope depends on. */
function essence({ limits: _limits, shared, ...plan }: PlanFile): object {
  return { ...plan, shared: shared.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

function planFile(name: string): string {
  return `${PLANS_FOLDER}/${name}.toml`
}

/** Writes a plan file; a file that is there is replaced only with `force`. Returns its path relative to `root`. Throws `E_PLAN_EXISTS`, `E_PLAN_NAME`. */
export async function writePlan(
  root: string,
  { name, text, force }: { readonly name: string; readonly text: string; readonly force: boolean },
): Promise<string> {
  const relative = planFile(requirePlanName(name))
  const path = join(root, relative)
  await mkdir(dirname(path), { recursive: true })
  if (force) {
    await writeAtomic(path, text)
    return relative
  }
  try {
    await using file = await open(path, 'wx')
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    throw new QuintetError(
      'E_PLAN_EXISTS',
      'precondition',
      `There is a plan ${name} already; it was left as it is.`,
      {
        hints: [
          { text: 'Look at it.', command: `quintet plan check ${name}` },
          { text: 'Choose another name, or replace it with --force.' },
        ],
      },
    )
  }
  return relative
}
