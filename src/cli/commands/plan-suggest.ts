import { join } from 'node:path'
import { PRESETS } from '../../agents/presets.ts'
import { refreshedLearned } from '../../daemon/review.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { loadConfig } from '../../plan/config.ts'
import { gatherFacts } from '../../plan/facts/gather.ts'
import { requirePlanName } from '../../plan/load.ts'
import { withLearned } from '../../plan/reality/weigh.ts'
import { proposalsJson } from '../../plan/suggest/explain.ts'
import { propose, writePlan } from '../../plan/suggest/propose.ts'
import { BOUNDARIES, type Boundary } from '../../plan/suggest/suggest.ts'
import { renderProposals } from '../../tui/suggest.ts'
import { oneLine } from '../../tui/text.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { exitCodeOf, usageError } from '../failure.ts'
import type { Drafted, DraftRequest } from '../plan-draft.ts'
import { refusalOf } from '../plan-report.ts'

const UNWRITTEN = 'suggestion'

/** Suggests plans for a goal and shows them side by side; with `--write` the best becomes a plan file. The exit code is that
 *  of `plan check` for the best. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const asked = askedOf(invocation)
  const name = options.text('write')
  if (name !== undefined) requirePlanName(name)
  const repo = await repositoryOf(invocation)
  const gathered = await gatherFacts({
    root: repo.root,
    commit: 'HEAD',
    cache: join(stateFolder(repo), 'facts'),
    signal,
  })
  const facts = withLearned(gathered, await refreshedLearned(repo, signal))
  const config = await loadConfig(repo.root, process.env)
  const found = await propose(repo.root, {
    ...asked,
    facts,
    config,
    presets: PRESETS,
    name: name ?? UNWRITTEN,
    signal,
  })
  const draft = await drafted(invocation, repo, {
    goal: asked.goal,
    name: name ?? UNWRITTEN,
    found,
    facts,
    config,
  })
  const text = draft?.accepted === true && draft.plan !== null ? draft.plan : found.proposals[0]?.text
  const written =
    name === undefined || text === undefined
      ? null
      : await writePlan(repo.root, { name, text, force: options.flag('force') })
  const more = draft === null ? [] : ['', ...(await draftLines(draft, output.width))]
  output.answer({ ...proposalsJson(found), ...(draft === null ? {} : { draft }), written }, () => [
    ...renderProposals(found, { width: output.width, colour: output.colour, written, goal: asked.goal }),
    ...more,
  ])
  const report = found.proposals[0]?.report
  const refusal = report === undefined ? null : refusalOf(report)
  return refusal === null ? 0 : exitCodeOf(refusal)
}

/** The plan of an agent, where one is asked for; nothing of it is loaded otherwise. */
async function drafted(
  { options, output, signal }: Invocation,
  repo: Repository,
  request: Omit<DraftRequest, 'agent' | 'signal' | 'onProgress'>,
): Promise<Drafted | null> {
  const agent = options.text('agent')
  if (agent === undefined) return null
  const { loadDraft } = await import('../plan-draft.ts')
  const onProgress = (text: string): void => output.narrate(oneLine(text))
  return await loadDraft(repo, { ...request, agent, signal, onProgress })
}

async function draftLines(draft: Drafted, width: number): Promise<readonly string[]> {
  const { renderDraft } = await import('../plan-draft.ts')
  return renderDraft(draft, width)
}

function askedOf({ arguments: [goal = ''], options }: Invocation): {
  readonly goal: string
  readonly paths: readonly string[]
  readonly by: Boundary | 'auto'
  readonly sessions?: number
} {
  if (goal.trim() === '') {
    throw usageError('The goal is empty.', [
      { text: 'Say what is to be done.', command: 'quintet plan suggest "Convert src/ to TypeScript"' },
    ])
  }
  const sessions = countOf(options.text('sessions'))
  return {
    goal: goal.trim(),
    paths: options.list('paths'),
    by: boundaryOf(options.text('by') ?? 'auto'),
    ...(sessions === undefined ? {} : { sessions }),
  }
}

function boundaryOf(word: string): Boundary | 'auto' {
  const found = BOUNDARIES.find((boundary) => boundary === word)
  if (found !== undefined || word === 'auto') return found ?? 'auto'
  throw usageError(`There is no boundary ${word}; there are ${BOUNDARIES.join(', ')} and auto.`)
}

function countOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  if (/^[1-9]\d?$/.test(word)) return Number(word)
  throw usageError(`--sessions takes a whole number from 1 to 99, not ${word}.`)
}
