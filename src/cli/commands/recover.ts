import { resolve } from 'node:path'
import type { Recovered, SavedThing } from '../../contract/recover.ts'
import { table } from '../../tui/table.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'

/** Lists what clean-up has saved, or brings one of it back. Needs no daemon. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, cwd } = invocation
  const wanted = invocation.arguments[0]
  const to = options.text('to')
  const repo = await repositoryOf(invocation)
  const { recover, savedThings } = await import('../../engine/recover.ts')
  if (wanted === undefined) {
    if (to !== undefined) throw usageError('What is to be brought back has to be named.')
    const things = await savedThings(repo)
    output.answer(things, () =>
      things.length === 0 ? ['Nothing is saved.'] : thingLines(things, invocation),
    )
    return 0
  }
  const recovered = await recover(repo, wanted, to === undefined ? undefined : resolve(cwd, to))
  output.answer(recovered, () => recoveredLines(recovered))
  return 0
}

function recoveredLines(recovered: Recovered): string[] {
  if ('folder' in recovered) return [`${recovered.name} is in ${recovered.folder}.`]
  return [
    `${recovered.name} is the branch ${recovered.branch}.`,
    `→ run: git log -p -1 ${recovered.branch}`,
    `→ run: git switch ${recovered.branch}`,
  ]
}

function thingLines(things: readonly SavedThing[], { output }: Invocation): string[] {
  return table<SavedThing>(
    [
      { heading: 'saved', priority: 0, cell: ({ name }) => name },
      { heading: 'kind', priority: 1, cell: ({ kind }) => kind },
      {
        heading: 'when',
        priority: 1,
        cell: ({ at }) => new Date(at).toISOString().slice(0, 16).replace('T', ' '),
      },
      { heading: 'what', priority: 2, min: 16, cell: ({ text }) => text },
    ],
    things,
    { width: output.width, colour: output.colour },
  )
}
