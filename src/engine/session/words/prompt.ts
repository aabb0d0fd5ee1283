// The words of a turn: which prompt, filled with what.
import { continuePrompt, decisionsPrompt, firstPrompt, missingPrompt } from '../../../coordination/prompt.ts'
import type { PromptInput } from '../../../coordination/sections.ts'
import type { SessionName } from '../../names.ts'
import type { Services } from '../../services.ts'
import { decisions, promptInput } from './context.ts'
import { composeHandoff } from './handoff.ts'
import { liveWorkspace } from './folders.ts'
import { sessionSpec } from '../spec.ts'
import type { TurnInput } from '../turn/input.ts'

type PromptServices = Pick<Services, 'store' | 'config' | 'repo' | 'state'>

/** How the conversation stands that is about to be prompted. */
export interface Standing {
  /** The turn was begun before and cut off by a crash. */
  readonly cutOff: boolean
  /** The conversation remembers what was said before. */
  readonly remembers: boolean
}

/** The text of a turn's prompt. */
export async function composePrompt(
  services: Services,
  input: TurnInput,
  standing: Standing,
): Promise<string> {
  const { session, workspace, prompt } = input
  const resumed = standing.cutOff && standing.remembers
  switch (prompt.kind) {
    case 'first': {
      const handoff = prompt.handoff === null ? null : await composeHandoff(services, input, prompt.handoff)
      const first = firstPrompt(promptInput(services, session, workspace, handoff))
      return resumed ? `${continuePrompt({ kind: 'agent-lost' })}\n\n${first}` : first
    }
    case 'missing':
      return withNews(services, input, missing(services, input, prompt.evidence))
    case 'operator':
      return withNews(services, input, continuePrompt({ kind: 'operator', text: prompt.text }))
    case 'continue':
      return withNews(services, input, continuePrompt({ kind: 'turn-failed', message: prompt.why }))
  }
}

function missing(
  services: Services,
  input: TurnInput,
  evidence: Parameters<typeof missingPrompt>[0],
): string {
  const { session, workspace } = input
  const context: PromptInput = promptInput(services, session, workspace)
  return missingPrompt(evidence, {
    reprompt: input.reprompt,
    of: session.run.plan.limits.reprompts ?? 3,
    base: workspace.base,
    checks: session.piece.checks.map(({ name }) => name),
    coordination: context.coordination,
  })
}

/** A follow-up begins with the decisions that were made since the last prompt. */
function withNews(services: Services, { session, turn }: TurnInput, text: string): string {
  const last = services.store.event(session.stream, `turn.started:${turn - 1}`)
  const news = decisions(services.store, session.name.run, last?.seq ?? 0)
  if (news.length === 0) return text
  const folder = session.run.coordination.on ? services.config.coordination_folder : undefined
  return `${decisionsPrompt(news, folder)}\n\n${text}`
}

/** The first prompt of a session as it would be given now; ports are those it has, or has not yet (0). Throws `E_NO_SESSION`. */
export function sessionPrompt(services: PromptServices, name: SessionName): string {
  const session = sessionSpec(services, name)
  const workspace = liveWorkspace(services, session) ?? {
    base: session.run.base.commit,
    ports: { first: 0, count: 0 },
  }
  return firstPrompt(promptInput(services, session, workspace))
}
