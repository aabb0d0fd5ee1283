// Workflows and who may drive them. A claim moves from owner to owner by compare-and-swap on its epoch; what an owner
// writes is refused as soon as the epoch is another's or the lease has lapsed.
//
//   ready ⇄ waiting     ready: somebody should drive it, or does (owner set). waiting: nobody has to, no owner, until its
//   ready → ended       wake time, a signal, a cancellation or the end of a workflow it awaits makes it ready again.
import type { Json } from '../contract/json.ts'
import type { Database } from './database.ts'
import type { Fence } from './events.ts'
import { integer, json, jsonText, optionalInteger, optionalText, text, type Row } from './rows.ts'

export type EndStatus = 'done' | 'failed' | 'cancelled'
type ClaimStatus = 'ready' | 'waiting' | EndStatus

export interface NewClaim {
  readonly id: string
  readonly workflow: string
  readonly input: Json
  readonly parent?: string
}

/** What has to be known to decide who drives a workflow. */
export interface OpenClaim {
  readonly id: string
  readonly workflow: string
  readonly status: ClaimStatus
  readonly owner: string | null
  readonly host: string | null
  readonly epoch: number
  /** Milliseconds since 1970; null without an owner. */
  readonly leaseUntil: number | null
  /** Milliseconds since 1970; only while waiting. */
  readonly wake: number | null
  /** The reason, once a cancellation was asked for. */
  readonly cancel: string | null
}

export interface Claim extends OpenClaim {
  readonly input: Json
  readonly parent: string | null
  /** Of an ended workflow: its output, the error, or the reason. */
  readonly output: Json
}

export interface Tenant {
  readonly owner: string
  readonly host: string
  readonly leaseMs: number
}

/** What a workflow waits for, all at once. */
export interface Waits {
  /** Milliseconds since 1970. */
  readonly wake: number | null
  readonly signals: readonly string[]
  /** Ids of workflows whose end is awaited. */
  readonly results: readonly string[]
}

const OPEN_COLUMNS = 'id, workflow, status, owner, host, epoch, lease_until, wake, cancel'
const COLUMNS = `${OPEN_COLUMNS}, input, parent, coalesce(output, 'null') AS output`
const FENCE = 'id = :workflow AND owner = :owner AND epoch = :epoch AND lease_until > :now'
const ENDED = `status IN ('done', 'failed', 'cancelled')`

/** The claims table. */
export class Claims {
  readonly #database: Database
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /** Creates a workflow, ready to be claimed; false when the id is taken. */
  create(claim: NewClaim): boolean {
    const created = this.#database.run(
      `INSERT INTO claims (id, workflow, input, parent, status, created)
       SELECT :id, :workflow, :input, :parent, 'ready', :now WHERE NOT EXISTS (SELECT 1 FROM claims WHERE id = :id)`,
      {
        id: claim.id,
        workflow: claim.workflow,
        input: jsonText(claim.input),
        parent: claim.parent ?? null,
        now: this.#now(),
      },
    )
    return this.#announced(created)
  }

  /** A workflow by its id. */
  claim(id: string): Claim | undefined {
    const row = this.#database.get(`SELECT ${COLUMNS} FROM claims WHERE id = :id`, { id })
    return row === undefined ? undefined : parseClaim(row)
  }

  /** All workflows that have not ended, oldest first. */
  open(): OpenClaim[] {
    return this.#database
      .all(`SELECT ${OPEN_COLUMNS} FROM claims WHERE status IN ('ready', 'waiting') ORDER BY created, id`)
      .map((row) => parseOpenClaim(row))
  }

  /** Workflows of one type, newest first, ended ones included. */
  list(workflow: string, limit = 1_000): OpenClaim[] {
    return this.#database
      .all(
        `SELECT ${OPEN_COLUMNS} FROM claims WHERE workflow = :workflow ORDER BY created DESC, id DESC LIMIT :limit`,
        { workflow, limit },
      )
      .map((row) => parseOpenClaim(row))
  }

  /** Takes a claim exactly as it was `seen`, with the next epoch; undefined when somebody was faster. */
  take(seen: OpenClaim, tenant: Tenant): Claim | undefined {
    const now = this.#now()
    const row = this.#database.get(
      `UPDATE claims
       SET status = 'ready', owner = :owner, host = :host, epoch = epoch + 1, lease_until = :until, wake = NULL, awaits = '[]'
       WHERE id = :id AND epoch = :epoch AND status IN ('ready', 'waiting')
         AND owner IS :seenOwner AND lease_until IS :seenLease
       RETURNING ${COLUMNS}`,
      {
        id: seen.id,
        epoch: seen.epoch,
        seenOwner: seen.owner,
        seenLease: seen.leaseUntil,
        owner: tenant.owner,
        host: tenant.host,
        until: now + tenant.leaseMs,
      },
    )
    return row === undefined ? undefined : parseClaim(row)
  }

  /** Renews everything that `owner` still holds, in one statement; waits at most `busyMs` for the lock. */
  renew(owner: string, leaseMs: number, busyMs: number): { id: string; epoch: number }[] {
    const rows = this.#database.withBusyLimit(busyMs, () =>
      this.#database.all('UPDATE claims SET lease_until = :until WHERE owner = :owner RETURNING id, epoch', {
        owner,
        until: this.#now() + leaseMs,
      }),
    )
    return rows.map((row) => ({ id: text(row, 'id'), epoch: integer(row, 'epoch') }))
  }

  /** Gives a claim back, to whoever comes next. */
  release(fence: Fence): void {
    const { workflow, owner, epoch } = fence
    this.#announced(
      this.#database.run(
        `UPDATE claims SET owner = NULL, host = NULL, lease_until = NULL
         WHERE id = :workflow AND owner = :owner AND epoch = :epoch`,
        { workflow, owner, epoch },
      ),
    )
  }

  /** Puts a workflow to rest without an owner. `again`: something it waits for is there already. */
  wait(fence: Fence, waits: Waits): 'waiting' | 'again' | 'fenced' {
    return this.#database.transaction(() => {
      if (this.#hasArrived(fence.workflow, waits)) return 'again'
      const changes = this.#database.run(
        `UPDATE claims SET status = 'waiting', owner = NULL, host = NULL, lease_until = NULL, wake = :wake, awaits = :awaits
         WHERE ${FENCE}`,
        { ...this.#fence(fence), wake: waits.wake, awaits: JSON.stringify(waits.results) },
      )
      return changes > 0 ? 'waiting' : 'fenced'
    })
  }

  /** Ends a workflow and wakes those that await its end; false when the fence does not hold. */
  end(fence: Fence, status: EndStatus, output: Json): boolean {
    return this.#database.transaction(() => {
      const ended = this.#database.run(
        `UPDATE claims SET status = :status, output = :output, ended = :now,
           owner = NULL, host = NULL, lease_until = NULL, wake = NULL, awaits = '[]'
         WHERE ${FENCE}`,
        { ...this.#fence(fence), status, output: jsonText(output) },
      )
      if (ended === 0) return false
      this.#database.run(
        `UPDATE claims SET status = 'ready', wake = NULL
         WHERE status = 'waiting' AND EXISTS (SELECT 1 FROM json_each(awaits) WHERE value = :id)`,
        { id: fence.workflow },
      )
      return this.#announced(ended)
    })
  }

  /** Makes a waiting workflow ready, because something happened that it may wait for. */
  wake(id: string): void {
    this.#announced(
      this.#database.run(
        `UPDATE claims SET status = 'ready', wake = NULL WHERE id = :id AND status = 'waiting'`,
        { id },
      ),
    )
  }

  /** Asks a workflow to stop; the first reason stays. */
  cancel(id: string, reason: string): 'asked' | 'ended' | 'unknown' {
    const asked = this.#database.run(
      `UPDATE claims SET cancel = coalesce(cancel, :reason), status = 'ready', wake = NULL
       WHERE id = :id AND status IN ('ready', 'waiting')`,
      { id, reason },
    )
    if (this.#announced(asked)) return 'asked'
    return this.claim(id) === undefined ? 'unknown' : 'ended'
  }

  /** Of the workflows of `owner`, those that are asked to stop. */
  cancellations(owner: string): { id: string; reason: string }[] {
    return this.#database
      .all('SELECT id, cancel FROM claims WHERE owner = :owner AND cancel IS NOT NULL', { owner })
      .map((row) => ({ id: text(row, 'id'), reason: text(row, 'cancel') }))
  }

  #hasArrived(id: string, waits: Waits): boolean {
    const row = this.#database.get(
      `SELECT EXISTS (SELECT 1 FROM claims WHERE id = :id AND cancel IS NOT NULL)
         OR EXISTS (SELECT 1 FROM outbox WHERE target = :id AND taken IS NULL
                    AND name IN (SELECT value FROM json_each(:signals)))
         OR EXISTS (SELECT 1 FROM claims WHERE id IN (SELECT value FROM json_each(:results)) AND ${ENDED}) AS arrived`,
      { id, signals: JSON.stringify(waits.signals), results: JSON.stringify(waits.results) },
    )
    return row?.['arrived'] === 1
  }

  #fence({ workflow, owner, epoch }: Fence) {
    return { workflow, owner, epoch, now: this.#now() }
  }

  #announced(changes: number): boolean {
    if (changes > 0) this.#database.touched('work')
    return changes > 0
  }
}

function parseOpenClaim(row: Row): OpenClaim {
  return {
    id: text(row, 'id'),
    workflow: text(row, 'workflow'),
    status: parseStatus(row),
    owner: optionalText(row, 'owner'),
    host: optionalText(row, 'host'),
    epoch: integer(row, 'epoch'),
    leaseUntil: optionalInteger(row, 'lease_until'),
    wake: optionalInteger(row, 'wake'),
    cancel: optionalText(row, 'cancel'),
  }
}

function parseClaim(row: Row): Claim {
  return {
    ...parseOpenClaim(row),
    input: json(row, 'input'),
    parent: optionalText(row, 'parent'),
    output: json(row, 'output'),
  }
}

function parseStatus(row: Row): ClaimStatus {
  const status = text(row, 'status')
  // The column has a CHECK for exactly these.
  return status as ClaimStatus
}
