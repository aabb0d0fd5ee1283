import { join } from 'node:path'
import { stateFolder } from '../../git/repository.ts'
import { gatherFacts, type FactsStep } from '../../plan/facts/gather.ts'
import { renderFacts } from '../../tui/facts.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import type { Output } from '../output.ts'

/** Shows what is known of the repository at HEAD, or at the commit that was named. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const progress = new Progress(output)
  const facts = await gatherFacts({
    root: repo.root,
    commit: invocation.arguments[0] ?? 'HEAD',
    cache: options.refused('cache') ? null : join(stateFolder(repo), 'facts'),
    signal,
    onProgress: (step, done, total) => progress.show(step, done, total),
  }).finally(() => progress.clear())
  output.answer(facts, () => renderFacts(facts, { width: output.width, colour: output.colour }))
  await output.drained()
  return 0
}

const STEPS: Readonly<Record<FactsStep, string>> = {
  files: 'Listing files',
  sources: 'Reading sources',
  graph: 'Putting it together',
}
const BACK = '\r\u001b[K'

/** One line on a terminal that goes again; nothing elsewhere. */
class Progress {
  readonly #output: Output
  #shown = ''

  constructor(output: Output) {
    this.#output = output
  }

  show(step: FactsStep, done: number, total: number): void {
    const share = total > 1 ? ` ${Math.floor((100 * done) / total)} %` : ''
    const text = `${STEPS[step]}${share}`
    if (this.#output.stderr.isTTY !== true || text === this.#shown) return
    this.#shown = text
    this.#output.stderr.write(`${BACK}${text}`)
  }

  clear(): void {
    if (this.#shown !== '') this.#output.stderr.write(BACK)
  }
}
