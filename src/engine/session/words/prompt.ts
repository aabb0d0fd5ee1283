// The words of a turn: which prompt, filled with what.
import * as v from 'valibot'
import { FACTS } from '../../../contract/facts.ts'
import type { ScopeRequest } from '../../../contract/scope.ts'
import {
  continuePrompt,
  decisionsPrompt,
  firstPrompt,
  goOnPrompt,
  handBackPrompt,
  missingPrompt,
  nudgePrompt,
  refusedPrompt,
  restatedPrompt,
} from '../../../coordination/prompt.ts'
import type { Refusal } from '../../../coordination/refusals.ts'
import { scopeNewsPrompt } from '../../../coordination/scope-news.ts'
import { composeHandoff } from '../../health/handoff.ts'
import { failedBefore } from '../../health/predecessor.ts'
import { restatedSince } from '../../health/restated.ts'
import type { SessionName } from '../../names.ts'
import { requestsOf } from '../../scope/log.ts'
import { handedTo, scopeNews } from '../../scope/news.ts'
import { spokenPatches } from '../../scope/patches.ts'
import type { Services } from '../../services.ts'
import { decisions, promptInput } from './context.ts'
import { externalWords, isExternal } from '../external/delivery.ts'
import { liveWorkspace } from './folders.ts'
import type { Message, RefusedPath } from '../next.ts'
import { sessionSpec, type SessionSpec } from '../spec.ts'
import type { TurnInput } from '../turn/input.ts'
import { toldLast } from '../stored.ts'

type PromptServices = Pick<Services, 'store' | 'config' | 'repo' | 'state'>

/** How the conversation stands that is about to be prompted. */
export interface Standing {
  /** The turn was begun before and cut off by a crash. */
  readonly cutOff: boolean
  /** The conversation remembers what was said before. */
  readonly remembers: boolean
  /** Aborts when nobody waits for the prompt any longer. Absent: nothing is run for it that takes long. */
  readonly signal?: AbortSignal
}

/** The text of a turn's prompt. */
export async function composePrompt(
  services: Services,
  input: TurnInput,
  standing: Standing,
): Promise<string> {
  const { prompt } = input
  const { signal } = standing
  const words =
    prompt.kind === 'continue'
      ? continuePrompt({ kind: 'turn-failed', message: prompt.why })
      : await messageText(services, input, { message: prompt, signal })
  const unheard: string[] = []
  for (const message of prompt.unheard ?? [])
    unheard.push(await messageText(services, input, { message, signal }))
  const resumed = standing.cutOff && standing.remembers ? [continuePrompt({ kind: 'agent-lost' })] : []
  const news = prompt.kind === 'first' ? [] : await newsSince(services, input)
  // What was said earlier comes first; what only introduces it, before it.
  const said =
    prompt.kind === 'operator' || prompt.kind === 'handback' ? [...unheard, words] : [words, ...unheard]
  return [...resumed, ...news, ...said].join('\n\n')
}

async function messageText(
  services: Services,
  input: TurnInput,
  { message, signal }: { readonly message: Message; readonly signal: AbortSignal | undefined },
): Promise<string> {
  const { session, workspace } = input
  switch (message.kind) {
    case 'first': {
      const handoff =
        message.handoff === null
          ? null
          : await composeHandoff(services, input, {
              why: message.handoff,
              reason: message.reason ?? 'operator',
              ...(message.reason === undefined || signal === undefined ? {} : { check: signal }),
            })
      const first = firstPrompt(promptInput(services, session, workspace, handoff))
      const handed = await scopeText(services, session, handedTo(services.store, session.name, 0))
      const before = message.handoff === null ? failedBefore(services.store, session) : null
      const phases = phasesText(session.piece.phases ?? [])
      return [first, ...phases, ...(before === null ? [] : [before]), ...handed].join('\n\n')
    }
    case 'missing':
      return missing(services, input, message)
    case 'refused':
      return refusedPrompt(refusals(services, input, message.refused))
    case 'news':
      return goOnPrompt()
    case 'handback':
      return handBackPrompt(message.text)
    case 'nudge':
      return nudgePrompt(message.text)
    case 'operator':
      return [
        continuePrompt({ kind: 'operator', text: message.text }),
        ...conflictAdvice(services, session),
      ].join('\n\n')
  }
}

function phasesText(phases: readonly string[]): readonly string[] {
  if (phases.length === 0) return []
  const list = phases.map((phase, index) => `${index + 1}. ${phase}`).join('\n')
  return [
    `Phases of this piece, in their order:\n\n${list}\n\nWhen one is complete: commit, name it word for word under Completed in the status report, and end the turn.`,
  ]
}

/** A conflict with the target can only be mended by merging the target, which sessions are told never to do otherwise. */
function conflictAdvice(services: Services, { name, run }: SessionSpec): readonly string[] {
  let files: readonly string[] = []
  for (const event of services.store.events({
    prefix: `${name.run}/integration/`,
    types: ['integration.conflicted'],
  })) {
    const conflict = v.parse(FACTS['integration.conflicted'], event.data)
    if (conflict.piece === name.piece) files = conflict.files
  }
  if (files.length === 0) return []
  return [
    `The last integration stopped because this branch conflicts with \`${run.target}\` in: ${files.join(', ')}. To mend ` +
      `that, and for nothing else, run \`git merge ${run.target}\` in this worktree, resolve the conflict in favour of ` +
      'both sides, and commit the merge.',
  ]
}

/** The decisions that were made, and the paths that moved, since the last prompt that an agent was given. */
async function newsSince(services: Services, { session, turn }: TurnInput): Promise<readonly string[]> {
  const last = toldLast(services.store, session.stream, turn)
  const made = decisions(services.store, session.name.run, last)
  const folder = session.run.coordination.on ? services.config.coordination_folder : undefined
  return [
    // What was forgotten comes before anything else.
    ...restatedSince(services.store, session.stream, last).map((text) => restatedPrompt(text)),
    ...(made.length === 0 ? [] : [decisionsPrompt(made, folder)]),
    ...(await scopeText(services, session, scopeNews(services.store, session.name, last))),
  ]
}

async function scopeText(
  services: Services,
  session: SessionSpec,
  requests: readonly ScopeRequest[],
): Promise<readonly string[]> {
  if (requests.length === 0) return []
  return [scopeNewsPrompt(session.piece.id, requests, await spokenPatches(services, session))]
}

function missing(
  services: Services,
  input: TurnInput,
  { evidence, refused = [] }: Extract<Message, { kind: 'missing' }>,
): string {
  const { session, workspace } = input
  return missingPrompt(evidence, {
    reprompt: input.reprompt,
    of: session.run.plan.limits.reprompts ?? 3,
    base: workspace.base,
    checks: session.piece.checks.map(({ name }) => name),
    coordination: promptInput(services, session, workspace).coordination,
    refused: refusals(services, input, refused),
  })
}

/** Refused paths with what became of the requests that were filed for them. */
function refusals(
  services: Services,
  { session }: TurnInput,
  refused: readonly RefusedPath[],
): readonly Refusal[] {
  const requests = requestsOf(services.store, session.name.run).filter(
    ({ piece }) => piece === session.piece.id,
  )
  return refused.map(({ path, owner }) => ({
    path,
    owner,
    mine: session.ownership.owns(session.piece.id, path),
    request: requests.findLast(({ paths }) => paths.includes(path)) ?? null,
  }))
}

/** The first prompt of a session as it would be given now; ports are those it has, or has not yet (0). Throws `E_NO_SESSION`. */
export function sessionPrompt(services: PromptServices, name: SessionName): string {
  const session = sessionSpec(services, name)
  const workspace = liveWorkspace(services, session) ?? {
    base: session.run.base.commit,
    ports: { first: 0, count: 0 },
  }
  const input = promptInput(services, session, workspace)
  return isExternal(session.piece) ? externalWords(services, session, input) : firstPrompt(input)
}
