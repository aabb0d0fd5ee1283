import { renderRequests } from '../../tui/requests.ts'
import { repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Lists the scope requests of a run, open ones first. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const { run: id, requests } = await requireView(await repositoryOf(invocation), invocation.arguments[0])
  output.answer({ run: id, requests }, () =>
    requests.length === 0
      ? ['Nobody asked for a path outside its scope.']
      : renderRequests(requests, { width: output.width, colour: output.colour, now: Date.now() }),
  )
  return 0
}
