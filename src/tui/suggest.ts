// Suggested plans as text: what the goal was taken to mean, the candidates side by side, the pieces of the best, and what to do
// next. Pure.
import type { RepositoryFacts } from '../plan/facts/facts.ts'
import { isOfEnvironment, type Finding } from '../plan/findings.ts'
import type { Proposal, Proposals } from '../plan/suggest/proposal.ts'
import { meaningOf } from '../plan/suggest/render.ts'
import { percent } from '../plan/suggest/sessions.ts'
import { testsOf } from '../plan/suggest/tests.ts'
import { renderFinding, WIDEST_SCOPE } from './plan.ts'
import { table, type Column } from './table.ts'
import { counted, listed, oneLine, wrap } from './text.ts'

export interface SuggestView {
  readonly width: number
  readonly colour: boolean
  /** Path of the plan file, when one was written. */
  readonly written: string | null
  /** The command that writes what is shown; none is offered where it was written. */
  readonly writing: string
}

const WIDEST_TEXT = 110
const NAMED = 6

/** Everything there is to say of the proposals; the best first. */
export function renderProposals(found: Proposals, view: SuggestView): string[] {
  const [best] = found.proposals
  if (best === undefined) return []
  const sections = [
    targetLines(found, view),
    sessionLines(found, view),
    found.proposals.length > 1 ? table(CANDIDATE_COLUMNS, found.proposals, view) : [],
    bestLines(best, found.suggestion.ground.facts, view),
    findingLines(best, view),
    environmentLines(best, view),
    nextLines(view),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function text(words: string, { width }: SuggestView): string[] {
  return wrap(oneLine(words), Math.min(WIDEST_TEXT, width))
}

function targetLines({ suggestion }: Proposals, view: SuggestView): string[] {
  const { target, ground } = suggestion
  const history = historyOf(ground.facts)
  if (target.namings.length === 0) {
    return text(
      `The goal names no path, package or folder, so it is about all ${counted(target.files.length, 'file')}; --paths narrows it. ${history}`,
      view,
    )
  }
  const named = target.namings.slice(0, NAMED).map(({ word, by, where }) => {
    const at = where.join(', ')
    if (by === 'new') return `${word} (to come)`
    return at === word || `${word}/` === at ? word : `${word} (${by} ${at})`
  })
  const more = target.namings.length - named.length
  return text(
    `The goal is about ${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}: ${counted(target.files.length, 'file')}, ${testsAmong(target.files, ground.facts)}. ${history}`,
    view,
  )
}

function historyOf({ history, imports }: RepositoryFacts): string {
  const more = history.shallow === true ? ' The clone is shallow; git fetch --unshallow brings the rest.' : ''
  if (history.counted > 0) return `Measured on ${counted(history.counted, 'commit')}.${more}`
  const by = imports.length > 0 ? 'imports and folders' : 'folders'
  return `There is no history that tells something, so it is divided by ${by}.${more}`
}

function testsAmong(files: readonly number[], facts: RepositoryFacts): string {
  const tests = testsOf(facts, files).length
  if (tests === 0) return 'no test among them'
  return tests === files.length ? 'all of them tests' : `${tests} of them ${tests === 1 ? 'a test' : 'tests'}`
}

function sessionLines({ suggestion }: Proposals, view: SuggestView): string[] {
  const { sessions, asked, why, outlook } = suggestion.sessions
  const lead = asked
    ? `${counted(sessions, 'session')}, as asked for.`
    : `${counted(sessions, 'session')} recommended.`
  const rows = outlook.length < 3 ? [] : ['', ...outlookTable(outlook, sessions, view)]
  return [...text(`${lead} ${why}`, view), ...rows]
}

function outlookTable(
  outlook: Proposals['suggestion']['sessions']['outlook'],
  chosen: number,
  view: SuggestView,
): string[] {
  return table(
    [
      {
        heading: 'sessions',
        priority: 0,
        align: 'right',
        cell: ({ sessions }) => ({ text: String(sessions), tone: sessions === chosen ? 'good' : 'plain' }),
      },
      { heading: 'largest', priority: 1, align: 'right', cell: ({ longest }) => percent(longest) },
      {
        heading: 'crossing',
        priority: 1,
        align: 'right',
        cell: ({ crossing, measured, sessions }) =>
          share(measured === null && sessions > 1 ? null : crossing),
      },
      { heading: 'time', priority: 0, align: 'right', cell: ({ time }) => percent(time) },
    ],
    outlook,
    view,
  )
}

const CANDIDATE_COLUMNS: readonly Column<Proposal>[] = [
  { heading: 'by', priority: 0, cell: ({ draft }) => draft.candidate.boundary },
  numberColumn('pieces', 1, ({ draft }) => String(draft.plan.pieces.length)),
  numberColumn('overlap', 0, ({ draft }) => share(draft.candidate.score.overlap)),
  numberColumn('imports', 2, ({ draft }) => share(draft.candidate.score.imports)),
  numberColumn('hubs', 3, ({ draft }) => String(draft.candidate.score.hubs)),
  numberColumn('largest', 1, ({ draft }) => percent(Math.max(...draft.candidate.score.shares))),
  numberColumn('depth', 4, ({ draft }) => String(draft.candidate.score.depth)),
  numberColumn('patterns', 3, ({ draft }) => String(draft.candidate.score.patterns)),
  numberColumn('cost', 0, ({ draft }) => draft.candidate.score.cost.toFixed(2)),
  {
    heading: 'check',
    priority: 2,
    cell: ({ report }) => verdictOf(report.findings.filter((one) => !isOfEnvironment(one))),
  },
]

function numberColumn<Row>(heading: string, priority: number, cell: Column<Row>['cell']): Column<Row> {
  return { heading, priority, align: 'right', cell }
}

function share(value: number | null): string {
  return value === null ? '-' : percent(value)
}

function verdictOf(findings: readonly Finding[]): { text: string; tone: 'good' | 'attention' | 'bad' } {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  if (errors > 0) return { text: counted(errors, 'error'), tone: 'bad' }
  return warnings > 0
    ? { text: counted(warnings, 'warning'), tone: 'attention' }
    : { text: 'passes', tone: 'good' }
}

interface PieceRow {
  readonly piece: Proposal['draft']['plan']['pieces'][number]
  readonly about: Proposal['draft']['pieces'][number] | undefined
}

const PIECE_COLUMNS: readonly Column<PieceRow>[] = [
  { heading: 'piece', priority: 0, cell: ({ piece }) => piece.id },
  numberColumn('files', 1, ({ about }) => String(about?.files ?? 0)),
  numberColumn('work', 0, ({ about }) => percent(about?.share ?? 0)),
  { heading: 'meets', priority: 2, min: 8, cell: ({ about }) => meetingsOf(about) },
  {
    heading: 'scope',
    priority: 1,
    min: 12,
    cell: ({ piece: { scope } }) =>
      listed([...scope.include, ...scope.exclude.map((pattern) => `not ${pattern}`)], WIDEST_SCOPE),
  },
]

function meetingsOf(about: PieceRow['about']): string {
  const most = (about?.meets ?? []).slice(0, 2)
  return most.map(({ id, share: met }) => `${id} ${percent(met)}`).join(', ')
}

function bestLines({ draft }: Proposal, facts: RepositoryFacts, view: SuggestView): string[] {
  const { plan, pieces, candidate } = draft
  const rows = plan.pieces.map((piece, index) => ({ piece, about: pieces[index] }))
  const between = betweenLine(draft)
  return [
    ...text(`Best: by ${candidate.boundary}. ${meaningOf(candidate.boundary, facts)}`, view),
    '',
    ...table(PIECE_COLUMNS, rows, view),
    ...(between === null ? [] : ['', ...text(between, view)]),
  ]
}

/** Files with a policy, and whose they are; null where there are none. */
function betweenLine({ policies }: Proposal['draft']): string | null {
  const owners = policies.map(
    ({ file }) => `${file.path} (${file.policy === 'owner' ? file.owner : 'operator'})`,
  )
  if (owners.length === 0) return null
  const more = owners.length - NAMED
  return `Between the pieces: ${owners.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

function findingLines({ report }: Proposal, view: SuggestView): string[] {
  return report.findings
    .filter((finding) => finding.severity !== 'info' && !isOfEnvironment(finding))
    .flatMap((finding) => renderFinding(finding, view))
}

/** What this machine lacks, apart from what is wrong with the plan. */
function environmentLines({ report }: Proposal, view: SuggestView): string[] {
  const lacking = report.findings.filter(isOfEnvironment)
  if (lacking.length === 0) return []
  return [
    'Before it can run on this machine:',
    ...lacking.flatMap((finding) => renderFinding({ ...finding, severity: 'warning' }, view)),
  ]
}

function nextLines({ written, writing }: SuggestView): string[] {
  return written === null ? [`  → run: ${writing}`] : writtenLines(written)
}

/** What follows once a plan file is there. */
export function writtenLines(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.toml$/, '')
  return [
    `Wrote ${path}. Read it, say in the briefs what the goal leaves open, then:`,
    `  → run: quintet plan check ${name}`,
  ]
}
