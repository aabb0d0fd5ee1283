// Wishes and open runs, looked at where the repository stands now: at which commits workspaces are wanted, and how many.
import { QuintetError } from '../../contract/errors.ts'
import type { PoolRequest } from '../../contract/pool.ts'
import { resolveCommit } from '../../git/repository.ts'
import { loadPlan } from '../../plan/load.ts'
import { setupHash } from '../../workspace/pool/inputs.ts'
import type { Services } from '../services.ts'
import {
  FEW,
  firstSessions,
  waitingPieces,
  wisher,
  type OpenRun,
  type ResolvedWant,
  type Wish,
} from './wishes.ts'
import { isWorth } from './worth.ts'

type WantServices = Pick<Services, 'repo' | 'config'>

/** What somebody asked for, as it is kept. Throws what loading a plan throws. */
export async function wishOf(
  { repo, config }: WantServices,
  request: PoolRequest,
  now: number,
): Promise<Wish> {
  const { by, slots = config.pool.slots } = request
  const at = { by, at: now }
  if (request.plan === undefined) {
    return { ...at, plan: null, ref: defaultRef(config), count: slots ?? FEW, setup: listed(config.setup) }
  }
  const { name, plan } = await loadPlan(repo.root, request.plan)
  return {
    ...at,
    plan: name,
    ref: plan.base === 'HEAD' ? defaultRef(config) : plan.base,
    count: slots ?? firstSessions(plan.pieces, plan.limits.sessions),
    setup: listed(plan.setup ?? config.setup),
  }
}

const listed = (setup: readonly string[] | undefined): string[] | null =>
  setup === undefined ? null : [...setup]
const defaultRef = ({ base }: WantServices['config']): string => base ?? 'HEAD'

/** What a wish is for now; null when its base names no commit any more. */
export async function resolved({ repo }: Pick<Services, 'repo'>, wish: Wish): Promise<ResolvedWant | null> {
  const base = await resolveCommit(repo.root, wish.ref)
  if (base === null) return null
  return hashed({ who: wisher(wish), base, count: wish.count, setup: wish.setup })
}

const hashed = (want: Omit<ResolvedWant, 'setupHash'>): ResolvedWant => ({
  ...want,
  setupHash: setupHash(want.setup ?? undefined),
})

/** The same. Throws `E_BASE_MISSING`. */
export async function requireResolved(services: Pick<Services, 'repo'>, wish: Wish): Promise<ResolvedWant> {
  const found = await resolved(services, wish)
  if (found !== null) return found
  const hint =
    wish.ref === 'HEAD'
      ? {
          text: 'There is no commit here yet; make the first one.',
          command: 'git commit --allow-empty -m "Start"',
        }
      : { text: 'See which branches there are.', command: 'git branch --all' }
  throw new QuintetError('E_BASE_MISSING', 'precondition', `The base ${wish.ref} names no commit.`, {
    hints: [hint],
  })
}

/** What the configuration wants kept; null when it says nothing. */
export function settingWish({ config }: Pick<Services, 'config'>): Wish | null {
  const { slots } = config.pool
  if (slots === undefined || slots === 0) return null
  return { plan: null, by: 'fill', ref: defaultRef(config), count: slots, setup: listed(config.setup), at: 0 }
}

/** What pieces of open runs wait for. */
export class RunWants {
  readonly #worth = new Map<string, Promise<boolean>>()

  /** Where a workspace costs something, or the configuration wants slots anyway. */
  async of({ repo, config }: WantServices, runs: readonly OpenRun[]): Promise<readonly ResolvedWant[]> {
    const wants: ResolvedWant[] = []
    for (const run of runs) {
      const waiting = waitingPieces({ ...run, setup: run.setup ?? config.setup ?? null })
      if (waiting === null) continue
      const want = hashed(waiting)
      if (config.pool.slots !== undefined || (await this.#isWorth(repo, want))) wants.push(want)
    }
    return wants
  }

  #isWorth(repo: Services['repo'], { base, setup, who }: ResolvedWant): Promise<boolean> {
    const known = this.#worth.get(who) ?? isWorth(repo, { base, setup })
    this.#worth.set(who, known)
    return known
  }
}

/** Whether workspaces are made ahead for a plan: the pool is on, and they cost something. Throws what loading a plan
 *  throws. */
export async function planPays(services: WantServices, plan: string): Promise<boolean> {
  const { slots } = services.config.pool
  if (slots === 0) return false
  const wish = await wishOf(services, { by: 'check', plan }, 0)
  const want = wish.count === 0 ? null : await resolved(services, wish)
  return want !== null && (slots !== undefined || (await isWorth(services.repo, want)))
}
