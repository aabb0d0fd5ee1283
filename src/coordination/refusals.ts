// What an agent is told about a permission that it did not get: its protocol has no field for the reason. Pure.
import type { ScopeRequest } from '../contract/scope.ts'
import { TOOL_SERVER } from '../contract/tools.ts'
import { bullets, code, type Section } from './markdown.ts'

/** A path that was refused. */
export interface Refusal {
  readonly path: string
  /** Whose it was then: a piece, `operator`, or null for nobody. */
  readonly owner: string | null
  /** It has been granted to the session since. */
  readonly mine: boolean
  /** The request for it that was filed, as it stands; null when none was. */
  readonly request: ScopeRequest | null
}

/** How a session asks for a path; the end of a sentence, without its full stop. */
export const HOW_TO_ASK = `call the tool \`scope_request\` of the MCP server \`${TOOL_SERVER}\` with the paths and the reason, or, where there is no such tool, write \`scope: <path> — <reason>\` under "Blocked On"`

/** The refused paths, each with its owner and what became of it; no lines when nothing was refused. */
export function refusalsSection(refusals: readonly Refusal[]): Section {
  if (refusals.length === 0) return { title: '', lines: [] }
  return {
    title: 'Writes that were refused',
    lines: [
      ...bullets(refusals.map(refusalLine)),
      '',
      `Leave out what was refused, and do not get round it by other means. Where the piece cannot do without it: ${HOW_TO_ASK}.`,
    ],
  }
}

function refusalLine({ path, owner, mine, request }: Refusal): string {
  if (mine) return `${code(path)}: granted since; this session may write it now.`
  const whose =
    owner === null
      ? 'outside the scope, owned by no session'
      : owner === 'operator'
        ? 'a shared file of the operator'
        : `owned by ${code(owner)}`
  return `${code(path)}: ${whose}. ${requestState(request)}`.trim()
}

function requestState(request: ScopeRequest | null): string {
  switch (request?.state) {
    case 'open':
      return `Request ${request.n} for it is before the operator.`
    case 'refused':
      return `Request ${request.n} for it was refused: ${request.settled?.reason ?? ''}`
    case 'handed':
      return `Request ${request.n} for it was handed to ${code(request.settled?.to ?? 'its owner')}.`
    default:
      return ''
  }
}
