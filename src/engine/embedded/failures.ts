// The ways in which a workflow is interrupted, as errors with stable codes, and the rules which of them end it.
import { errorData, QuintetError, type ErrorData } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import type { WorkflowResult } from '../port.ts'

/** The workflow was cancelled; `details.reason` says why. */
export function cancelled(reason: string): QuintetError {
  return new QuintetError('E_CANCELLED', 'precondition', `The workflow was cancelled: ${reason}.`, {
    details: { reason },
  })
}

/** Another worker drives the workflow, or may by now. */
export function claimLost(workflow: string): QuintetError {
  return new QuintetError(
    'E_CLAIM_LOST',
    'internal',
    `This process no longer holds the claim on workflow ${workflow}.`,
  )
}

/** The engine of this process stops; the workflow goes on elsewhere or later. */
export function shutdown(): QuintetError {
  return new QuintetError('E_SHUTDOWN', 'internal', 'The engine of this process is stopping.')
}

/** The workflow has ended while an effect that it did not wait for was in flight. */
export function abandoned(workflow: string): QuintetError {
  return new QuintetError(
    'E_WORKFLOW_ENDED',
    'internal',
    `Workflow ${workflow} ended without waiting for this effect.`,
  )
}

/** The code of a workflow does not do what the log says it did, or uses a key twice. */
export function nondeterministic(workflow: string, what: string): QuintetError {
  return new QuintetError(
    'E_WORKFLOW_NONDETERMINISTIC',
    'internal',
    `Workflow ${workflow} cannot be continued: ${what}`,
    {
      hints: [
        {
          text: 'A run that was started by another version has to be finished by that version.',
          command: 'quintet --version',
        },
      ],
    },
  )
}

/** Whether `error` says that this process must not go on; it never is a result of the workflow. */
export function isInterruption(error: unknown): error is QuintetError {
  return error instanceof QuintetError && (error.code === 'E_CLAIM_LOST' || error.code === 'E_SHUTDOWN')
}

/** How a failed effect is remembered. After a cancellation whatever failed was cancelled. */
export function effectFailure(error: unknown, cancellation: QuintetError | null): ErrorData {
  if (cancellation !== null) {
    const cause = error === cancellation ? undefined : errorData(error).message
    return { ...errorData(cancellation), ...(cause === undefined ? {} : { cause }) }
  }
  const data = errorData(error)
  const stack = error instanceof Error && !(error instanceof QuintetError) ? error.stack : undefined
  return stack === undefined ? data : { ...data, details: { stack } }
}

/** How the function of a workflow came back. */
export type Outcome =
  | { readonly kind: 'returned'; readonly output: Json }
  | { readonly kind: 'threw'; readonly error: unknown }

/** The result of a workflow whose function came back so, when a cancellation had reached it or not. */
export function resultOf(outcome: Outcome, cancellation: string | null): WorkflowResult {
  if (outcome.kind === 'returned') return { status: 'done', output: outcome.output }
  const { error } = outcome
  if (cancellation !== null && error instanceof QuintetError && error.code === 'E_CANCELLED') {
    return { status: 'cancelled', reason: cancellation }
  }
  return { status: 'failed', error: plain(effectFailure(error, null)) }
}

/** Error data as JSON: what cannot be written is dropped. */
export function plain(data: ErrorData): Json {
  return JSON.parse(JSON.stringify(data)) as Json
}
