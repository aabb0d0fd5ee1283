// What a clean-up did, as lines.
import type { CleanItem } from '../contract/api.ts'
import type { Tone } from '../tui/style.ts'
import { table } from '../tui/table.ts'
import type { Output } from './output.ts'

const TONES: Readonly<Record<CleanItem['outcome'], Tone>> = {
  removed: 'good',
  removable: 'good',
  kept: 'attention',
  busy: 'attention',
  half: 'bad',
}

/** What shows of each removal that nothing is lost by it. */
export function proofLines(items: readonly CleanItem[]): string[] {
  return items.flatMap(({ what, proof = [] }) =>
    proof.length === 0 ? [] : ['', `${what}:`, ...proof.map((sentence) => `  ${sentence}`)],
  )
}

/** What became of each thing, as a table. */
export function itemLines(items: readonly CleanItem[], output: Pick<Output, 'width' | 'colour'>): string[] {
  return table<CleanItem>(
    [
      { heading: 'outcome', priority: 0, cell: ({ outcome }) => ({ text: outcome, tone: TONES[outcome] }) },
      { heading: 'what', priority: 0, min: 16, cell: ({ what }) => what },
      { heading: 'why', priority: 1, min: 16, cell: ({ reason }) => reason ?? '' },
      { heading: 'saved as', priority: 2, min: 16, cell: ({ backup }) => backup ?? '' },
    ],
    items,
    { width: output.width, colour: output.colour },
  )
}
