import type { CleanItem } from '../../contract/api.ts'
import type { Tone } from '../../tui/style.ts'
import { table } from '../../tui/table.ts'
import { daemonOf, repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'

const TONES: Readonly<Record<CleanItem['outcome'], Tone>> = {
  removed: 'good',
  removable: 'good',
  kept: 'attention',
  busy: 'attention',
  half: 'bad',
}

/** Removes what has landed and names what is kept, or only says what it would do; 1 when something could be removed only in
 *  part or is in use. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const wanted = invocation.arguments[0]
  const repo = await repositoryOf(invocation)
  const dryRun = invocation.options.flag('dryRun')
  const which = wanted === undefined ? {} : { run: (await requireView(repo, wanted)).run }
  const foreign = invocation.options.flag('foreign')
  const request = { ...which, ...(dryRun ? { dryRun } : {}), ...(foreign ? { foreign } : {}) }
  const items = await (await daemonOf(repo, signal)).clean(request)
  output.answer(items, () =>
    items.length === 0
      ? ['There is nothing to clean.']
      : [...itemLines(items, invocation), ...(dryRun ? proofLines(items) : [])],
  )
  return items.every(({ outcome }) => outcome !== 'busy' && outcome !== 'half') ? 0 : 1
}

/** What shows of each removal that nothing is lost by it. */
function proofLines(items: readonly CleanItem[]): string[] {
  return items.flatMap(({ what, proof = [] }) =>
    proof.length === 0 ? [] : ['', `${what}:`, ...proof.map((sentence) => `  ${sentence}`)],
  )
}

function itemLines(items: readonly CleanItem[], { output }: Invocation): string[] {
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
