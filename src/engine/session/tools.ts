// What the tools do that agents reach over the daemon's endpoint. Every answer is text for a model: whose a path is, what
// became of a request, and what to do next.
import * as v from 'valibot'
import { QuintetError } from '../../contract/errors.ts'
import { TOOL_ARGUMENTS, type ToolArguments, type ToolName } from '../../contract/tools.ts'
import { decisionsFile } from '../../coordination/decisions.ts'
import { statusReport } from '../../coordination/status.ts'
import { sessionWorkflowId, type SessionName } from '../names.ts'
import { fileRequest, repositoryPaths, type Filed } from '../scope/file.ts'
import { requestsOf } from '../scope/log.ts'
import { fileReported } from '../scope/reported.ts'
import type { Services } from '../services.ts'
import { isBoxed, reportedProgress } from './stored.ts'
import { sessionSpec, type SessionSpec } from './spec.ts'
import { decisions } from './words/context.ts'
import { refreshFolders } from './words/folders.ts'
import { inside } from '../../scope/place.ts'

/** Milliseconds that a call waits for the operator: less than any agent waits for a tool. */
const ASK_LIMIT_MS = 45_000

/** A call of a tool. */
export interface ToolCall {
  readonly tool: string
  readonly arguments: unknown
}

/** What the model reads. `failed`: the call did not do what it asks for. */
export interface ToolAnswer {
  readonly text: string
  readonly failed: boolean
}

interface Call<Given> {
  readonly services: Services
  readonly session: SessionSpec
  readonly given: Given
  readonly signal: AbortSignal
}

type Tool = (call: Call<unknown>) => Promise<string>

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  scope_request: tool('scope_request', async ({ services, session, given }) => {
    const filed = await fileRequest(services, session.name, { ...given, via: 'mcp' })
    const boxed = isBoxed(services.store, session.stream)
    return filed.map((part) => filedText(part, boxed)).join('\n')
  }),
  whose_file: tool('whose_file', ({ services, session, given }) => {
    const paths = repositoryPaths(services, session, given.paths)
    return Promise.resolve(paths.map((path) => ownerText(services, session, path)).join('\n'))
  }),
  decisions: tool('decisions', ({ services, session }) => Promise.resolve(decisionsText(services, session))),
  report_status: tool('report_status', async ({ services, session, given }) => {
    await report(services, session, given)
    return 'Reported.'
  }),
  ask_operator: tool('ask_operator', ask),
}

/** Plays one call of a tool for a session. Never throws for what an agent can get wrong. */
export async function callTool(
  services: Services,
  name: SessionName,
  call: ToolCall,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  if (!isTool(call.tool)) return { text: `There is no tool ${call.tool}.`, failed: true }
  try {
    const session = sessionSpec(services, name)
    const text = await TOOLS[call.tool]({ services, session, given: call.arguments ?? {}, signal })
    return { text, failed: false }
  } catch (error) {
    if (!(error instanceof QuintetError) || error.kind === 'internal') throw error
    return { text: error.message, failed: true }
  }
}

function isTool(name: string): name is ToolName {
  return Object.hasOwn(TOOL_ARGUMENTS, name)
}

/** A tool that is played only with arguments that are valid; else it throws `E_TOOL_ARGUMENTS`. */
function tool<T extends ToolName>(name: T, play: (call: Call<ToolArguments<T>>) => Promise<string>): Tool {
  return async ({ given, ...call }) => {
    const parsed = v.safeParse(TOOL_ARGUMENTS[name], given)
    if (parsed.success) return await play({ ...call, given: parsed.output })
    const [issue] = parsed.issues
    throw new QuintetError(
      'E_TOOL_ARGUMENTS',
      'usage',
      `The arguments of ${name} are not valid: ${v.getDotPath(issue) ?? 'all'}: ${issue.message}`,
    )
  }
}

function filedText({ n, paths, outcome, owner, why }: Filed, boxed: boolean): string {
  const what = paths.join(', ')
  switch (outcome) {
    case 'own':
      return `${what}: this session may write it already.`
    case 'granted':
      return boxed
        ? `${what}: granted (request ${n}). It can be written from the next turn on: finish what does not depend on it, commit, and end the turn.`
        : `${what}: granted (request ${n}). This session may write it now, and nobody else.`
    case 'refused':
      return `${what}: refused (request ${n}). ${why} Do without it, and do not work around it.`
    case 'handed':
      return `${what}: handed to ${owner ?? 'its owner'}, which makes the change (request ${n}). ${why}`
    case 'open':
      return `${what}: not granted yet (request ${n}). ${why} The operator has been asked; the answer comes with a later prompt. Do not write it. Finish everything that does not depend on it, commit, and end the turn.`
  }
}

function ownerText(services: Services, session: SessionSpec, path: string): string {
  const { ownership, name } = session
  const meant = inside(path)
  if (ownership.owns(name.piece, meant)) return `${path}: this session may write it.`
  const owner = ownership.ownerOf(meant)
  const ask = 'Ask for it with scope_request.'
  switch (owner.kind) {
    case 'free':
      return `${path}: owned by no session; this session may not write it either. ${ask}`
    case 'forbidden':
      return `${path}: nobody may write it. ${owner.why}`
    case 'shared':
      return owner.policy.policy === 'operator'
        ? `${path}: a shared file of the operator. ${ask}`
        : `${path}: a shared file, written by ${owner.policy.owner} alone. ${ask}`
    case 'owned':
      return `${path}: owned by ${owner.piece}${doing(services, session, owner.piece)}. ${ask}`
  }
}

/** What the owner says that it is at. */
function doing({ store }: Services, { run }: SessionSpec, piece: string): string {
  const title = run.plan.pieces.find(({ id }) => id === piece)?.title
  const progress = reportedProgress(store, sessionWorkflowId({ run: run.run, piece })).slice(0, 3)
  return [
    ...(title === undefined ? [] : [` (${title})`]),
    ...(progress.length === 0 ? [] : [`, which works on: ${progress.join('; ')}`]),
  ].join('')
}

function decisionsText({ store }: Services, { name }: SessionSpec): string {
  const moved = requestsOf(store, name.run)
    .filter(({ state }) => state === 'granted')
    .map(({ paths, settled }) => `- ${paths.join(', ')}: now of ${settled?.to ?? 'nobody'}`)
  const paths = moved.length === 0 ? '' : `\nPaths that moved, the last word counts:\n\n${moved.join('\n')}\n`
  return decisionsFile(decisions(store, name.run)) + paths
}

async function report(
  services: Services,
  session: SessionSpec,
  given: ToolArguments<'report_status'>,
): Promise<void> {
  const lists = {
    completed: given.completed,
    inProgress: given.in_progress,
    blockedOn: given.blocked_on,
  }
  services.store.append({
    stream: session.stream,
    key: `status.read:tool:${Date.now()}`,
    type: 'status.read',
    data: { ...lists, verbatim: statusReport(session.piece, lists) },
  })
  await fileReported(services, session, lists.blockedOn)
  await refreshFolders(services, session.name.run)
}

async function ask({
  services,
  session,
  given: { question, options },
  signal,
}: Call<ToolArguments<'ask_operator'>>): Promise<string> {
  const late = AbortSignal.timeout(ASK_LIMIT_MS)
  const answer = await services.conversations
    .ask(
      session.label,
      {
        kind: 'question',
        text: question,
        options: options.map((label) => ({ id: label, label, effect: 'answer' })),
        paths: [],
      },
      AbortSignal.any([signal, late]),
    )
    .catch((error: unknown) => {
      if (late.aborted || signal.aborted) return null
      throw error
    })
  if (answer === null) {
    return 'There is no answer yet. Call this tool again with the same question to go on waiting, or finish first what does not depend on the answer.'
  }
  if (answer.kind === 'declined')
    return 'The operator does not answer. Decide as the brief and the decisions have it.'
  return answer.kind === 'option' ? answer.id : answer.text
}
