// Changing who owns what in a plan: what a change is given, what it answers, and the questions about patterns that all of
// them ask. meant.ts reads the words of a command, split.ts, merge.ts and move.ts decide, draft.ts writes, save.ts puts the result on the disk. Pure.
import { QuintetError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import { typedWords } from '../../contract/shell.ts'
import type { Piece, PlanFile, Scope } from '../../contract/plan.ts'
import { overlap, type ScopeOverlap } from '../../scope/overlap.ts'
import { compileScope, type Tree } from '../../scope/patterns.ts'
import type { Lineage } from './news.ts'

/** A plan that is to be changed. */
export interface Ground {
  /** As the file is to be named in messages and hints. */
  readonly name: string
  readonly text: string
  /** What the text says. */
  readonly plan: PlanFile
  readonly tree: Tree
  readonly ignoreCase: boolean
  /** Folder that words may be relative to, without a trailing slash; '' or absent: the root. */
  readonly from?: string
}

/** A changed plan, not written yet. `notes`: what a person should look at, in full sentences. */
export interface Edited {
  readonly text: string
  readonly notes: readonly string[]
  readonly lineage: Lineage
}

/** Shows the plan with its pieces and their scopes. */
export function checkCommand(name: string): string {
  return typedWords(['quintet', 'plan', 'check', name])
}

/** Shows who owns a path by the plan, and why. */
export function explainCommand({ name }: Pick<Ground, 'name'>, path: string): string {
  return typedWords(['quintet', 'plan', 'explain', path, '--plan', name])
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
    hints: [
      {
        text: `${meant === null ? '' : `Perhaps ${meant} was meant. `}There are ${ids.join(', ')}.`,
        command: checkCommand(name),
      },
    ],
    details: { pieces: ids },
  })
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

/** Whether a piece has lost all it had to these patterns. `left`: what it still includes. A pattern that none of them touches
 *  may be meant for files to come; one that could only hold what nobody has made leaves it nothing to do. */
export function isEmptied(
  ground: Ground,
  { scope }: Piece,
  { left, taken }: { readonly left: readonly string[]; readonly taken: readonly string[] },
): boolean {
  if (left.length === 0) return true
  const untouched = left.some((own) => meeting(ground, { include: [own] }, { include: [...taken] }) === null)
  if (untouched) return false
  const before = compileScope(scope, ground)
  const after = compileScope({ include: left, exclude: [...scope.exclude, ...taken] }, ground)
  const { files } = ground.tree
  return files.some((file) => before.matches(file)) && !files.some((file) => after.matches(file))
}

/** Whether a list takes something back, so that the order of its patterns counts. */
export function takesBack(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.startsWith('!'))
}

/** Owner of every tracked file by the scopes alone, as the plan says it, several with a blank between; files of nobody are left
 *  out. */
export function holders(plan: PlanFile, { tree, ignoreCase }: Ground): ReadonlyMap<string, string> {
  const scopes = plan.pieces.map(({ id, scope }) => ({ id, matcher: compileScope(scope, { ignoreCase }) }))
  return new Map(
    tree.files.flatMap((file) => {
      const found = scopes.filter(({ matcher }) => matcher.matches(file)).map(({ id }) => id)
      return found.length === 0 ? [] : [[file, found.join(' ')]]
    }),
  )
}

/** Proves on the tracked files that a change has moved what it should and nothing else; `expected` is asked for each holder of a
 *  file, or once for none. Throws `E_PLAN_EDIT`. */
export function requireMoved(
  ground: Ground,
  changed: PlanFile,
  expected: (file: string, holder: string | undefined) => string | undefined,
): void {
  const before = holders(ground.plan, ground)
  const after = holders(changed, ground)
  for (const file of ground.tree.files) {
    const wanted = among(idsIn(before.get(file)).map((holder) => expected(file, holder)))
    const given = among(idsIn(after.get(file)))
    if (given === wanted) continue
    const message = `The change would give ${file} to ${given ?? 'nobody'} instead of ${wanted ?? 'nobody'}.`
    throw new QuintetError('E_PLAN_EDIT', 'internal', message, {
      hints: [{ text: 'Nothing was written; change the patterns by hand.' }],
    })
  }
}

/** Scopes may overlap before a change and still do behind it. */
function idsIn(holder: string | undefined): readonly (string | undefined)[] {
  return holder?.split(' ') ?? [undefined]
}

function among(ids: readonly (string | undefined)[]): string | undefined {
  const known = [...new Set(ids.filter((id) => id !== undefined))].toSorted()
  return known.length === 0 ? undefined : known.join(' ')
}
