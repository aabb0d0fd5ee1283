// The plan as a person would have written it, comments included: why these pieces, what was measured, which files lie between
// them. Pure.
import { stringify } from 'smol-toml'
import { comment } from '../comment.ts'
import { countOf, type Draft, type DraftPiece } from './draft.ts'
import { percent } from './sessions.ts'
import type { Policy } from './policies.ts'
import { testsOf } from './tests.ts'
import type { Boundary, Candidate, Suggestion } from './suggest.ts'

const WIDTH = 110
const MEETING = 0.01

const MEANING: Readonly<Record<Boundary, string>> = {
  directory: 'Pieces are whole folders.',
  layer: 'Pieces are layers: each builds on those before it, and starts when they are finished.',
  feature:
    'Pieces are what is changed together: code with its tests and its documentation, wherever it lies.',
  filetype: 'Pieces are sorts of files: code, tests, documentation, settings.',
}

/** What a boundary means, as a sentence. */
export function meaningOf(boundary: Boundary, { history }: Suggestion['ground']['facts']): string {
  return boundary === 'feature' && history.counted === 0
    ? 'Pieces are what imports each other: code with its tests, wherever it lies.'
    : MEANING[boundary]
}

/** The text of the plan file; ends with a line break. */
export function renderPlan(suggestion: Suggestion, draft: Draft): string {
  const { plan, pieces } = draft
  const parts = [
    ...head(suggestion, draft),
    '',
    `goal = ${value(plan.goal)}`,
    ...(plan.pieces.length > 1 ? [] : ['', '# One piece: nothing to coordinate.']),
    '',
    ...limits(draft),
    ...integration(draft),
    ...shared(draft.policies.filter(({ file }) => file.policy === 'operator')),
    ...pieces.flatMap((piece, index) => pieceText(draft, piece, index)),
    ...kept(draft.policies),
  ]
  return `${parts.join('\n').trimEnd()}\n`
}

function head(suggestion: Suggestion, { candidate, plan }: Draft): readonly string[] {
  const { target, ground, sessions } = suggestion
  const files = countOf(ground.files.length)
  const tests = testsOf(ground.facts, ground.files).length === 0 ? '' : ' with their tests'
  const about = target.whole
    ? `the whole repository, ${files}`
    : `${target.namings.map(({ word }) => word).join(', ')}${tests}, ${files}`
  if (plan.pieces.length === 1) return comment(`This plan is about ${about}. ${sessions.why}`)
  const asked = sessions.asked ? 'they were asked for. ' : ''
  return [
    ...comment(
      `This plan is about ${about}. ${meaningOf(candidate.boundary, ground.facts)} ${measured(ground, candidate)}`,
    ),
    '#',
    ...comment(`Why ${plan.pieces.length} pieces: ${asked}${ofBest(suggestion, candidate)}${sessions.why}`),
  ]
}

/** What was measured of this division, as sentences. */
function measured({ facts: { history } }: Suggestion['ground'], { score }: Candidate): string {
  const lines = [
    history.counted === 0 ? 'There is no history to go by; imports and folders decided.' : null,
    score.overlap === null || history.counted === 0
      ? null
      : `In the last ${history.counted} commits that tell something, ${percent(score.overlap)} of what was changed together lies in different pieces.`,
    score.imports === null ? null : `${percent(score.imports)} of the imports go from one piece to another.`,
    `The largest piece has ${percent(Math.max(...score.shares))} of the expected work.`,
    score.longest > Math.max(...score.shares)
      ? `Those that wait for each other have ${percent(score.longest)} of it together.`
      : null,
  ]
  return lines.filter((line) => line !== null).join(' ')
}

/** The number of pieces is reasoned with the numbers of the best division; another one says so. */
function ofBest({ candidates: [best] }: Suggestion, candidate: Candidate): string {
  return best === undefined || best.boundary === candidate.boundary
    ? ''
    : `it was found with the best division, by ${best.boundary}. `
}

function limits({ plan }: Draft): readonly string[] {
  return plan.pieces.length > 5 ? ['[limits]', `sessions = ${plan.limits.sessions}`, ''] : []
}

function integration({ plan }: Draft): readonly string[] {
  if (plan.integration.checks.length === 0) return []
  const checks = plan.integration.checks.map(
    ({ name, run }) => `  { name = ${value(name)}, run = ${value(run)} },`,
  )
  return [
    '# Must be green on the merged tree before the target moves.',
    '[integration]',
    'checks = [',
    ...checks,
    ']',
    '',
  ]
}

function shared(policies: readonly Policy[]): readonly string[] {
  if (policies.length === 0) return []
  return [
    '# Between the pieces: files that work anywhere touches. No piece writes them; the operator merges what is asked for.',
    '',
    ...policies.flatMap(policyText),
  ]
}

/** What stays with its piece comes last: it says who is asked, and changes nobody's scope but in exceptions. */
function kept(policies: readonly Policy[]): readonly string[] {
  const owned = policies.filter(({ file }) => file.policy === 'owner')
  if (owned.length === 0) return []
  return [
    '# Files that others are likely to want a change in. One piece writes each; the others ask for it.',
    '',
    ...owned.flatMap(policyText),
  ]
}

function policyText({ file, why }: Policy): readonly string[] {
  return [
    ...comment(`${capital(why)}.`),
    '[[shared]]',
    `path = ${value(file.path)}`,
    `policy = ${value(file.policy)}`,
    ...(file.policy === 'owner' ? [`owner = ${value(file.owner)}`] : []),
    '',
  ]
}

function pieceText({ plan, pieces }: Draft, piece: DraftPiece, index: number): readonly string[] {
  const written = plan.pieces[index]
  if (written === undefined) return []
  const { scope, reads, agent, depends_on: dependsOn } = written
  const meets = piece.meets.filter(({ share }) => share >= MEETING).slice(0, 3)
  const touching =
    meets.length === 0
      ? ''
      : ` Meets ${meets.map(({ id, share }) => `${id} (${percent(share)})`).join(', ')}.`
  const facts = `${capital(countOf(piece.files))}, ${percent(piece.share)} of the expected work.${touching}`
  return [
    ...comment(pieces.length === 1 ? `${capital(countOf(piece.files))}.` : facts),
    '[[pieces]]',
    `id = ${value(written.id)}`,
    `title = ${value(written.title)}`,
    `brief = ${longText(written.brief)}`,
    ...(agent === undefined ? [] : [`agent = ${value(agent)}`]),
    ...(reads.length === 0 ? [] : list('reads', reads)),
    ...(dependsOn.length === 0 ? [] : list('depends_on', dependsOn)),
    '[pieces.scope]',
    ...list('include', scope.include),
    ...(scope.exclude.length === 0 ? [] : list('exclude', scope.exclude)),
    '',
  ]
}

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** A list on one line where it fits, else one entry a line. */
function list(key: string, entries: readonly string[]): readonly string[] {
  const line = `${key} = ${value(entries)}`
  return line.length <= WIDTH ? [line] : [`${key} = [`, ...entries.map((entry) => `  ${value(entry)},`), ']']
}

function longText(text: string): string {
  return text.includes('"""') || /[\\\p{Cc}]/u.test(text.replaceAll('\n', ''))
    ? value(text)
    : `"""\n${text}"""`
}

function value(content: string | readonly string[]): string {
  return stringify({ value: content }).trim().slice('value = '.length)
}
