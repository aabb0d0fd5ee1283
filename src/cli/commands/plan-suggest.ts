import { join } from 'node:path'
import { PRESETS } from '../../agents/presets.ts'
import { QuintetError } from '../../contract/errors.ts'
import { refreshedLearned } from '../../daemon/review.ts'
import { folderWithin, stateFolder, type Repository } from '../../git/repository.ts'
import { hasNoFault } from '../../plan/check.ts'
import { loadConfig } from '../../plan/config.ts'
import type { RepositoryFacts } from '../../plan/facts/facts.ts'
import { gatherFacts } from '../../plan/facts/gather.ts'
import { requirePlanName } from '../../plan/load.ts'
import { withLearned } from '../../plan/reality/weigh.ts'
import { propose, writePlan } from '../../plan/propose.ts'
import { suggestCommand } from '../../plan/suggest/command.ts'
import { proposalsJson } from '../../plan/suggest/explain.ts'
import type { Proposals } from '../../plan/suggest/proposal.ts'
import { BOUNDARIES, type Boundary } from '../../plan/suggest/suggest.ts'
import { keepSuggested, lastSuggested } from '../../plan/suggested.ts'
import { renderProposals, writtenLines } from '../../tui/suggest.ts'
import { oneLine } from '../../tui/text.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import type { Drafted, DraftRequest } from '../plan-draft.ts'
import { aheadLines, askAhead } from '../pool-ahead.ts'

const UNWRITTEN = 'suggestion'
/** Options that mean nothing where no goal is given. */
const OF_A_NEW_ONE = ['paths', 'by', 'sessions', 'agent']
const EXAMPLE = 'quintet plan suggest "Convert src/ to TypeScript"'

/** Suggests plans for a goal and shows them side by side; with `--write` the best becomes a plan file. What `plan check` would
 *  refuse it for is told with it and is no failure here. Without a goal, what was suggested last is written as it was shown. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options } = invocation
  const name = options.text('write')
  if (name !== undefined) requirePlanName(name)
  if (invocation.arguments[0] === undefined) return await writeLast(invocation)
  const asked = askedOf(invocation)
  const repo = await repositoryOf(invocation)
  const { found, draft, facts } = await suggested(invocation, repo, { ...asked, name: name ?? UNWRITTEN })
  const best = bestOf(found, draft)
  const written = name === undefined ? null : await writeText(invocation, repo, { name, text: best.text })
  const kept =
    written === null &&
    (await keepSuggested(stateFolder(repo), { ...best, goal: asked.goal, commit: facts.commit }))
  const writing = kept ? 'quintet plan suggest' : commandOf(invocation, asked)
  const more = draft === null ? [] : ['', ...(await draftLines(draft, output.width))]
  const isSound = found.proposals.slice(0, 1).every(({ report }) => hasNoFault(report))
  const ahead = written === null || !isSound ? null : await askAhead(repo, name ?? '', invocation)
  const made = { written, ...(ahead === null ? {} : { pool: ahead }) }
  output.answer({ ...proposalsJson(found), ...(draft === null ? {} : { draft }), ...made }, () => [
    ...renderProposals(found, {
      width: output.width,
      colour: output.colour,
      written,
      writing: `${writing} --write <name>`,
    }),
    ...more,
    ...aheadLines(ahead),
  ])
  return 0
}

interface Suggesting {
  readonly found: Proposals
  readonly draft: Drafted | null
  readonly facts: RepositoryFacts
}

async function suggested(
  invocation: Invocation,
  repo: Repository,
  asked: Asked & { readonly name: string },
): Promise<Suggesting> {
  const { signal } = invocation
  const cache = join(stateFolder(repo), 'facts')
  const gathered = await gatherFacts({ root: repo.root, commit: 'HEAD', cache, signal })
  const facts = withLearned(gathered, await refreshedLearned(repo, signal))
  const config = await loadConfig(repo.root, process.env)
  const from = await folderWithin(invocation.cwd)
  const onProgress = (text: string): void => invocation.output.narrate(text)
  const found = await propose(repo.root, {
    ...asked,
    from,
    facts,
    config,
    presets: PRESETS,
    signal,
    onProgress,
  })
  const { goal, name } = asked
  return { found, facts, draft: await drafted(invocation, repo, { goal, name, found, config }) }
}

/** The plan that is written: the best of the suggestions, or the draft of an agent that was accepted. */
function bestOf(
  { proposals }: Proposals,
  draft: Drafted | null,
): { readonly by: string; readonly text: string } {
  if (draft?.accepted === true && draft.plan !== null) return { by: draft.agent, text: draft.plan }
  const [best] = proposals
  if (best === undefined) throw new Error('There is always a proposal.')
  return { by: best.draft.candidate.boundary, text: best.text }
}

async function writeText(
  { options }: Invocation,
  repo: Repository,
  { name, text }: { readonly name: string; readonly text: string },
): Promise<string> {
  return await writePlan(repo.root, { name, text, force: options.flag('force') })
}

/** Writes what was suggested last. */
async function writeLast(invocation: Invocation): Promise<number> {
  const { options, output } = invocation
  const name = options.text('write')
  const given = OF_A_NEW_ONE.find(
    (option) => options.text(option) !== undefined || options.list(option).length > 0,
  )
  if (name === undefined || given !== undefined) throw goalMissing(given)
  const repo = await repositoryOf(invocation)
  const last = await lastSuggested(stateFolder(repo))
  if (last === null) {
    throw new QuintetError('E_NOT_SUGGESTED', 'precondition', 'No plan was suggested here yet.', {
      hints: [{ text: 'Say what is to be done.', command: EXAMPLE }],
    })
  }
  const { goal, by, commit, text } = last
  const written = await writeText(invocation, repo, { name, text })
  const ahead = await askAhead(repo, name, invocation)
  const made = { written, ...(ahead === null ? {} : { pool: ahead }) }
  output.answer({ goal, by, commit, plan: text, ...made }, () => [
    `Suggested last, by ${oneLine(by)}, for: ${oneLine(goal)}`,
    ...writtenLines(written),
    ...aheadLines(ahead),
  ])
  return 0
}

function commandOf({ options }: Invocation, asked: Asked): string {
  const agent = options.text('agent')
  const paths = options.list('paths')
  return suggestCommand({ ...asked, paths, ...(agent === undefined ? {} : { agent }) })
}

function goalMissing(given: string | undefined): QuintetError {
  const message =
    given === undefined
      ? 'The goal is missing.'
      : `The goal is missing; --${given} is about a new suggestion.`
  const text =
    given === 'paths'
      ? 'Say what is to be done, before --paths: that takes every word after it.'
      : 'Say what is to be done.'
  return usageError(message, [{ text, command: EXAMPLE }])
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

interface Asked {
  readonly goal: string
  readonly paths: readonly string[]
  readonly by: Boundary | 'auto'
  readonly sessions?: number
}

function askedOf({ arguments: [goal = ''], options }: Invocation): Asked {
  if (goal.trim() === '') {
    throw usageError('The goal is empty.', [{ text: 'Say what is to be done.', command: EXAMPLE }])
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
