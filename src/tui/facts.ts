// What is known of a repository, as a screen: files, packages, hubs, folders that go together, owners and tests. Pure.
import type { RepositoryFacts } from '../plan/facts/facts.ts'
import { summaryOf, type FactsSummary } from '../plan/facts/summary.ts'
import { toned } from './style.ts'
import { table, type Column } from './table.ts'
import { wrap } from './text.ts'

export interface FactsSize {
  readonly width: number
  readonly colour: boolean
}

const ROWS = 10
const HASH = 10
const WIDEST_TEXT = 110

/** The screen; `--json` has all of it. */
export function renderFacts(facts: RepositoryFacts, size: FactsSize): string[] {
  if (facts.files.length === 0) return ['No files are tracked yet.']
  const summary = summaryOf(facts)
  const sections = [
    prose(heading(facts, summary), size),
    languages(summary, size),
    packages(summary, size),
    hubs(facts, size),
    coupled(summary, size),
    owners(summary, size),
    closing(facts, summary).flatMap((text) => prose(text, size)),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function prose(text: string, { width }: FactsSize): string[] {
  return wrap(text, Math.min(width, WIDEST_TEXT))
}

function heading({ files, commit }: RepositoryFacts, { kinds }: FactsSummary): string {
  const parts = kinds.map(([kind, count]) => `${grouped(count)} ${kind}`).join(', ')
  return `${grouped(files.length)} ${files.length === 1 ? 'file' : 'files'} at ${commit.slice(0, HASH)}: ${parts}`
}

function languages({ languages: rows }: FactsSummary, size: FactsSize): string[] {
  return limited(rows, size, [
    { heading: 'language', priority: 0, cell: ({ language }) => language },
    { heading: 'code', priority: 0, align: 'right', cell: ({ code }) => grouped(code) },
    { heading: 'tests', priority: 1, align: 'right', cell: ({ tests }) => grouped(tests) },
    { heading: 'other', priority: 2, align: 'right', cell: ({ other }) => grouped(other) },
  ])
}

function packages({ packages: rows }: FactsSummary, size: FactsSize): string[] {
  return limited(rows, size, [
    { heading: 'package', priority: 0, min: 12, cell: ({ name }) => name },
    { heading: 'files', priority: 0, align: 'right', cell: ({ files }) => grouped(files) },
    { heading: 'needs', priority: 2, align: 'right', cell: ({ dependsOn }) => grouped(dependsOn) },
    { heading: 'needed by', priority: 2, align: 'right', cell: ({ usedBy }) => grouped(usedBy) },
    { heading: 'with', priority: 3, cell: ({ manager }) => manager },
    { heading: 'folder', priority: 1, min: 8, cell: ({ folder }) => (folder === '' ? '.' : folder) },
  ])
}

function hubs({ hubs: rows, files }: RepositoryFacts, size: FactsSize): string[] {
  return limited(rows, size, [
    { heading: 'hub file', priority: 0, min: 16, cell: ({ file }) => files[file]?.path ?? '' },
    { heading: 'why', priority: 1, min: 16, cell: ({ reason }) => reason },
  ])
}

function coupled({ coupled: rows }: FactsSummary, size: FactsSize): string[] {
  return limited(
    rows.filter(({ together }) => together >= 1),
    size,
    [
      { heading: 'folder', priority: 0, min: 12, cell: ({ left }) => left },
      { heading: 'changes with', priority: 0, min: 12, cell: ({ right }) => right },
      { heading: 'commits', priority: 0, align: 'right', cell: ({ together }) => together.toFixed(1) },
      { heading: 'imports', priority: 1, align: 'right', cell: ({ imports }) => grouped(imports) },
    ],
  )
}

function owners({ owners: rows }: FactsSummary, size: FactsSize): string[] {
  return limited(rows, size, [
    { heading: 'owner', priority: 0, min: 12, cell: ([owner]) => owner },
    { heading: 'files', priority: 0, align: 'right', cell: ([, count]) => grouped(count) },
  ])
}

function closing({ imports, together, history }: RepositoryFacts, { coverage }: FactsSummary): string[] {
  const { tests, mapped, code, covered, fixtures } = coverage
  const read = fixtures === 0 ? '' : ` ${grouped(fixtures)} more are what tests read.`
  return [
    `Tests: ${grouped(mapped)} of ${grouped(tests)} cover ${grouped(covered)} of ${grouped(code)} code files.${read}`,
    `Imports: ${grouped(imports.length)} between files. Changed together: ${grouped(together.length)} pairs of files, in ${grouped(history.counted)} of the newest ${grouped(history.read)} commits.`,
  ]
}

function limited<Row>(rows: readonly Row[], size: FactsSize, columns: readonly Column<Row>[]): string[] {
  if (rows.length === 0) return []
  const more = rows.length - ROWS
  const lines = table(columns, rows.slice(0, ROWS), size)
  return more <= 0 ? lines : [...lines, toned(`and ${grouped(more)} more`, 'quiet', size.colour)]
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
