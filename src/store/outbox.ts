// Signals to workflows: rows that stay until they are taken, whether or not somebody waits, whether or not the workflow
// exists yet.
import type { Json } from '../contract/json.ts'
import type { Database } from './database.ts'
import { integer, json, jsonText, text, type Row } from './rows.ts'

export interface NewSignal {
  readonly target: string
  readonly name: string
  readonly data: Json
  /** A second signal with the same value for the same target counts once. */
  readonly dedupe?: string
}

export interface StoredSignal {
  readonly id: number
  readonly name: string
  readonly data: Json
}

const COLUMNS = 'id, name, data'

/** The outbox table. */
export class Outbox {
  readonly #database: Database
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /** Keeps a signal; false when one with the same `dedupe` was sent before. */
  send(signal: NewSignal): boolean {
    const sent = this.#database.run(
      `INSERT INTO outbox (target, name, dedupe, data, at) VALUES (:target, :name, :dedupe, :data, :at)
       ON CONFLICT (target, dedupe) DO NOTHING`,
      {
        target: signal.target,
        name: signal.name,
        dedupe: signal.dedupe ?? null,
        data: jsonText(signal.data),
        at: this.#now(),
      },
    )
    if (sent > 0) this.#database.touched('work')
    return sent > 0
  }

  /** The oldest signal to `target` with one of `names` that nobody has taken. */
  oldest(target: string, names: readonly string[]): StoredSignal | undefined {
    const row = this.#database.get(
      `SELECT ${COLUMNS} FROM outbox
       WHERE target = :target AND taken IS NULL AND name IN (SELECT value FROM json_each(:names)) ORDER BY id LIMIT 1`,
      { target, names: JSON.stringify(names) },
    )
    return row === undefined ? undefined : storedSignal(row)
  }

  /** Signals to `target` that nobody has taken, with an id greater than `after`, oldest first. */
  untaken(target: string, after: number): StoredSignal[] {
    return this.#database
      .all(
        `SELECT ${COLUMNS} FROM outbox WHERE target = :target AND taken IS NULL AND id > :after ORDER BY id LIMIT 100`,
        { target, after },
      )
      .map((row) => storedSignal(row))
  }

  /** Marks a signal as taken `by` a step; false when it was taken before. */
  take(id: number, by: string): boolean {
    return (
      this.#database.run('UPDATE outbox SET taken = :by WHERE id = :id AND taken IS NULL', { id, by }) > 0
    )
  }
}

function storedSignal(row: Row): StoredSignal {
  return { id: integer(row, 'id'), name: text(row, 'name'), data: json(row, 'data') }
}
