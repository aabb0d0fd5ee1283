// How a benchmark's figures are printed. Pure.
import type { Bench, Figure, OptionSpec, Outcome } from './bench.ts'

/** The one line that `--json` ends with. */
export function jsonLine(name: string, { figures }: Pick<Outcome, 'figures'>): string {
  return JSON.stringify({ bench: name, figures })
}

/** Details, then the figures with their goals. */
export function tableLines(
  { figures, details = [] }: Outcome,
  { goals, floors = {} }: Pick<Bench, 'goals' | 'floors'>,
): string[] {
  const rows = Object.entries(figures).map(([name, value]) => [
    name,
    shown(value),
    goalOf(value, { most: goals[name], least: floors[name] }),
  ])
  const above = details.length === 0 ? [] : [...details, '']
  return [...above, ...aligned([['figure', 'value', 'goal'], ...rows])]
}

/** The benchmarks there are, with their options. */
export function listLines(
  benches: readonly {
    readonly name: string
    readonly summary: string
    readonly options: readonly OptionSpec[]
  }[],
): string[] {
  return [
    'Usage: npm run bench -- <name> [--json] [--keep] [options]',
    ...benches.flatMap(({ name, summary, options }) => [
      '',
      `${name}: ${summary}`,
      ...aligned(options.map(({ flags, summary: about }) => [`  ${flags}`, about])),
    ]),
  ]
}

function shown(value: Figure): string {
  return value === null ? '-' : String(value)
}

function goalOf(
  value: Figure,
  { most, least }: { readonly most: number | undefined; readonly least: number | undefined },
): string {
  const met = (holds: (number: number) => boolean): string =>
    typeof value === 'number' && holds(value) ? 'met' : 'NOT MET'
  if (most !== undefined) return `<= ${most} ${met((number) => number <= most)}`
  if (least !== undefined) return `>= ${least} ${met((number) => number >= least)}`
  return ''
}

/** Columns as wide as their widest cell, two blanks apart. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
