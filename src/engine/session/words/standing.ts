// What a session must know through every compaction of its agent's context, and what carries it there. Which way an agent
// allows is what it said when it was initialised.
import { rm } from 'node:fs/promises'
import type { RuleWay, Workspace } from '../../../contract/session.ts'
import { rulesFile } from '../../../contract/guard.ts'
import { contextFile } from '../../../coordination/prompt.ts'
import { writeAtomic } from '../../../store/atomic.ts'
import { guardRecordFile } from '../../../workspace/guard/install.ts'
import type { Services } from '../../services.ts'
import type { SessionSpec } from '../spec.ts'
import { promptInput } from './context.ts'

/** Ownership, ports, decisions and what done means, as they are now. */
export function standingRules(services: Services, session: SessionSpec, workspace: Workspace): string {
  return contextFile(promptInput(services, session, workspace))
}

export interface RuleMeans {
  readonly workspace: Workspace
  /** The agent has taken them into its system prompt. */
  readonly systemPrompt: boolean
  /** The agent was started with the hook that gives them after a compaction. */
  readonly hook: boolean
}

/** Says what carries the rules, and writes them for the hook where it is that; one that is not needed stays silent. */
export async function carryRules(
  services: Services,
  session: SessionSpec,
  { workspace, systemPrompt, hook }: RuleMeans,
): Promise<RuleWay> {
  const file = rulesFile(guardRecordFile({ repo: services.repo, ...session.name }))
  if (hook && !systemPrompt) {
    await writeAtomic(file, standingRules(services, session, workspace))
    return 'hook'
  }
  await rm(file, { force: true })
  return systemPrompt ? 'system prompt' : 'first prompt'
}
