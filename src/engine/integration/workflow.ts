// An integration: finished branches go through the merge queue, what is right lands, what is not goes back to its session,
// and the run is told. Everything that happens is a step, so that a crash anywhere goes on where it was.
import * as v from 'valibot'
import { landQueue, type QueueOutcome } from '../../integration/queue/queue.ts'
import { backSentence } from '../../integration/queue/words.ts'
import { tellingBreakdown } from '../breakdown.ts'
import { runWorkflowId, sessionWorkflowId } from '../names.ts'
import type { Workflow, WorkflowContext } from '../port.ts'
import { record, toJson } from '../record.ts'
import { IntegrationInput } from '../run/input.ts'
import { INTEGRATED, type Integrated } from '../run/milestone.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { handBack, type HandedBack } from './handback.ts'
import { orderPieces } from './order.ts'
import { DurablePort } from './queue-port.ts'
import { rememberResolutions } from './remember.ts'
import { HandBackResult } from './results.ts'
import { branchesOf } from './stack.ts'
import { giveTreeBack } from './tree.ts'

/** The integration workflow over these services. Input: `IntegrationInput`; output: `Integrated`, which the run is sent too. */
export function integrationWorkflow(services: Services): Workflow {
  return async (context, raw) => {
    const input = v.parse(IntegrationInput, raw)
    const outcome = await tellingBreakdown(
      () => integrate(services, context, input),
      async (why) => {
        await stop(context, { reason: `The integration broke: ${why}`, operator: true }, 'breakdown')
      },
    )
    await context.step('tell-run', () => {
      const dedupe = `integrated:${input.n}`
      services.engine().signal(runWorkflowId(input.run), { name: INTEGRATED, data: toJson(outcome), dedupe })
      return Promise.resolve(null)
    })
    return toJson(outcome)
  }
}

async function integrate(
  services: Services,
  context: WorkflowContext,
  given: IntegrationInput,
): Promise<Integrated> {
  const order = v.parse(
    v.array(v.string()),
    await context.step('order', async (effect) => toJson(await orderPieces(services, effect.signal, given))),
  )
  const input = { ...given, branches: branchesOf(given, order) }
  const queue = queueOf(services, input)
  const port = new DurablePort(services, context, input)
  // That there was nothing to merge is said, too.
  if (queue.length === 0) await port.stack([])
  const outcome = await landQueue(port, queue)
  const handed = v.parse(
    HandBackResult,
    await context.step('hand-back', async (effect) =>
      toJson(await handBack(services, effect, input, outcome.back)),
    ),
  )
  await context.step('remember', async (effect) => {
    const landed = branchesOf(input, outcome.landed)
    for (const [index, text] of (await rememberResolutions(services.repo, landed, effect.signal)).entries())
      record(effect, 'integration.noted', `remember:${index}`, { text })
    return null
  })
  const reason = reasonOf(outcome, loadRunInput(services, input.run).target)
  if (reason === null) {
    await context.step('release', async (effect) => {
      if (nothingLeft(services, input.run)) await giveTreeBack(services, effect, input.run)
      return null
    })
  } else await stop(context, { reason, operator: needsOperator(outcome, handed) }, 'stop')
  const tips = Object.fromEntries(input.branches.map(({ piece, tip }) => [piece, tip]))
  return { n: input.n, landed: [...outcome.landed], ...handed, reason, tips }
}

/** A piece builds on those of its dependencies that have not landed yet. */
function queueOf(services: Services, { run, branches }: IntegrationInput): Parameters<typeof landQueue>[1] {
  const { plan } = loadRunInput(services, run)
  const queued = new Set(branches.map(({ piece }) => piece))
  return branches.map(({ piece }) => ({
    piece,
    needs: (plan.pieces.find(({ id }) => id === piece)?.depends_on ?? []).filter((need) => queued.has(need)),
  }))
}

/** Why not everything has landed; null when everything has. */
function reasonOf({ stopped, left, back, landed }: QueueOutcome, target: string): string | null {
  const sentences = [
    ...back.map((one) => backSentence(one, target)),
    ...left.flatMap(({ kind, reason }) => (kind === 'stopped' ? [] : [reason])),
    ...(stopped === null ? [] : [stopped]),
  ]
  if (sentences.length > 0) return sentences.join(' ')
  return landed.length === 0 ? 'There is nothing to merge.' : null
}

/** What goes back to a session moves without the operator; so does what only waits for that. */
function needsOperator({ stopped, left, landed, back }: QueueOutcome, { held }: HandedBack): boolean {
  const nothing = landed.length + back.length + left.length === 0
  return stopped !== null || held.length > 0 || nothing || left.some(({ kind }) => kind === 'refused')
}

/** Whether every piece of the run has landed or was given up: the worktree will not be needed any more. */
function nothingLeft(services: Services, run: string): boolean {
  const { plan } = loadRunInput(services, run)
  const types = ['session.landed', 'session.abandoned']
  const ends = services.store.events({ prefix: `${run}/session/`, types })
  const over = new Set([...ends].map(({ stream }) => stream))
  return plan.pieces.every(({ id }) => over.has(sessionWorkflowId({ run, piece: id })))
}

async function stop(
  context: WorkflowContext,
  data: { readonly reason: string; readonly operator: boolean },
  key: string,
): Promise<void> {
  await context.step(key, (effect) => {
    record(effect, 'integration.stopped', '1', data)
    return Promise.resolve(null)
  })
}
