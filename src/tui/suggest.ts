// Suggested plans as text: what the goal was taken to mean, the candidates side by side, the pieces of the best, and what to do
// next. Pure.
import type { Finding } from '../plan/findings.ts'
import type { Proposal, Proposals } from '../plan/suggest/propose.ts'
import { MEANING } from '../plan/suggest/render.ts'
import { percent } from '../plan/suggest/sessions.ts'
import { renderFinding } from './plan.ts'
import { table } from './table.ts'
import { counted, oneLine, wrap } from './text.ts'

export interface SuggestView {
  readonly width: number
  readonly colour: boolean
  /** Path of the plan file, when one was written. */
  readonly written: string | null
  readonly goal: string
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
    found.proposals.length > 1 ? candidateTable(found, view) : [],
    bestLines(best, view),
    findingLines(best, view),
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
  const commits = ground.facts.history.counted
  const history =
    commits === 0 ? 'There is no history that tells something.' : `Measured on ${counted(commits, 'commit')}.`
  if (target.namings.length === 0) {
    return text(
      `The goal names no path, package or folder, so it is about all ${counted(target.files.length, 'file')}; --paths narrows it. ${history}`,
      view,
    )
  }
  const named = target.namings.slice(0, NAMED).map(({ word, by, where }) => {
    const at = where.join(', ')
    return at === word || `${word}/` === at ? word : `${word} (${by} ${at})`
  })
  const more = target.namings.length - named.length
  return text(
    `The goal is about ${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}: ${counted(target.files.length, 'file')}, tests included. ${history}`,
    view,
  )
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
      { heading: 'crossing', priority: 1, align: 'right', cell: ({ crossing }) => percent(crossing) },
      { heading: 'time', priority: 0, align: 'right', cell: ({ time }) => percent(time) },
    ],
    outlook,
    view,
  )
}

function candidateTable({ proposals }: Proposals, view: SuggestView): string[] {
  const share = (value: number | null): string => (value === null ? '-' : percent(value))
  return table<Proposal>(
    [
      { heading: 'by', priority: 0, cell: ({ draft }) => draft.candidate.boundary },
      {
        heading: 'pieces',
        priority: 1,
        align: 'right',
        cell: ({ draft }) => String(draft.plan.pieces.length),
      },
      {
        heading: 'overlap',
        priority: 0,
        align: 'right',
        cell: ({ draft }) => share(draft.candidate.score.overlap),
      },
      {
        heading: 'imports',
        priority: 2,
        align: 'right',
        cell: ({ draft }) => share(draft.candidate.score.imports),
      },
      {
        heading: 'hubs',
        priority: 3,
        align: 'right',
        cell: ({ draft }) => String(draft.candidate.score.hubs),
      },
      {
        heading: 'largest',
        priority: 1,
        align: 'right',
        cell: ({ draft }) => percent(Math.max(...draft.candidate.score.shares)),
      },
      {
        heading: 'depth',
        priority: 4,
        align: 'right',
        cell: ({ draft }) => String(draft.candidate.score.depth),
      },
      {
        heading: 'patterns',
        priority: 3,
        align: 'right',
        cell: ({ draft }) => String(draft.candidate.score.patterns),
      },
      {
        heading: 'cost',
        priority: 0,
        align: 'right',
        cell: ({ draft }) => draft.candidate.score.cost.toFixed(2),
      },
      { heading: 'check', priority: 2, cell: ({ report }) => verdictOf(report.findings) },
    ],
    proposals,
    view,
  )
}

function verdictOf(findings: readonly Finding[]): { text: string; tone: 'good' | 'attention' | 'bad' } {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  if (errors > 0) return { text: counted(errors, 'error'), tone: 'bad' }
  return warnings > 0
    ? { text: counted(warnings, 'warning'), tone: 'attention' }
    : { text: 'passes', tone: 'good' }
}

function bestLines({ draft }: Proposal, view: SuggestView): string[] {
  const { plan, pieces, policies, candidate } = draft
  const rows = plan.pieces.map((piece, index) => ({ piece, about: pieces[index] }))
  const owners = policies.map(
    ({ file }) => `${file.path} (${file.policy === 'owner' ? file.owner : 'operator'})`,
  )
  const more = owners.length - NAMED
  return [
    ...text(`Best: by ${candidate.boundary}. ${MEANING[candidate.boundary]}`, view),
    '',
    ...table<(typeof rows)[number]>(
      [
        { heading: 'piece', priority: 0, cell: ({ piece }) => piece.id },
        { heading: 'files', priority: 1, align: 'right', cell: ({ about }) => String(about?.files ?? 0) },
        { heading: 'work', priority: 0, align: 'right', cell: ({ about }) => percent(about?.share ?? 0) },
        {
          heading: 'meets',
          priority: 2,
          min: 8,
          cell: ({ about }) =>
            (about?.meets ?? [])
              .slice(0, 2)
              .map(({ id, share }) => `${id} ${percent(share)}`)
              .join(', '),
        },
        {
          heading: 'scope',
          priority: 1,
          min: 12,
          cell: ({ piece }) =>
            [...piece.scope.include, ...piece.scope.exclude.map((pattern) => `not ${pattern}`)].join(', '),
        },
      ],
      rows,
      view,
    ),
    ...(owners.length === 0
      ? []
      : [
          '',
          ...text(
            `Between the pieces: ${owners.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
            view,
          ),
        ]),
  ]
}

function findingLines({ report }: Proposal, view: SuggestView): string[] {
  return report.findings
    .filter(({ severity }) => severity !== 'info')
    .flatMap((finding) => renderFinding(finding, view))
}

function nextLines({ written, goal }: SuggestView): string[] {
  if (written === null)
    return [`  → run: quintet plan suggest ${JSON.stringify(oneLine(goal))} --write <name>`]
  const name = written.slice(written.lastIndexOf('/') + 1).replace(/\.toml$/, '')
  return [
    `Wrote ${written}. Read it, say in the briefs what the goal leaves open, then:`,
    `  → run: quintet plan check ${name}`,
  ]
}
