// The queue's port as a workflow sees it: every call is one step, so that what was done is remembered and a crash anywhere
// goes on where it was. The queue decides by the answers alone; replayed, it makes the same calls in the same order.
import * as v from 'valibot'
import type { Json } from '../../contract/json.ts'
import type {
  FullObservation,
  Happening,
  LandingAnswer,
  Purpose,
  QueuePort,
  SelectedObservation,
  Stack,
  State,
  Unit,
} from '../../integration/queue/port.ts'
import { unitName } from '../../integration/queue/words.ts'
import type { EffectContext, WorkflowContext } from '../port.ts'
import { record, toJson } from '../record.ts'
import type { IntegrationInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { landTarget } from './landing.ts'
import { CombinedResult, FullResult, LandingResult, SelectedResult, StackResult } from './results.ts'
import { runAllChecks, runOnlyUnits, type StateRun } from './runs.ts'
import { combinePieces, stackPieces } from './stack.ts'

export class DurablePort implements QueuePort {
  readonly #services: Services
  readonly #context: WorkflowContext
  readonly #input: IntegrationInput
  #calls = 0
  #rounds = 0
  #landed = 0
  /** Which pieces are in a commit of this integration. */
  readonly #pieces = new Map<string, readonly string[]>()

  constructor(services: Services, context: WorkflowContext, input: IntegrationInput) {
    this.#services = services
    this.#context = context
    this.#input = input
  }

  async stack(pieces: readonly string[]): Promise<Stack> {
    const request = { input: this.#input, pieces, round: ++this.#rounds }
    const stack = await this.#step('stack', StackResult, (effect) =>
      stackPieces(this.#services, effect, request),
    )
    this.#pieces.set(stack.base.commit, [])
    const below: string[] = []
    for (const { piece, state } of stack.steps) {
      below.push(piece)
      this.#pieces.set(state.commit, [...below])
    }
    return stack
  }

  async combine(onto: State, pieces: readonly string[]): Promise<State | null> {
    const request = { input: this.#input, pieces, onto, inside: this.#pieces.get(onto.commit) ?? [] }
    const state = await this.#step('combine', CombinedResult, (effect) =>
      combinePieces(this.#services, effect, request),
    )
    if (state !== null) {
      this.#pieces.set(state.commit, [...new Set([...(this.#pieces.get(onto.commit) ?? []), ...pieces])])
    }
    return state
  }

  runAll(stack: Stack): Promise<FullObservation> {
    const state = topOf(stack)
    return this.#step('union', FullResult, (effect, key) => {
      const run = { ...this.#run(state, 'union', key), pieces: piecesOf(stack) }
      return runAllChecks(this.#services, effect, run)
    })
  }

  runOnly(state: State, units: readonly Unit[], purpose: Purpose): Promise<SelectedObservation> {
    return this.#step(purpose, SelectedResult, (effect, key) =>
      runOnlyUnits(this.#services, effect, this.#run(state, purpose, key), units),
    )
  }

  async land(stack: Stack): Promise<LandingAnswer> {
    const ordered = this.#input.branches.map(({ piece }) => piece)
    const inStack = new Set(piecesOf(stack))
    const pieces = ordered.filter((piece) => inStack.has(piece))
    const more = this.#landed + pieces.length < ordered.length
    const union = { from: stack.base.commit, commit: topOf(stack).commit, pieces, more }
    const answer = await this.#step('land', LandingResult, (effect) =>
      landTarget(this.#services, effect, this.#input, union),
    )
    if (answer.kind === 'landed') this.#landed += pieces.length
    return answer
  }

  async tell(happening: Happening): Promise<void> {
    await this.#step('tell', v.null(), (effect, key) => {
      recordHappening(effect, key, happening)
      return Promise.resolve(null)
    })
  }

  #run(state: State, purpose: Purpose, key: string): StateRun {
    return { input: this.#input, state, pieces: this.#pieces.get(state.commit) ?? [], key, purpose }
  }

  async #step<T>(
    kind: string,
    schema: v.GenericSchema<unknown, T>,
    effect: (context: EffectContext, key: string) => Promise<unknown>,
  ): Promise<T> {
    const key = `queue:${++this.#calls}:${kind}`
    const answer: Json = await this.#context.step(key, async (context) => toJson(await effect(context, key)))
    return v.parse(schema, answer)
  }
}

function recordHappening(effect: EffectContext, key: string, happening: Happening): void {
  const tests = happening.tests.map(unitName)
  if (happening.kind === 'flaky') record(effect, 'integration.flaky', key, { tests })
  else if (happening.kind === 'base-red') record(effect, 'integration.base-red', key, { tests })
  else {
    const { piece, verdict, output } = happening
    record(effect, 'integration.culprit', key, {
      piece,
      verdict: verdict.kind,
      with: verdict.kind === 'interacts' ? [...verdict.with] : [],
      tests,
      output,
    })
  }
}

/** Those that add nothing count as well: their checks are to be passed. */
const piecesOf = ({ steps, upToDate }: Stack): readonly string[] => [
  ...steps.map(({ piece }) => piece),
  ...upToDate,
]

function topOf({ base, steps }: Stack): State {
  return steps.at(-1)?.state ?? base
}
