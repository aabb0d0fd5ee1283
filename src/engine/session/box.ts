// The box of a session, and what holds the session inside its scope: the kernel where the box is exactly the scope, git
// hooks and the gate where it is not, the gate alone where not even hooks can be set.
import { join } from 'node:path'
import { CACHES, PROGRAM_CACHES, RUN_CACHES } from '../../agents/home.ts'
import type { AgentCommand } from '../../agents/presets.ts'
import { QuintetError } from '../../contract/errors.ts'
import { ENFORCEMENT_LEVELS, type EnforcementLevel, type Workspace } from '../../contract/session.ts'
import { importObjects } from '../../git/objects/quarantine.ts'
import { boxAvailable } from '../../process/box.ts'
import { boxFolder } from '../../workspace/box/places.ts'
import { tidyGit } from '../../workspace/box/tidy.ts'
import { prepareBox } from '../../workspace/box/survey.ts'
import type { GuardState } from '../../workspace/guard/install.ts'
import type { Services } from '../services.ts'
import { UNSIGNED } from './environment.ts'
import type { SessionBox } from './held.ts'
import type { SessionSpec } from './spec.ts'

export type { SessionBox } from './held.ts'

type BoxServices = Pick<Services, 'repo' | 'state' | 'config'>

export interface BoxedWork {
  readonly session: SessionSpec
  readonly workspace: Pick<Workspace, 'path' | 'base'>
  readonly agent: AgentCommand
  readonly guards: GuardState
}

/** Makes the box for the scope that is in force now. No process of the session may be running. */
export async function sessionBox(
  services: BoxServices,
  { session, workspace, agent, guards }: BoxedWork,
): Promise<SessionBox> {
  const support = await boxAvailable()
  const weaker: EnforcementLevel = guards.active ? 'guarded' : 'advisory'
  const unguarded = guards.active ? [] : [guards.reason]
  if (!support.available) return { box: null, level: weaker, gaps: [support.reason, ...unguarded], env: {} }
  const { ownership, piece, run } = session
  const { box, gaps, env } = await prepareBox({
    repo: services.repo,
    state: services.state,
    ...session.name,
    path: workspace.path,
    base: workspace.base,
    scope: ownership.scopeOf(piece.id),
    owns: (path) => ownership.owns(piece.id, path),
    ignoreCase: run.ignoreCase,
    topOpen: services.config.open_top && run.plan.enforcement !== 'enforced',
    coordinationFolder: run.coordination.on ? services.config.coordination_folder : null,
    home: session.home,
    operator: {
      ...agent.home,
      writes: [...agent.writes, ...services.config.home_writes],
      caches: [...CACHES, ...RUN_CACHES],
      programs: PROGRAM_CACHES,
    },
    network: agent.network,
    // The checks of the session run in the same box.
    command: [...agent.command, ...piece.checks.flatMap(({ run: words }) => words)],
  })
  const made = { box, env: { ...env, ...UNSIGNED } }
  if (gaps.length === 0) return { ...made, level: 'enforced', gaps }
  return { ...made, level: weaker, gaps: [...gaps, ...unguarded] }
}

/** What the box was made for: when this changes, the box is out of date. */
export function boxFingerprint({ ownership, piece }: SessionSpec): string {
  return JSON.stringify(ownership.scopeOf(piece.id))
}

/** Refuses a session that runs below the level that its plan demands. Throws `E_ENFORCEMENT`. */
export function requireLevel({ label, run }: SessionSpec, { level, gaps }: SessionBox): void {
  const wanted = run.plan.enforcement
  if (wanted === undefined || isAtLeast(level, wanted)) return
  throw enforcementError(`The session ${label}`, wanted, { level, gaps })
}

/** Whether a level is no weaker than another. */
export function isAtLeast(level: EnforcementLevel, wanted: EnforcementLevel): boolean {
  return ENFORCEMENT_LEVELS.indexOf(level) <= ENFORCEMENT_LEVELS.indexOf(wanted)
}

/** The refusal of a plan that demands more than can be had. */
export function enforcementError(
  what: string,
  wanted: EnforcementLevel,
  { level, gaps }: Pick<SessionBox, 'level' | 'gaps'>,
): QuintetError {
  return new QuintetError(
    'E_ENFORCEMENT',
    'precondition',
    `${what} would be ${level}, and the plan demands ${wanted}. ${gaps[0] ?? ''}`.trimEnd(),
    {
      details: { level, wanted, gaps },
      hints: [
        { text: 'See what this machine can do.', command: 'quintet doctor' },
        { text: 'A scope of whole folders can be enforced; a file or a pattern cannot.' },
        { text: 'Or set `enforcement` in the plan to a lower level.' },
      ],
    },
  )
}

/** Brings what a session has committed in its box into the repository, and takes away what would hold up every git that
 *  comes by; does nothing where it had no box. Throws
 *  `E_FORGED_OBJECTS` when something in it does not bear its own name. */
export async function importWork(
  services: Pick<Services, 'repo' | 'state'>,
  session: Pick<SessionSpec, 'name' | 'label'>,
): Promise<void> {
  const folder = boxFolder(services.state, session.name)
  await tidyGit(services.repo, services.state, session.name)
  const { forged } = await importObjects(services.repo, folder)
  if (forged.length === 0) return
  throw new QuintetError(
    'E_FORGED_OBJECTS',
    'agent',
    `The session ${session.label} has objects in its store that do not bear the name of their content.`,
    {
      details: { forged: forged.slice(0, 20) },
      hints: [
        { text: 'See what was done.', command: `quintet log ${session.name.piece}` },
        {
          text: 'They are in this folder; without them the session can go on.',
          command: `ls -la ${join(folder, 'forged')}`,
        },
      ],
    },
  )
}
