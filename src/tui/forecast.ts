// The forecast of a plan as text. Pure.
import type { FileForecast, Forecast, PairForecast } from '../plan/forecast/forecast.ts'
import { table } from './table.ts'
import { counted, wrap } from './text.ts'
import type { ReportSize } from './plan.ts'

const WIDEST = 110

/** The whole forecast, below the report on the plan. */
export function renderForecast(forecast: Forecast, size: ReportSize): string[] {
  const { integration, criticalPath, basis, unknown } = forecast
  const { least, expected } = integration.suiteRuns
  const sentences = [
    `Longest chain: ${criticalPath.pieces.join(', then ')}, with ${criticalPath.size} of ${counted(criticalPath.total, 'file')}.`,
    `Integration: ${counted(integration.merges, 'merge')}, ${rounded(integration.conflicts)} conflicts expected${
      integration.unknownPairs === 0 ? '' : ` besides ${counted(integration.unknownPairs, 'pair')} not known`
    }, ${least === rounded(expected) ? '' : `${least} to `}${rounded(expected)} runs of the checks on the union.`,
    `It rests on ${counted(basis.commits, 'recent commit')}, the work of a piece taken for ${basis.commitsOfWork} of the kind that touched its files before, and on ${percent(basis.conflictsOfMeetings)} of merges conflicting whose sides touch one file.`,
    ...unknown,
  ]
  return [
    ...pairTable(forecast.pairs, size),
    '',
    ...sentences.flatMap((sentence) => wrap(sentence, Math.min(WIDEST, size.width))),
  ]
}

function pairTable(pairs: readonly PairForecast[], size: ReportSize): string[] {
  if (pairs.length === 0) return ['One piece alone meets nobody.']
  return table<PairForecast>(
    [
      { heading: 'pair', priority: 0, cell: ({ pieces }) => pieces.join(' and ') },
      {
        heading: 'conflict',
        priority: 0,
        align: 'right',
        cell: ({ conflicts }) => (conflicts === null ? 'not known' : percent(conflicts)),
      },
      {
        heading: 'same file',
        priority: 1,
        align: 'right',
        cell: ({ meets }) => (meets === null ? '' : percent(meets)),
      },
      {
        heading: 'imports',
        priority: 3,
        align: 'right',
        cell: ({ imports }) => (imports === null ? '' : `${imports[0]}/${imports[1]}`),
      },
      {
        heading: 'because of',
        priority: 2,
        min: 16,
        cell: ({ files, why }) => why ?? files.map(fileText).join(', '),
      },
    ],
    pairs,
    size,
  )
}

function fileText({ path, meets, settled }: FileForecast): string {
  return `${path} ${percent(meets)}${settled === null ? '' : ` (${settled})`}`
}

function percent(probability: number): string {
  const whole = Math.round(probability * 100)
  return whole === 0 && probability > 0 ? '<1 %' : `${whole} %`
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10
}
