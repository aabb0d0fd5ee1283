// Which pieces may start, and what the run as a whole is waiting for. Pure.
import { EXTERNAL } from '../../contract/external.ts'
import type { Piece } from '../../contract/plan.ts'
import type { Verdict } from '../../contract/view.ts'

/** Where a piece stands as far as the run is concerned. `waiting` and `failed` need the operator; `landing`: it is in the
 *  target, and its session has not yet said so. */
export type Standing =
  | 'planned'
  | 'live'
  | 'waiting'
  | 'finished'
  | 'failed'
  | 'abandoned'
  | 'landing'
  | 'landed'
export type Standings = Readonly<Record<string, Standing>>

/** Pieces that can start now, in plan order, within the limit of live sessions. Those that are worked on elsewhere take no
 *  place: nothing runs for them here. */
export function startable(pieces: readonly Piece[], standings: Standings, limit: number): readonly string[] {
  const here = pieces.filter(({ agent }) => agent !== EXTERNAL)
  let places = limit - here.filter(({ id }) => standings[id] === 'live').length
  return pieces
    .filter((piece) => standings[piece.id] === 'planned')
    .filter((piece) => piece.depends_on.every((id) => isDone(standings[id])))
    .filter(({ agent }) => agent === EXTERNAL || places-- > 0)
    .map((piece) => piece.id)
}

/** A dependency counts as done once its branch is complete, landed or not. */
function isDone(standing: Standing | undefined): boolean {
  return standing === 'finished' || standing === 'landing' || standing === 'landed'
}

/** Planned pieces that can never start, with the dependency at fault. */
export function stranded(
  pieces: readonly Piece[],
  standings: Standings,
): readonly { piece: string; because: string }[] {
  return pieces.flatMap((piece) => {
    if (standings[piece.id] !== 'planned') return []
    const because = piece.depends_on.find((id) => standings[id] === 'abandoned')
    return because === undefined ? [] : [{ piece: piece.id, because }]
  })
}

/** `ended`: every piece has landed or was abandoned. `quiet`: no session is at work. */
export function runPhase(standings: Standings): 'work' | 'quiet' | 'ended' {
  const all = Object.values(standings)
  if (all.every((standing) => standing === 'landed' || standing === 'abandoned')) return 'ended'
  const busy = all.some((standing) => standing === 'live' || standing === 'waiting' || standing === 'landing')
  return busy ? 'work' : 'quiet'
}

export interface IntegrationCase {
  readonly standings: Standings
  /** Whether finished branches land one by one as they finish, or together once nobody is at work. */
  readonly land: 'each' | 'together'
  /** Pieces that could be merged now. */
  readonly ready: readonly string[]
  /** Those of them that an integration has seen already, with the same tip: they alone are no reason for another one. */
  readonly seen: ReadonlySet<string>
}

/** Whether an integration is due by itself. */
export function integrationDue({ standings, land, ready, seen }: IntegrationCase): boolean {
  if (!ready.some((piece) => !seen.has(piece))) return false
  return land === 'each' || runPhase(standings) === 'quiet'
}

/** The run's verdict counts what has landed, nothing else. */
export function verdict(standings: Standings, stopped: boolean): Verdict {
  const all = Object.values(standings)
  if (all.every((standing) => standing === 'landed')) return 'landed'
  if (stopped) return 'stopped'
  return all.includes('landed') ? 'partial' : 'nothing'
}
