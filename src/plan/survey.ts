// Scopes against the tree and against each other: who owns what, and where two pieces would meet. Pure; every pattern is
// compiled once, and the tracked files are gone through once.
import type { Piece, PlanFile } from '../contract/plan.ts'
import { overlapOf, type OverlapOptions } from '../scope/overlap.ts'
import {
  compileScope,
  foldersOf,
  type ScopeMatcher,
  type ScopeOptions,
  type Tree,
} from '../scope/patterns.ts'
import type { PlanFacts } from './facts.ts'

/** One row of the table of owners. `files`: tracked files it may write. */
export interface OwnerRow {
  readonly piece: string
  readonly title: string
  readonly patterns: readonly string[]
  readonly files: number
  readonly dependsOn: readonly string[]
}

/** A path in two scopes. `existing`: tracked files in both; `certain` false: too tangled to be decided. */
export interface Overlap {
  readonly left: { readonly piece: string; readonly pattern: string }
  readonly right: { readonly piece: string; readonly pattern: string }
  readonly example: string
  readonly existing: number
  readonly certain: boolean
}

/** Scopes, compiled, and the tracked files sorted by who holds them. */
export interface Survey {
  readonly scopes: readonly { readonly piece: Piece; readonly matcher: ScopeMatcher }[]
  readonly options: OverlapOptions
  readonly owners: readonly OwnerRow[]
  readonly overlaps: readonly Overlap[]
  readonly unowned: { readonly count: number; readonly first: readonly string[] }
}

const FIRST_FEW = 5

/** Compiles all scopes and goes once through the tracked files; the same plan and facts are gone through but once. */
export function survey(plan: PlanFile, facts: PlanFacts): Survey {
  const known = SURVEYS.get(plan)
  if (known !== undefined && known.facts === facts) return known.survey
  const found = surveyed(plan, facts)
  SURVEYS.set(plan, { facts, survey: found })
  return found
}

const SURVEYS = new WeakMap<PlanFile, { readonly facts: PlanFacts; readonly survey: Survey }>()

function surveyed(plan: PlanFile, facts: PlanFacts): Survey {
  const compile: ScopeOptions = { ignoreCase: facts.ignoreCase, tree: treeOf(facts) }
  const scopes = plan.pieces.map((piece) => ({ piece, matcher: compileScope(piece.scope, compile) }))
  const options = {
    ...compile,
    except: plan.shared.map(({ path }) => path),
    exceptFolders: [facts.coordinationFolder],
  }
  const shared = new Map(plan.shared.map((file) => [file.path, file.policy === 'owner' ? file.owner : null]))
  const counts = new Map<string, number>()
  const meetings = new Map<string, string[]>()
  const unowned: string[] = []
  for (const file of facts.files) {
    const holders = holdersOf(file, scopes, shared)
    for (const holder of holders) counts.set(holder, (counts.get(holder) ?? 0) + 1)
    if (holders.length === 0 && !shared.has(file)) unowned.push(file)
    for (const pair of pairsOf(holders)) {
      const files = meetings.get(pair)
      if (files === undefined) meetings.set(pair, [file])
      else files.push(file)
    }
  }
  return {
    scopes,
    options,
    owners: plan.pieces.map((piece) => ownerRow(piece, counts.get(piece.id) ?? 0)),
    overlaps: overlapsOf({ scopes, options, meetings }),
    unowned: { count: unowned.length, first: unowned.slice(0, FIRST_FEW) },
  }
}

/** Links and submodules count as folders: a pattern that names one without a slash may mean what lies behind it. */
function treeOf(facts: PlanFacts): Tree {
  const known = TREES.get(facts.files)
  if (known !== undefined && known.links === facts.links && known.submodules === facts.submodules)
    return known.tree
  const tree = treeWithLinks(facts)
  TREES.set(facts.files, { links: facts.links, submodules: facts.submodules, tree })
  return tree
}

/** By the files: plans of one commit have them in common. */
const TREES = new WeakMap<
  PlanFacts['files'],
  Pick<PlanFacts, 'links' | 'submodules'> & { readonly tree: Tree }
>()

function treeWithLinks(facts: PlanFacts): Tree {
  const links = facts.links.map(({ path }) => path)
  const apart = new Set(links)
  return {
    files: facts.files.filter((file) => !apart.has(file)),
    folders: [...foldersOf(facts.files), ...links, ...facts.submodules],
  }
}

function holdersOf(
  file: string,
  scopes: Survey['scopes'],
  shared: ReadonlyMap<string, string | null>,
): readonly string[] {
  const policy = shared.get(file)
  if (policy !== undefined) return policy === null ? [] : [policy]
  return scopes.filter(({ matcher }) => matcher.matches(file)).map(({ piece }) => piece.id)
}

function pairsOf(holders: readonly string[]): readonly string[] {
  return holders.flatMap((left, index) => holders.slice(index + 1).map((right) => `${left} ${right}`))
}

function ownerRow(piece: Piece, files: number): OwnerRow {
  const patterns = [...piece.scope.include, ...piece.scope.exclude.map((pattern) => `not ${pattern}`)]
  return { piece: piece.id, title: piece.title, patterns, files, dependsOn: piece.depends_on }
}

function overlapsOf(input: {
  readonly scopes: Survey['scopes']
  readonly options: OverlapOptions
  readonly meetings: ReadonlyMap<string, readonly string[]>
}): readonly Overlap[] {
  return input.scopes.flatMap((left, index) =>
    input.scopes.slice(index + 1).flatMap((right): Overlap[] => {
      const existing = input.meetings.get(`${left.piece.id} ${right.piece.id}`) ?? []
      const example = existing[0]
      const found =
        example === undefined
          ? overlapOf(left.matcher, right.matcher, input.options)
          : {
              left: left.matcher.include.deciding(example) ?? '',
              right: right.matcher.include.deciding(example) ?? '',
              example,
              certain: true,
            }
      if (found === null) return []
      return [
        {
          left: { piece: left.piece.id, pattern: found.left },
          right: { piece: right.piece.id, pattern: found.right },
          example: found.example,
          existing: existing.length,
          certain: found.certain,
        },
      ]
    }),
  )
}
