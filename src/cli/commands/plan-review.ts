import { reviewed } from '../../daemon/review.ts'
import { renderReview } from '../../tui/review.ts'
import { repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Holds a run against its plan, and keeps what it has shown for later suggestions. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const view = await requireView(repo, invocation.arguments[0])
  const review = await reviewed(repo, view.run, signal)
  output.answer(review, () =>
    review === null ? [] : renderReview(review, { width: output.width, colour: output.colour }),
  )
  return 0
}
