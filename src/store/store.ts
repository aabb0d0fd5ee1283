// The state of one repository: a SQLite file with the event log, the claims on workflows and the signals to them. This
// room owns the tables, and the atomic writing of every other state file. Whoever needs state opens a Store; only this
// folder writes SQL. Daemon and commands share the file, each with a connection of its own.
import { Claims } from './claims.ts'
import { openDatabase, type Change, type Database, type DatabaseOptions } from './database.ts'
import { Events, type EventQuery, type Fence, type NewEvent, type StoredEvent } from './events.ts'
import { Outbox, type NewSignal } from './outbox.ts'
import { integer } from './rows.ts'

export interface StoreOptions extends DatabaseOptions {
  /** Milliseconds since 1970; default the system's clock. */
  readonly clock?: () => number
}

/** Opens the state file, creating and migrating it unless `readOnly`. Throws `E_NO_STATE`, `E_STATE_…`, `E_DISK_FULL`. */
export function openStore(path: string, options: StoreOptions = {}): Store {
  return new Store(openDatabase(path, options), options.clock ?? Date.now)
}

/** An open state file. */
export class Store implements Disposable {
  readonly path: string
  readonly claims: Claims
  readonly outbox: Outbox
  readonly #database: Database
  readonly #events: Events

  constructor(database: Database, clock: () => number) {
    this.path = database.path
    this.#database = database
    this.#events = new Events(database, clock)
    this.claims = new Claims(database, clock)
    this.outbox = new Outbox(database, clock)
  }

  /** Appends an event unless its key is there already. */
  append(event: NewEvent): 'appended' | 'exists' {
    return this.#events.append(event)
  }

  /** Appends an event if `fence` holds at that very moment. */
  appendFenced(event: NewEvent, fence: Fence): 'appended' | 'exists' | 'fenced' {
    return this.#events.appendFenced(event, fence)
  }

  /** Events in the order of the log, page by page. */
  events(query?: EventQuery): IterableIterator<StoredEvent> {
    return this.#events.events(query)
  }

  /** One event by its key. */
  event(stream: string, key: string): StoredEvent | undefined {
    return this.#events.event(stream, key)
  }

  /** `seq` of the newest event; 0 when there is none. */
  lastSeq(): number {
    return this.#events.lastSeq()
  }

  /** Sends a signal and makes its target ready when it waits; false when `dedupe` was sent before. */
  send(signal: NewSignal): boolean {
    return this.transaction(() => {
      const sent = this.outbox.send(signal)
      if (sent) this.claims.wake(signal.target)
      return sent
    })
  }

  /** A number that changes when another connection has committed. */
  dataVersion(): number {
    const row = this.#database.get('PRAGMA data_version')
    return row === undefined ? 0 : integer(row, 'data_version')
  }

  /** Runs `work` in one write transaction; rolls back when it throws. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work)
  }

  /** Calls `listener` after each commit of this connection that changed something. */
  onCommit(listener: (change: Change) => void): Disposable {
    return this.#database.onCommit(listener)
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]()
  }
}
