// What a session is told, assembled from the plan and the log: the input of every prompt and of the session folder.
import * as v from 'valibot'
import { FACTS } from '../../../contract/facts.ts'
import type { PortBlock, Workspace } from '../../../contract/session.ts'
import type { Decision } from '../../../coordination/decisions.ts'
import type { PromptInput } from '../../../coordination/sections.ts'
import type { Store } from '../../../store/store.ts'
import { portEnvironment } from '../../../workspace/ports/environment.ts'
import { runWorkflowId } from '../../names.ts'
import { requestsOf } from '../../scope/log.ts'
import type { Services } from '../../services.ts'
import type { SessionSpec } from '../spec.ts'

/** The session's context as values; `handoff` is what the previous attempt left. */
export function promptInput(
  services: Pick<Services, 'config' | 'store'>,
  session: SessionSpec,
  workspace: Pick<Workspace, 'ports' | 'base'>,
  handoff: string | null = null,
): PromptInput {
  const { plan, coordination } = session.run
  return {
    goal: plan.goal,
    piece: session.piece,
    others: plan.pieces,
    shared: plan.shared,
    ports: promptPorts(services, workspace.ports),
    branch: session.branch,
    base: workspace.base,
    decisions: decisions(services.store, session.name.run),
    moved: requestsOf(services.store, session.name.run).filter(({ state }) => state === 'granted'),
    coordination: coordination.on
      ? { on: true, folder: services.config.coordination_folder }
      : { on: false, why: coordination.why },
    ...(handoff === null ? {} : { handoff }),
  }
}

function promptPorts(services: Pick<Services, 'config'>, ports: PortBlock): PromptInput['ports'] {
  if (ports.count === 0) return { ...ports, names: {} }
  const environment = portEnvironment(ports, services.config.ports.names ?? [])
  const names = Object.fromEntries(Object.entries(environment).map(([name, port]) => [name, Number(port)]))
  return { ...ports, names }
}

/** Decisions of a run, oldest first; only those after the event `after` when given. */
export function decisions(store: Store, run: string, after = 0): readonly Decision[] {
  const found: Decision[] = []
  for (const event of store.events({ stream: runWorkflowId(run), types: ['decision.made'], after })) {
    const { n, text } = v.parse(FACTS['decision.made'], event.data)
    found.push({ n, text, at: new Date(event.at).toISOString() })
  }
  return found
}
