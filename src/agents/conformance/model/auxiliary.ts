// Requests that agents make beside the conversation: titles, quota pings, summaries, answers in JSON. They take no turn of a
// script. Pure.
import type { ModelRequest } from './request.ts'

export type RequestKind = 'turn' | 'quota' | 'summary' | 'title' | 'json' | 'aside' | 'other'

const SUMMARY_ASKED =
  /create a detailed summary of (?:the|our) conversation|CONTEXT CHECKPOINT COMPACTION|detailed summary of (?:the|our) conversation so far|<state_snapshot>|Create a structured context checkpoint|anchored (?:context )?summar|summarize (?:our|the) conversation above|provide a detailed prompt for continuing/i
const SUMMARISER =
  /context summarization assistant|summari[sz]es internal chat history|anchored context summarization|tasked with summarizing conversations/i
const TITLE = /title|topic/i
/** Where a prompt that asks for a title says so. */
const TITLE_WITHIN = 3000

/** Codex asks for a title of the terminal, and offers a tool all the same. */
const TITLE_ASKED = /^Generate a concise, single-line task title/

/** Claude asks for what its user might say next, with the whole conversation and all tools. */
const SUGGESTION = /Reply with ONLY the suggestion/

/** What a request is for, told by the words that the agents use. `aside`: what the agent is asked in a copy of its
 *  conversation. */
export function requestKind(request: ModelRequest, aside: RegExp | null): RequestKind {
  const asked = lastAsked(request)
  if (request.limit === 1) return 'quota'
  if (SUMMARY_ASKED.test(asked) || SUMMARISER.test(request.system)) return 'summary'
  const told = request.messages.filter(({ role }) => role === 'user')
  // What is asked in a copy stays in it, so it need not be the last word.
  if (told.some(({ text }) => SUGGESTION.test(text) || aside?.test(text) === true)) return 'aside'
  if (TITLE_ASKED.test(asked)) return 'title'
  if (request.tools.length > 0) return 'turn'
  if (request.wants !== null) return 'json'
  return TITLE.test(request.system + asked.slice(0, TITLE_WITHIN)) ? 'title' : 'other'
}

function lastAsked({ messages }: ModelRequest): string {
  return messages.findLast(({ role }) => role === 'user')?.text ?? ''
}

/** A value that a JSON schema allows. */
export function valueFor(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return {}
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum[0]
  const properties = 'properties' in schema ? schema.properties : null
  if (typeof properties === 'object' && properties !== null)
    return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, valueFor(inner)]))
  const type = 'type' in schema ? String(schema.type).toLowerCase() : 'object'
  return { array: [], number: 1, integer: 1, boolean: false, string: 'ok' }[type] ?? {}
}

const MARK = /\[\[play:([\w.-]+)#([\w.-]+)\]\]/g
const WORKING_DIRECTORY = [
  /Primary working directory: (\S+)/,
  /<cwd>\s*([^<]+?)\s*<\/cwd>/,
  /<root>([^<]+)<\/root>/,
  /working in the directory: (\S+)/,
  /Workspace Directories:\*\*\s+- (\S+)/,
  /(?:Current )?[Ww]orking [Dd]irectory:\s*(\S+)/,
  /current working directory(?: is)?:?\s*(\S+)/,
]

export interface Playing {
  readonly name: string
  readonly key: string
  /** The mark as it stands. */
  readonly mark: string
}

/** The newest mark that the agent was told, or else that it has said, as in a summary of its own; null when no script is
 *  named. */
export function playing({ system, messages }: ModelRequest): Playing | null {
  const newest = messages.toReversed()
  const told = newest.filter(({ role }) => role === 'user')
  const said = newest.filter(({ role }) => role !== 'user')
  for (const text of [...told.map((one) => one.text), system, ...said.map((one) => one.text)]) {
    const [mark, name, key] = [...text.matchAll(MARK)].at(-1) ?? []
    if (mark !== undefined && name !== undefined && key !== undefined) return { name, key, mark }
  }
  return null
}

/** The folder that the agent works in, as it tells its model; null when it does not. */
export function workingDirectory({ system, messages }: ModelRequest): string | null {
  const texts = [system, ...messages.map(({ text }) => text)]
  for (const pattern of WORKING_DIRECTORY) {
    for (const text of texts) {
      const found = pattern.exec(text)?.[1]
      if (found?.startsWith('/') === true) return found.replace(/[.,;]$/u, '')
    }
  }
  return null
}
