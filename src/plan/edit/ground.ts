// Changing who owns what in a plan: what a change is given, what it answers, and the questions about patterns that all of
// them ask. split.ts, merge.ts and move.ts decide, draft.ts writes, save.ts puts the result on the disk. Pure.
import { QuintetError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import type { Piece, PlanFile, Scope } from '../../contract/plan.ts'
import { patternProblem } from '../../scope/escape.ts'
import { literalPattern } from '../../scope/glob.ts'
import { overlap, type ScopeOverlap } from '../../scope/overlap.ts'
import { compileScope, type Tree } from '../../scope/patterns.ts'

/** A plan that is to be changed. */
export interface Ground {
  /** As the file is to be named in messages and hints. */
  readonly name: string
  readonly text: string
  /** What the text says. */
  readonly plan: PlanFile
  readonly tree: Tree
  readonly ignoreCase: boolean
}

/** A changed plan, not written yet. `notes`: what a person should look at, in full sentences. */
export interface Edited {
  readonly text: string
  readonly notes: readonly string[]
}

/** The piece with this id and its position. Throws `E_PIECE_UNKNOWN`. */
export function requirePiece(
  { name, plan }: Ground,
  id: string,
): { readonly piece: Piece; readonly index: number } {
  const index = plan.pieces.findIndex((piece) => piece.id === id)
  const piece = plan.pieces[index]
  if (piece !== undefined) return { piece, index }
  const ids = plan.pieces.map((one) => one.id)
  const meant = nearest(id, ids)
  throw new QuintetError('E_PIECE_UNKNOWN', 'usage', `The plan ${name} has no piece ${id}.`, {
    hints: [{ text: `${meant === null ? '' : `Perhaps ${meant} was meant. `}There are ${ids.join(', ')}.` }],
    details: { pieces: ids },
  })
}

/** The pattern that a word stands for: one of the plan as it is written there, a tracked file or folder, else itself.
 *  Throws `E_PATTERN_REFUSED` when nobody can own what it stands for. */
export function patternMeant({ plan, tree }: Ground, word: string): string {
  const written = plan.pieces.flatMap(({ scope }) => [...scope.include, ...scope.exclude])
  const same =
    written.find((pattern) => pattern === word) ?? written.find((pattern) => isSamePattern(pattern, word))
  if (same !== undefined) return same
  const path = word.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')
  if (tree.folders.includes(path)) return `${literalPattern(path)}/`
  if (tree.files.includes(path) && !word.endsWith('/')) return literalPattern(path)
  const problem = patternProblem(word)
  if (problem === null && !word.startsWith('!')) return word
  const why = problem?.why ?? 'A pattern that takes back cannot be owned by itself.'
  throw new QuintetError(
    'E_PATTERN_REFUSED',
    'usage',
    `The pattern ${JSON.stringify(word)} cannot be owned. ${why}`,
  )
}

/** Whether two patterns are the same but for a slash at the beginning that changes nothing. */
export function isSamePattern(a: string, b: string): boolean {
  return a === b || normal(a) === normal(b)
}

function normal(pattern: string): string {
  return /^\/.*\/./.test(pattern) ? pattern.slice(1) : pattern
}

/** A path that both scopes hold, or null. */
export function meeting(
  { tree, ignoreCase }: Pick<Ground, 'tree' | 'ignoreCase'>,
  a: Partial<Scope>,
  b: Partial<Scope>,
): ScopeOverlap | null {
  return overlap(
    { include: a.include ?? [], exclude: a.exclude ?? [] },
    { include: b.include ?? [], exclude: b.exclude ?? [] },
    { tree, ignoreCase },
  )
}

/** A path that these patterns hold and those do not; null when there is none. */
export function outside(
  ground: Pick<Ground, 'tree' | 'ignoreCase'>,
  patterns: readonly string[],
  those: readonly string[],
): ScopeOverlap | null {
  return meeting(ground, { include: [...patterns] }, { include: ['**'], exclude: [...those] })
}

/** Whether a list takes something back, so that the order of its patterns counts. */
export function takesBack(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.startsWith('!'))
}

/** Owner of every tracked file by the scopes alone, as the plan says it; files of nobody are left out. */
export function holders(plan: PlanFile, { tree, ignoreCase }: Ground): ReadonlyMap<string, string> {
  const scopes = plan.pieces.map(({ id, scope }) => ({ id, matcher: compileScope(scope, { ignoreCase }) }))
  return new Map(
    tree.files.flatMap((file) => {
      const found = scopes.filter(({ matcher }) => matcher.matches(file)).map(({ id }) => id)
      return found.length === 0 ? [] : [[file, found.join(' ')]]
    }),
  )
}

/** Proves on the tracked files that a change has moved what it should and nothing else. Throws `E_PLAN_EDIT`. */
export function requireMoved(
  ground: Ground,
  changed: PlanFile,
  expected: (file: string, holder: string | undefined) => string | undefined,
): void {
  const before = holders(ground.plan, ground)
  const after = holders(changed, ground)
  for (const file of ground.tree.files) {
    const wanted = expected(file, before.get(file))
    if (after.get(file) === wanted) continue
    const message = `The change would give ${file} to ${after.get(file) ?? 'nobody'} instead of ${wanted ?? 'nobody'}.`
    throw new QuintetError('E_PLAN_EDIT', 'internal', message, {
      hints: [{ text: 'Nothing was written; change the patterns by hand.' }],
    })
  }
}
