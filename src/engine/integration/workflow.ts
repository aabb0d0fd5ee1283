// An integration: the finished branches merged in order, checked on exactly the resulting tree, and the target moved to
// it by compare-and-swap. The first conflict and the first red check stop it, with everything kept and named.
import * as v from 'valibot'
import { CheckFact } from '../../contract/facts.ts'
import type { CheckResult } from '../../contract/session.ts'
import { tellingBreakdown } from '../breakdown.ts'
import type { Workflow, WorkflowContext } from '../port.ts'
import { toJson } from '../record.ts'
import { IntegrationInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { remaining } from './consent.ts'
import {
  checkUnion,
  landTarget,
  recordStop,
  giveTreeBack,
  stackBranches,
  type StackResult,
} from './effects.ts'

/** How often the whole is done again because the target moved meanwhile. */
const ROUNDS = 5

const Stack = v.object({
  from: v.string(),
  commit: v.string(),
  pieces: v.array(v.string()),
  conflict: v.nullable(v.string()),
  refused: v.optional(v.array(v.string()), []),
})
const Landing = v.variant('kind', [
  v.object({ kind: v.literal('landed') }),
  v.object({ kind: v.literal('moved') }),
  v.object({ kind: v.literal('withdrawn'), pieces: v.array(v.string()) }),
  v.object({ kind: v.literal('refused'), reason: v.string() }),
])

/** The integration workflow over these services. Input: `IntegrationInput`; output: `{landed, reason}`. */
export function integrationWorkflow(services: Services): Workflow {
  return async (context, raw) => {
    const input = v.parse(IntegrationInput, raw)
    const outcome = await tellingBreakdown(
      () => integrate(services, context, input),
      async (why) => {
        await stop(context, `The integration broke: ${why}`, 'breakdown')
      },
    )
    // What stopped is kept for a look; the next integration or the clean-up takes it away.
    if (outcome.reason === null) {
      await context.step('release', async (effect) => {
        await giveTreeBack(services, effect, input.run)
        return null
      })
    }
    return toJson(outcome)
  }
}

interface Outcome {
  readonly landed: readonly string[]
  readonly reason: string | null
}

/** Another round is due, without these pieces. */
interface Again {
  readonly withdrawn: readonly string[]
}

async function integrate(
  services: Services,
  context: WorkflowContext,
  input: IntegrationInput,
): Promise<Outcome> {
  let branches = input.branches
  for (let round = 1; round <= ROUNDS; round++) {
    const outcome = await playRound(services, context, { ...input, branches }, round)
    if ('reason' in outcome) return outcome
    branches = [...remaining(branches, loadRunInput(services, input.run).plan.pieces, outcome.withdrawn)]
  }
  return stop(context, 'The target kept moving while the union was checked.')
}

async function playRound(
  services: Services,
  context: WorkflowContext,
  input: IntegrationInput,
  round: number,
): Promise<Outcome | Again> {
  const stack: StackResult = v.parse(
    Stack,
    await context.step(`stack:${round}`, async (effect) =>
      toJson(await stackBranches(services, effect, input, round)),
    ),
  )
  const left = leftOver(stack)
  if (stack.pieces.length === 0) return stop(context, left ?? 'There is nothing to merge.')
  const checks: readonly CheckResult[] = v.parse(
    v.array(CheckFact),
    await context.step(`check:${round}`, async (effect) =>
      toJson(await checkUnion(services, effect, input, { stack, round })),
    ),
  )
  const red = checks.find((check) => !check.green)
  if (red !== undefined) return stop(context, `The check "${red.name}" is red on the union.`)
  const landing = v.parse(
    Landing,
    await context.step(`land:${round}`, async (effect) =>
      toJson(await landTarget(services, effect, input, stack)),
    ),
  )
  if (landing.kind === 'moved') return { withdrawn: [] }
  if (landing.kind === 'withdrawn') return { withdrawn: landing.pieces }
  if (landing.kind === 'refused') return stop(context, landing.reason)
  if (left !== null) await stop(context, left)
  return { landed: stack.pieces, reason: left }
}

/** Why not everything was merged; null when everything was. */
function leftOver({ conflict, refused }: StackResult): string | null {
  const reasons = [...refused, ...(conflict === null ? [] : [conflict])]
  return reasons.length === 0 ? null : reasons.join(' ')
}

async function stop(context: WorkflowContext, reason: string, key = 'stop'): Promise<Outcome> {
  await context.step(key, (effect) => {
    recordStop(effect, reason)
    return Promise.resolve(null)
  })
  return { landed: [], reason }
}
