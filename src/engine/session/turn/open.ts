// Opens the conversation of an attempt: first nothing of an earlier process tree may be alive, then the agent is started
// anew or resumes what it was in. Every process that is started goes into the register first.
import * as v from 'valibot'
import type { Conversation } from '../../../agents/driver.ts'
import type { AgentGuards } from '../../../agents/guards/guards.ts'
import { agentCommand, SCRIPTED, type AgentCommand } from '../../../agents/presets.ts'
import { FACTS } from '../../../contract/facts.ts'
import { removeLeftLocks } from '../../../git/locks.ts'
import { endGroup } from '../../../process/group.ts'
import { isAlive } from '../../../process/identity.ts'
import { endSurvivors } from '../../../process/marker.ts'
import { occupants } from '../../../workspace/occupants.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import type { Services } from '../../services.ts'
import { boxFingerprint, importWork, requireLevel, sessionBox, type SessionBox } from '../box.ts'
import { sessionEnvironment } from '../environment.ts'
import { guardsOfAgent, setGuards } from '../guards.ts'
import { bringIdentity } from '../identity.ts'
import { proveOwn } from '../late-proof.ts'
import type { SessionSpec } from '../spec.ts'
import { storedConversation } from '../stored.ts'
import type { Line, Live } from './conversations.ts'
import type { TurnInput } from './input.ts'
import { modeGaps } from './mode.ts'
import { carryRules, standingRules } from '../words/standing.ts'

/** A live conversation for the turn. Throws what the driver throws; `E_RESUME_FAILED` when the old one is gone for good,
 *  `E_ENFORCEMENT` when the session cannot be held as its plan demands. */
export async function openConversation(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
): Promise<Live> {
  const { session, workspace, attempt, turn } = input
  const earlier = await endEarlierProcesses(services, session)
  if (earlier && (await occupants(workspace.path)).length === 0) {
    await removeLeftLocks(services.repo, workspace.path, workspace.branch)
  }
  await importWork(services, session)
  const guards = await setGuards(services, session, workspace.path)
  const agent = agentCommand(session.piece, services.config, { root: services.repo.root })
  const scope = boxFingerprint(session)
  const boxed = await sessionBox(services, { session, workspace, agent, guards })
  requireLevel(session, boxed)
  const rules = await guardsOfAgent(services, session, { ...agent, boxed: boxed.box !== null })
  const fingerprint = boxed.box === null && !rules.fixed ? null : scope
  const resume = storedConversation(services.store, session.stream, attempt)
  const proof = proving(services, input, effect.signal)
  const live = await services.conversations.open(session.label, { attempt, fingerprint, boxed }, (line) =>
    startAgent(services, effect, input, { line, resume, boxed, agent, rules }),
  )
  await proof
  const { conversation } = live
  const way = await carryRules(services, session, {
    workspace,
    systemPrompt: conversation.capabilities.systemPrompt,
    hook: rules.rulesHook === true,
  })
  record(effect, 'attempt.started', resume === null ? String(attempt) : `${attempt}:${turn}:${Date.now()}`, {
    attempt,
    how: conversation.how,
    conversation: conversation.id,
    agent: conversation.capabilities.name,
    version: conversation.capabilities.version,
    mode: conversation.mode,
    boxed: boxed.box !== null,
    level: boxed.level,
    gaps: [...boxed.gaps, ...modeGaps(conversation.mode)],
    rules: way,
  })
  return live
}

/** While the agent starts there is time for it. */
function proving(services: Services, { session, workspace }: TurnInput, signal: AbortSignal): Promise<void> {
  const { path } = workspace
  const proof = proveOwn(services, session, { path, signal }).then((found) => {
    if (found.kind === 'restored')
      services.announce(session.label, `saved and took out ${found.paths.join(', ')}`)
  })
  // Who starts the agent may fail first, and then nobody waits for this.
  proof.catch(() => undefined)
  return proof
}

/** Two proofs that no predecessor lives: the register knows the groups, the mark finds what has left its group. True when
 *  there ever was one. */
async function endEarlierProcesses(services: Services, session: SessionSpec): Promise<boolean> {
  let earlier = false
  for (const event of services.store.events({ stream: session.stream, types: ['process.started'] })) {
    const { pid, startTime, group } = v.parse(FACTS['process.started'], event.data)
    earlier = true
    if (await isAlive({ pid, startTime })) await endGroup(group, 0)
  }
  await endSurvivors(session.marker)
  return earlier
}

interface Start {
  readonly line: Line
  readonly resume: string | null
  readonly boxed: SessionBox
  readonly agent: AgentCommand
  readonly rules: AgentGuards
}

async function startAgent(
  services: Services,
  effect: EffectContext,
  { session, workspace, attempt }: TurnInput,
  { line, resume, boxed, agent, rules }: Start,
): Promise<Conversation> {
  const { name, command, env } = agent
  const mode = boxed.box === null ? agent.mode : (agent.boxedMode ?? agent.mode)
  if (name === SCRIPTED) await bringIdentity(workspace.path, session.home)
  const mcp = services.tools?.open(session.name)
  const conversation = await services.driver.open({
    cwd: workspace.path,
    env: { ...sessionEnvironment(services, session, workspace), ...env, ...rules.env, ...boxed.env },
    command,
    standing: standingRules(services, session, workspace),
    ...(rules.meta === undefined ? {} : { meta: rules.meta }),
    ...(mode === undefined ? {} : { mode }),
    box: boxed.box ?? false,
    ...(mcp === undefined ? {} : { mcp }),
    // Other agents find their credentials in the operator's home.
    ...(name === SCRIPTED ? { home: session.home } : {}),
    ...(resume === null ? {} : { resume }),
    log: `${session.logs}/agent-${attempt}.log`,
    onEvent: (event) => line.onEvent(event),
    onQuestion: (question, signal) => line.onQuestion(question, signal),
    onStart: ({ pid, startTime }, group) => {
      record(effect, 'process.started', `${pid}:${startTime}`, { attempt, pid, startTime, group })
    },
    signal: effect.signal,
  })
  if (mcp !== undefined) void conversation.exited.then(() => services.tools?.close(session.name, mcp.token))
  return conversation
}
