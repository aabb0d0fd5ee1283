// A turn that failed because the agent's provider does not know its user: no more of it would help, only the operator can.
import { loginWords } from '../../../agents/acp/failures.ts'
import { agentCommand, PRESETS } from '../../../agents/presets.ts'
import { loginError } from '../../../agents/presets/login.ts'
import { errorData } from '../../../contract/errors.ts'
import type { Services } from '../../services.ts'
import type { TurnResult } from '../next.ts'
import type { TurnInput } from './input.ts'

const AUTH = 'E_AGENT_AUTH'

/** The result with the command that logs in; a result of any other kind as it is. The agent is ended for it, because it
 *  reads its login when it starts. */
export async function withLogin(
  services: Pick<Services, 'config' | 'repo' | 'conversations'>,
  { session }: TurnInput,
  result: TurnResult,
): Promise<TurnResult> {
  if (result.kind !== 'failed' || result.code !== AUTH) return result
  await services.conversations.stop(session.label)
  const agent = agentCommand(session.piece, services.config, { root: services.repo.root })
  const error = errorData(loginError(agent, PRESETS, loginWords(result.message)))
  return { ...result, message: error.message, error }
}
