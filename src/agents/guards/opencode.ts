// OpenCode's own means: rules of its configuration, which reaches it in an environment variable. Where it would ask for
// an edit, an edit of a foreign scope is denied: its turn goes on then, and would end after our refusal. Pure.
import * as v from 'valibot'
import type { GuardRecord } from '../../contract/guard.ts'
import { certainSpellings } from '../../scope/spelled.ts'

const Config = v.looseObject({
  permission: v.optional(
    v.looseObject({ edit: v.optional(v.union([v.string(), v.record(v.string(), v.string())]), 'ask') }),
    {},
  ),
})

/** The configuration with rules added; what is given and is not of a known form stays as it is. */
export function openCodeConfig(record: GuardRecord, given = '{}'): string {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Config), given)
  if (!parsed.success) return given
  const { permission } = parsed.output
  // Of the rules that fit the last one counts.
  const before = typeof permission.edit === 'string' ? { '*': permission.edit } : permission.edit
  const edit = { ...before, ...foreignRules(record) }
  return JSON.stringify({ ...parsed.output, permission: { ...permission, edit } })
}

/** In these rules `*` stands for anything, slashes included, and nothing else has a meaning. */
function foreignRules(record: GuardRecord): Readonly<Record<string, string>> {
  const others = record.pieces.filter(({ id }) => id !== record.piece)
  const texts = others
    .flatMap(({ id }) => certainSpellings(record, id))
    .map(({ kind, text }) => (kind === 'below' ? `${text}*` : kind === 'ending' ? `*${text}` : text))
  return Object.fromEntries(texts.filter((text) => !text.includes('?')).map((text) => [text, 'deny']))
}
