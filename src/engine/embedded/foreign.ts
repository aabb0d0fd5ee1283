// The claims of other processes: which of them are free to be taken, by proof of death or by a lapsed lease.
import type { ProcessIdentity } from '../../process/identity.ts'
import type { OpenClaim } from '../../store/claims.ts'
import { ForeignLeases, type Now } from './lease.ts'
import { processOf, type Owner } from './owner.ts'

export interface ForeignOptions {
  readonly owner: Owner
  readonly leaseMs: number
  readonly isOwnerAlive: (owner: ProcessIdentity) => Promise<boolean>
  /** An owner was found dead. */
  readonly onDeath: () => void
}

export class ForeignClaims {
  readonly #options: ForeignOptions
  readonly #leases: ForeignLeases
  /** By owner's id: when it was last looked for, and whether it is dead. */
  #owners = new Map<string, { since: number; dead: boolean }>()

  constructor(options: ForeignOptions) {
    this.#options = options
    this.#leases = new ForeignLeases(options.leaseMs)
  }

  /** Takes note of what others hold now, and looks whether they are alive where that can be told. */
  observe(claims: readonly OpenClaim[], now: Now): void {
    this.#leases.observe(claims, now)
    const present = new Set(claims.map((claim) => claim.owner))
    this.#owners = new Map([...this.#owners].filter(([id]) => present.has(id)))
    for (const claim of claims) this.#probe(claim, now)
  }

  /** Whether the claim may be taken from its owner. */
  isFree(claim: OpenClaim, now: Now): boolean {
    return this.#owners.get(claim.owner ?? '')?.dead === true || this.#leases.hasLapsed(claim.id, now)
  }

  /** Milliseconds until something here may change without anybody writing; null when nothing will. */
  nextIn(now: Now): number | null {
    return this.#leases.nextIn(now)
  }

  #probe({ id, owner, host }: OpenClaim, now: Now): void {
    const identity = owner === null || host !== this.#options.owner.host ? null : processOf(owner)
    if (owner === null || identity === null) return
    const known = this.#owners.get(owner)
    const again =
      this.#leases.isOverdue(id, now) && now.monotonic - (known?.since ?? 0) > this.#options.leaseMs / 2
    if (known !== undefined && (known.dead || !again)) return
    const entry = { since: now.monotonic, dead: false }
    this.#owners.set(owner, entry)
    void this.#look(identity, entry)
  }

  async #look(identity: ProcessIdentity, entry: { dead: boolean }): Promise<void> {
    if (await this.#options.isOwnerAlive(identity)) return
    entry.dead = true
    this.#options.onDeath()
  }
}
