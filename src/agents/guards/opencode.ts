// OpenCode's own means: rules of its configuration, which reaches it in an environment variable. Where it would ask for
// an edit, an edit of a foreign scope is denied: its turn goes on then, and would end after our refusal. Pure.
import * as v from 'valibot'
import type { GuardRecord } from '../../contract/guard.ts'
import { certainSpellings } from '../../scope/spelled.ts'

const Rules = v.union([v.string(), v.record(v.string(), v.string())])
const Config = v.looseObject({
  permission: v.optional(v.looseObject({ edit: v.optional(Rules, 'ask') }), {}),
  agent: v.optional(v.record(v.string(), v.looseObject({})), {}),
})

/** What it asks for an agent that it has started never reaches us, and is waited for without an end
 *  (anomalyco/opencode#48232). So none of them may ask: in a box its own two may do what the box allows, else and of other
 *  kinds there are none. What one repeats nobody here sees. */
const UNASKED = { bash: 'allow', external_directory: 'allow', doom_loop: 'deny' }
const BOXED_TASKS = { '*': 'deny', general: 'allow', explore: 'allow' }

/** The configuration with rules added; what is given and is not of a known form stays as it is. */
export function openCodeConfig(
  record: GuardRecord,
  { given = '{}', boxed }: { readonly given?: string | undefined; readonly boxed: boolean },
): string {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Config), given)
  if (!parsed.success) return given
  const { permission, agent, ...others } = parsed.output
  const foreign = foreignRules(record)
  // Of the rules that fit the last one counts.
  const before = typeof permission.edit === 'string' ? { '*': permission.edit } : permission.edit
  const task = boxed ? BOXED_TASKS : 'deny'
  const started = {
    general: { permission: { ...UNASKED, edit: { '*': 'allow', ...foreign } } },
    explore: { permission: UNASKED },
  }
  return JSON.stringify({
    ...others,
    permission: { task, ...permission, edit: { ...before, ...foreign } },
    agent: boxed ? { ...started, ...agent } : agent,
  })
}

/** In these rules `*` stands for anything, slashes included, and nothing else has a meaning. */
function foreignRules(record: GuardRecord): Readonly<Record<string, string>> {
  const others = record.pieces.filter(({ id }) => id !== record.piece)
  const texts = others
    .flatMap(({ id }) => certainSpellings(record, id))
    .map(({ kind, text }) => (kind === 'below' ? `${text}*` : kind === 'ending' ? `*${text}` : text))
  return Object.fromEntries(texts.filter((text) => !text.includes('?')).map((text) => [text, 'deny']))
}
