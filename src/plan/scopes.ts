// What can be wrong with scopes: patterns that lead away, overlaps, scopes that hold nothing, links and submodules. Pure.
import type { Piece, PlanFile } from '../contract/plan.ts'
import { patternProblem } from '../scope/escape.ts'
import { literalPattern } from '../scope/glob.ts'
import { overlapOf, ownsNothing } from '../scope/overlap.ts'
import { compileScope, foldersOf, type ScopeMatcher } from '../scope/patterns.ts'
import type { PlanFacts } from './facts.ts'
import { enumerate, finding, quote, type Finding } from './findings.ts'
import { linkEnd } from './links.ts'
import { OPERATORS } from './places.ts'
import { nearest } from '../contract/nearest.ts'
import type { Overlap, Survey } from './survey.ts'

/** Folders of a file system's root: `/etc/passwd` is no anchored pattern but a mistake. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(
  'bin boot dev etc home lib lib64 mnt opt private proc root run sbin srv sys tmp usr var Applications Library System Users Volumes'.split(
    ' ',
  ),
)

const GITIGNORE = {
  text: 'Patterns are those of a .gitignore file at the root of the repository.',
  command: 'git help gitignore',
}

/** What is wrong with the scopes, except the paths that briefs name. */
export function scopeFindings(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Finding[] {
  return [
    ...plan.pieces.flatMap((piece) => patternFindings(piece, facts)),
    ...survey.overlaps.map((overlap) => overlapFinding(overlap, survey)),
    ...survey.scopes.flatMap(({ piece, matcher }) => emptyFindings(piece, matcher, { facts, survey })),
    ...linkFindings(facts, survey),
    ...submoduleFindings(facts, survey),
    ...operatorsFindings(survey),
    ...unownedFindings(survey),
  ]
}

function patternFindings(piece: Piece, facts: PlanFacts): readonly Finding[] {
  const lists = {
    'scope.include': piece.scope.include,
    'scope.exclude': piece.scope.exclude,
    reads: piece.reads,
  }
  return Object.entries(lists).flatMap(([list, patterns]) =>
    patterns.flatMap((pattern) => {
      const problem = patternProblem(pattern) ?? absoluteProblem(pattern, facts)
      if (problem === null) return []
      const message = `The pattern ${quote(pattern)} in ${list} of ${piece.id} cannot be used. ${problem.why}`
      return [
        finding(problem.kind === 'escapes' ? 'E_SCOPE_ESCAPES' : 'E_PATTERN', message, {
          piece: piece.id,
          hints: [GITIGNORE],
        }),
      ]
    }),
  )
}

function absoluteProblem(pattern: string, facts: PlanFacts): { kind: 'escapes'; why: string } | null {
  const top = /^!?\/([^/*?[\\]+)/.exec(pattern)?.[1]
  if (top === undefined) return null
  const here = pattern.replace(/^!/, '')
  if (here === facts.root || here.startsWith(`${facts.root}/`)) {
    const relative = here.slice(facts.root.length)
    return {
      kind: 'escapes',
      why: `Patterns begin at the repository root: ${quote(relative === '' ? '/**' : relative)}.`,
    }
  }
  const tracked = facts.files.some((file) => file === top || file.startsWith(`${top}/`))
  if (!SYSTEM_FOLDERS.has(top) || tracked) return null
  return {
    kind: 'escapes',
    why: `A leading slash means the repository root, which has no folder ${quote(top)}; without the slash the pattern would match at any depth.`,
  }
}

function overlapFinding(overlap: Overlap, { scopes, options }: Survey): Finding {
  const { left, right, example, existing, certain } = overlap
  const who = `${left.piece} by ${quote(left.pattern)}, ${right.piece} by ${quote(right.pattern)}`
  const more =
    existing > 1 ? ` So they do with ${existing - 1} other tracked file${existing === 2 ? '' : 's'}.` : ''
  const message = certain
    ? `The pieces ${left.piece} and ${right.piece} both own ${example}: ${who}.${more}`
    : `The pieces ${left.piece} and ${right.piece} may overlap; their patterns are too tangled to tell: ${who}.`
  const sides = [
    { from: left.piece, pattern: right.pattern },
    { from: right.piece, pattern: left.pattern },
  ]
  const remedy = sides.find((side) => wouldMend(side, overlap, { scopes, options }))
  const mend =
    remedy === undefined
      ? { text: 'Give the paths to one of them alone, or name them as shared files.' }
      : {
          text: `Add exclude = [${quote(remedy.pattern)}] to the scope of ${remedy.from}, or name the path as a shared file.`,
        }
  return finding('E_OVERLAP', message, { piece: left.piece, hints: [mend] })
}

/** Whether leaving the other's pattern out of one scope ends the overlap and leaves that scope something to own. */
function wouldMend(
  side: { readonly from: string; readonly pattern: string },
  overlap: Overlap,
  { scopes, options }: Pick<Survey, 'scopes' | 'options'>,
): boolean {
  const mine = scopes.find(({ piece }) => piece.id === side.from)
  const otherId = side.from === overlap.left.piece ? overlap.right.piece : overlap.left.piece
  const other = scopes.find(({ piece }) => piece.id === otherId)
  if (mine === undefined || other === undefined) return false
  const { include, exclude } = mine.piece.scope
  const mended = compileScope({ include, exclude: [...exclude, side.pattern] }, options)
  return !ownsNothing(mended, options) && overlapOf(mended, other.matcher, options) === null
}

function emptyFindings(
  piece: Piece,
  matcher: ScopeMatcher,
  { facts, survey }: { readonly facts: PlanFacts; readonly survey: Survey },
): readonly Finding[] {
  const row = survey.owners.find((owner) => owner.piece === piece.id)
  if (row === undefined || row.files > 0 || facts.files.length === 0) return []
  if (ownsNothing(matcher, survey.options)) {
    const hints = [{ text: 'Give it a path in scope.include that nothing takes out again.' }]
    return [
      finding('E_SCOPE_EMPTY', `The piece ${piece.id} owns nothing: no path can be in its scope.`, {
        piece: piece.id,
        hints,
      }),
    ]
  }
  const folders = foldersOf(facts.files)
  const linked = piece.scope.include.flatMap((pattern) => throughLink(pattern, facts.links))
  const near = piece.scope.include.flatMap((pattern) => {
    if (throughLink(pattern, facts.links).length > 0) return []
    const meant = nearest(pattern.replaceAll(/^\/|\/(\*\*)?$/g, ''), folders)
    return meant === null
      ? []
      : [{ text: `There is a folder ${quote(`${meant}/`)}; perhaps ${quote(pattern)} was meant to be it.` }]
  })
  const message = `The piece ${piece.id} owns no tracked file yet: ${enumerate(piece.scope.include.map(quote))} match${piece.scope.include.length === 1 ? 'es' : ''} nothing.`
  const why = linked.map(({ why }) => ` ${why}`).join('')
  const hints = [...linked.map(({ hint }) => hint), ...near]
  return [finding('W_SCOPE_NEW', `${message}${why}`, { piece: piece.id, hints })]
}

/** Git has no files behind a symbolic link: a pattern that leads through one matches none. */
function throughLink(
  pattern: string,
  links: PlanFacts['links'],
): readonly { readonly why: string; readonly hint: { readonly text: string } }[] {
  const path = pattern.replaceAll(/^\/|\/$/g, '')
  const link = links.find((one) => path === one.path || path.startsWith(`${one.path}/`))
  if (link === undefined) return []
  const end = linkEnd(link, links)
  const folder = end.kind === 'inside' && end.path !== '' ? quote(`/${end.path}/`) : 'the folder behind it'
  return [
    {
      why: `${link.path} is a symbolic link to ${quote(link.target)}; behind it git has no files.`,
      hint: { text: `Write ${folder} instead of ${quote(pattern)}.` },
    },
  ]
}

function linkFindings(facts: PlanFacts, { scopes, options }: Survey): readonly Finding[] {
  return facts.links.flatMap((link) => {
    const behind = compileScope({ include: [`${literalPattern(link.path)}/**`] }, options)
    const end = linkEnd(link, facts.links)
    return scopes.flatMap(({ piece, matcher }) => {
      if (overlapOf(matcher, behind, options) === null) return []
      if (end.kind === 'outside') return [outsideFinding(piece.id, link)]
      const target = compileScope({ include: [end.path === '' ? '/**' : literalPattern(end.path)] }, options)
      const others = scopes.filter(
        (other) => other.piece.id !== piece.id && overlapOf(other.matcher, target, options) !== null,
      )
      return others.map((other) => {
        const message = `The scope of ${piece.id} holds the symbolic link ${link.path}, which leads to ${end.path === '' ? 'the repository root' : end.path} in the scope of ${other.piece.id}.`
        return finding('W_SYMLINK_CROSSES', message, {
          piece: piece.id,
          path: link.path,
          hints: [excludeHint(piece.id, link.path)],
        })
      })
    })
  })
}

function outsideFinding(piece: string, link: { readonly path: string; readonly target: string }): Finding {
  const message = `The scope of ${piece} leads through the symbolic link ${link.path} out of the repository, to ${quote(link.target)}.`
  return finding('E_SCOPE_SYMLINK', message, {
    piece,
    path: link.path,
    hints: [excludeHint(piece, link.path)],
  })
}

function submoduleFindings(facts: PlanFacts, { scopes, options }: Survey): readonly Finding[] {
  return facts.submodules.flatMap((path) => {
    const inside = compileScope({ include: [literalPattern(path)] }, options)
    return scopes.flatMap(({ piece, matcher }) => {
      if (overlapOf(matcher, inside, options) === null) return []
      const message = `The scope of ${piece.id} holds the submodule ${path}; its files belong to another repository and cannot land with this one.`
      return [
        finding('E_SCOPE_SUBMODULE', message, {
          piece: piece.id,
          path,
          hints: [excludeHint(piece.id, path)],
        }),
      ]
    })
  })
}

/** To the gate a pattern that names it is the operator's word; one that merely holds it is not. */
function operatorsFindings({ scopes, options }: Survey): readonly Finding[] {
  const name = OPERATORS.slice(0, -1)
  const theirs = compileScope({ include: [`/${OPERATORS}`] }, options)
  return scopes.flatMap(({ piece: { id, scope } }) => {
    const include = scope.include.filter((pattern) => pattern.includes(name))
    const named = compileScope({ include, exclude: scope.exclude }, options)
    if (overlapOf(named, theirs, options) === null) return []
    const message = `The scope of ${id} names ${OPERATORS}: what lands there decides how Quintet runs, set-up commands outside any box included, and the gate does not hold it back.`
    return [finding('W_OPERATORS', message, { piece: id, path: name, hints: [excludeHint(id, name)] })]
  })
}

function excludeHint(piece: string, path: string): { text: string } {
  return { text: `Add exclude = [${quote(literalPattern(path))}] to the scope of ${piece}.` }
}

function unownedFindings({ unowned }: Survey): readonly Finding[] {
  if (unowned.count === 0) return []
  const more = unowned.count > unowned.first.length ? ', …' : ''
  const files = unowned.count === 1 ? 'One tracked file is' : `${unowned.count} tracked files are`
  return [
    finding(
      'I_UNOWNED_FILES',
      `${files} owned by nobody, so no session may write them: ${unowned.first.join(', ')}${more}.`,
    ),
  ]
}
