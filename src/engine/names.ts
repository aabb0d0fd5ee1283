// Names of everything that belongs to a run, derived from its id and the piece ids alone, so that any process finds
// the same branch, stream and folder again. Pure.

export interface SessionName {
  readonly run: string
  readonly piece: string
}

/** Workflow id and event stream of a run. */
export const runWorkflowId = (run: string): string => `${run}/run`
/** Workflow id and event stream of a session. */
export const sessionWorkflowId = ({ run, piece }: SessionName): string => `${run}/session/${piece}`
/** Workflow id and event stream of the n-th integration of a run. */
export const integrationWorkflowId = (run: string, n: number): string => `${run}/integration/${n}`

/** No piece can have this id; it stands for the integration where a piece's id would stand in a path or a mark. */
export const INTEGRATION_PLACE = '_integration'

/** Full ref of a session's branch; the folder above it belongs to the session alone. */
export const branchRef = (name: SessionName): string => `refs/heads/${branchName(name)}`
export const branchName = ({ run, piece }: SessionName): string => `quintet/${run}/${piece}/work`

/** Run that a workflow belongs to. */
export const runOfWorkflow = (id: string): string => id.slice(0, id.indexOf('/'))

/** Session named by its workflow id; null for other workflows. */
export function sessionOfWorkflow(id: string): SessionName | null {
  const match = /^([^/]+)\/session\/([^/]+)$/.exec(id)
  return match?.[1] === undefined || match[2] === undefined ? null : { run: match[1], piece: match[2] }
}

/** Next free run id for a plan: `<plan>-<n>`. */
export function nextRunId(plan: string, existing: readonly string[]): string {
  const stem =
    plan
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'run'
  const numbers = existing
    .filter((id) => id.startsWith(`${stem}-`))
    .map((id) => Number(id.slice(stem.length + 1)))
    .filter((n) => Number.isInteger(n))
  return `${stem}-${Math.max(0, ...numbers) + 1}`
}
