// One session as the engine sees it: its piece, its run and everything that is named after them.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { QuintetError } from '../../contract/errors.ts'
import type { Piece } from '../../contract/plan.ts'
import type { OwnershipMap } from '../../scope/ownership.ts'
import { homeFolder } from '../../workspace/box/places.ts'
import { branchName, runWorkflowId, sessionWorkflowId, type SessionName } from '../names.ts'
import { RunInput } from '../run/input.ts'
import { mapInForce } from '../scope/map.ts'
import type { Services } from '../services.ts'

export interface SessionSpec {
  readonly name: SessionName
  /** `<run>/<piece>`, for people. */
  readonly label: string
  /** Event stream and workflow id. */
  readonly stream: string
  readonly run: RunInput
  readonly piece: Piece
  /** The map in force: with every grant that was made until it is read. */
  readonly ownership: OwnershipMap
  readonly branch: string
  /** Environment variable value that marks every process of this session, unique across repositories. */
  readonly marker: string
  /** Private folder of the session's logs. */
  readonly logs: string
  /** Private home folder of the session's agent. */
  readonly home: string
}

/** The input a run was started with. Throws `E_NO_RUN` when there is no such run. */
export function loadRunInput(services: Pick<Services, 'store'>, run: string): RunInput {
  const claim = services.store.claims.claim(runWorkflowId(run))
  if (claim === undefined) {
    throw new QuintetError('E_NO_RUN', 'precondition', `There is no run ${run}.`, {
      hints: [{ text: 'See the runs of this repository.', command: 'quintet status' }],
    })
  }
  return v.parse(RunInput, claim.input)
}

type SpecServices = Pick<Services, 'store' | 'state' | 'repo' | 'config'>

/** A session of a run. Throws `E_NO_SESSION` when the plan has no such piece. */
export function sessionSpec(services: SpecServices, name: SessionName): SessionSpec {
  const run = loadRunInput(services, name.run)
  const piece = run.plan.pieces.find(({ id }) => id === name.piece)
  if (piece === undefined) {
    throw new QuintetError(
      'E_NO_SESSION',
      'precondition',
      `The run ${name.run} has no session ${name.piece}.`,
      {
        hints: [{ text: 'See the sessions of the run.', command: 'quintet session list' }],
      },
    )
  }
  return {
    name,
    label: `${name.run}/${name.piece}`,
    stream: sessionWorkflowId(name),
    run,
    piece,
    get ownership() {
      return mapInForce(services.store, run, services.config.coordination_folder)
    },
    branch: branchName(name),
    marker: sessionMarker(services.repo.commonDir, name),
    logs: join(services.state, 'logs', name.run, name.piece),
    home: homeFolder(services.state, name),
  }
}

/** Marks processes of a session: repositories are told apart by a hash of their git directory. */
export function sessionMarker(commonDir: string, { run, piece }: SessionName): string {
  return `${createHash('sha256').update(commonDir).digest('hex').slice(0, 12)}/${run}/${piece}`
}
