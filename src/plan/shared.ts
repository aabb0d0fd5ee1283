// Shared files: each one path with one policy that can be followed. Pure.
import type { PlanFile, SharedFile } from '../contract/plan.ts'
import { pathProblem } from '../scope/escape.ts'
import { enumerate, finding, quote, type Finding } from './findings.ts'
import { nearest } from '../contract/nearest.ts'
import type { Survey } from './survey.ts'

/** What is wrong with the shared files of a plan. */
export function sharedFindings(plan: PlanFile, survey: Survey): readonly Finding[] {
  const ids = plan.pieces.map(({ id }) => id)
  return plan.shared.flatMap((file, index) => [
    ...pathFindings(file, survey),
    ...(plan.shared.findIndex(({ path }) => path === file.path) < index
      ? [finding('E_SHARED_TWICE', `The shared file ${file.path} is named twice; one path has one policy.`)]
      : []),
    ...ownerFindings(file, ids),
    ...scopeFindings(file, survey),
  ])
}

function pathFindings({ path }: SharedFile, { options }: Survey): readonly Finding[] {
  const why = sharedPathProblem(path, options.tree?.folders ?? [])
  return why === null
    ? []
    : [finding('E_SHARED_PATH', `The shared file ${quote(path)} cannot be used. ${why}`)]
}

function sharedPathProblem(path: string, folders: readonly string[]): string | null {
  if (path.endsWith('/') || folders.includes(path)) {
    return 'It is a folder; name its files, or give the folder to one piece.'
  }
  if (path.includes('*')) return 'It is a pattern; name each file by its path.'
  return pathProblem(path)
}

function ownerFindings(file: SharedFile, ids: readonly string[]): readonly Finding[] {
  if (file.policy !== 'owner' || ids.includes(file.owner)) return []
  const meant = nearest(file.owner, ids)
  const hints = meant === null ? [] : [{ text: `Perhaps ${quote(meant)} was meant.` }]
  const message = `The shared file ${file.path} is owned by ${quote(file.owner)}, which is not a piece of the plan.`
  return [finding('E_SHARED_OWNER', message, { hints })]
}

function scopeFindings(file: SharedFile, { scopes }: Survey): readonly Finding[] {
  const holders = scopes.filter(({ matcher }) => matcher.matches(file.path)).map(({ piece }) => piece.id)
  const owner = file.policy === 'owner' ? file.owner : null
  if (!holders.some((id) => id !== owner)) return []
  const where = `the scope${holders.length === 1 ? '' : 's'} of ${enumerate(holders)}`
  const decision = owner === null ? 'no piece writes it' : `${owner} alone writes it`
  return [
    finding(
      'I_SHARED_IN_SCOPES',
      `The shared file ${file.path} also matches ${where}; by its policy ${decision}.`,
    ),
  ]
}
