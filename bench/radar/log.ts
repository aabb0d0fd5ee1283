// The log of a run whose sessions work in given worktrees, as the daemon would have written it.
import * as v from 'valibot'
import { PlanFile } from '../../src/contract/plan.ts'
import { runWorkflowId, sessionWorkflowId } from '../../src/engine/names.ts'
import { toJson } from '../../src/engine/record.ts'
import { RunInput } from '../../src/engine/run/input.ts'
import type { Store } from '../../src/store/store.ts'

const RUN = 'bench-1'
const ATTEMPT = {
  attempt: 1,
  how: 'new',
  conversation: 'c',
  agent: 'scripted',
  version: '1',
  mode: { wanted: null, actual: null },
}

export interface LoggedRun {
  /** Commit that all of them began at. */
  readonly base: string
  /** Each with the folders that it owns. */
  readonly sessions: readonly { readonly path: string; readonly owns: readonly string[] }[]
  /** How each is held in its scope: `enforced` by a box, `guarded` by none. */
  readonly level: 'enforced' | 'guarded'
}

/** Writes that the sessions `p0`, `p1` … of one run have worktrees and an attempt under way. */
export function writeRadarLog(store: Store, { base, sessions, level }: LoggedRun): void {
  const pieces = sessions.map(({ owns }, index) => ({
    id: `p${index}`,
    title: `Part ${index}`,
    brief: 'Change something.',
    scope: { include: owns.map((folder) => `${folder}/**`) },
  }))
  const input = v.parse(RunInput, {
    version: 1,
    run: RUN,
    name: 'bench',
    plan: v.parse(PlanFile, { goal: 'Measure.', pieces }),
    order: pieces.map(({ id }) => id),
    base: { ref: 'main', commit: base },
    target: 'main',
    coordination: { on: false, why: 'a benchmark' },
    rehearsal: false,
  })
  store.claims.create({ id: runWorkflowId(RUN), workflow: 'run', input: toJson(input) })
  for (const [index, { path }] of sessions.entries()) {
    const stream = sessionWorkflowId({ run: RUN, piece: `p${index}` })
    const data = { path, branch: 'b', base, ports: { first: 1, count: 1 } }
    store.append({ stream, key: 'workspace.ready', type: 'workspace.ready', data })
    const attempt = { ...ATTEMPT, boxed: level === 'enforced', level }
    store.append({ stream, key: 'attempt.started', type: 'attempt.started', data: attempt })
  }
}

/** The name of the session at this place. */
export const radarLabel = (index: number): string => `${RUN}/p${index}`
