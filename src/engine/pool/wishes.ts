// Who wants workspaces ahead: plans that were checked and not run yet, people who said so, the configuration, and pieces
// of open runs that wait for their turn. Pure.
import * as v from 'valibot'
import { EXTERNAL } from '../../contract/external.ts'
import type { Piece } from '../../contract/plan.ts'
import { startable } from '../run/schedule.ts'
import type { Want } from './actions.ts'

/** Something that was asked for, as it is kept over restarts. */
export const Wish = v.object({
  /** Name of the plan; null: for no plan. */
  plan: v.nullable(v.string()),
  by: v.picklist(['check', 'fill']),
  /** What the base is named by: it is followed when it moves. */
  ref: v.string(),
  count: v.number(),
  setup: v.nullable(v.array(v.string())),
  /** Milliseconds since the epoch. */
  at: v.number(),
})
export type Wish = v.InferOutput<typeof Wish>

/** A wish, or pieces of a run, at the commit that the base is now. */
export interface ResolvedWant extends Want {
  readonly setup: readonly string[] | null
}

/** A plan that is not run within a day is forgotten. */
const WISH_MS = 24 * 60 * 60_000
/** Where nothing is known of a plan. */
export const FEW = 2
/** Sessions at once in plans that do not say it; as in `run/created.ts`. */
const SESSIONS = 5

/** How many sessions of a plan begin at once; where none can, a few. */
export function firstSessions(pieces: readonly Piece[], limit: number | undefined): number {
  const planned = Object.fromEntries(pieces.map(({ id }) => [id, 'planned' as const]))
  const here = pieces.filter(({ agent }) => agent !== EXTERNAL)
  const count = startable(here, planned, limit ?? SESSIONS).length
  return count === 0 ? Math.min(FEW, here.length) : count
}

/** A run that was begun. */
export interface BegunRun {
  readonly plan: string
  readonly at: number
}

/** The wishes that still stand: not older than a day, and no run of their plan was begun since. */
export function standing(wishes: readonly Wish[], runs: readonly BegunRun[], now: number): readonly Wish[] {
  return wishes.filter(
    ({ plan, at }) =>
      now - at < WISH_MS && (plan === null || !runs.some((run) => run.plan === plan && run.at >= at)),
  )
}

/** The wishes with one more; it takes the place of an earlier one for the same plan. */
export function withWish(wishes: readonly Wish[], wish: Wish): readonly Wish[] {
  return [...wishes.filter(({ plan }) => plan !== wish.plan), wish]
}

/** Where an open run stands, as far as workspaces are concerned. */
export interface OpenRun {
  readonly run: string
  /** Name of its plan. */
  readonly plan: string
  readonly base: string
  readonly setup: readonly string[] | null
  readonly pieces: readonly Piece[]
  readonly limit: number | undefined
  /** Pieces whose sessions were begun. */
  readonly begun: ReadonlySet<string>
}

/** Pieces of an open run that have no workspace yet, no more than work at once. A run of which nothing has begun is just
 *  about to prepare its workspaces itself. */
export function waitingPieces({
  run,
  base,
  setup,
  pieces,
  limit,
  begun,
}: OpenRun): Omit<ResolvedWant, 'setupHash'> | null {
  if (begun.size === 0) return null
  const waiting = pieces.filter(({ id, agent }) => agent !== EXTERNAL && !begun.has(id)).length
  const count = Math.min(waiting, limit ?? SESSIONS)
  return count === 0 ? null : { who: `run ${run}`, base, setup, count }
}

/** What a wish is called. */
export const wisher = ({ plan }: Pick<Wish, 'plan'>): string =>
  plan === null ? 'quintet pool fill' : `plan ${plan}`

function sharing(one: ResolvedWant, two: ResolvedWant): ResolvedWant {
  const [large, small] = one.count < two.count ? [two, one] : [one, two]
  const others = [...(one.others ?? []), ...(two.others ?? []), small.who]
  // Who has asked just now is not kept waiting for the rest of another one's base.
  return { ...large, others, notBefore: Math.min(one.notBefore ?? 0, two.notBefore ?? 0) }
}

/** Wishes for one base and set-up are met by the same slots: whoever begins first takes them. The largest counts, and names
 *  the others. What runs wait for comes on top, and first. */
export function allWants(
  runs: readonly ResolvedWant[],
  wishes: readonly ResolvedWant[],
): readonly ResolvedWant[] {
  const shared = new Map<string, ResolvedWant>()
  for (const wish of wishes) {
    const key = JSON.stringify([wish.base, wish.setupHash])
    const known = shared.get(key)
    shared.set(key, known === undefined ? wish : sharing(known, wish))
  }
  return [...runs, ...shared.values()]
}
