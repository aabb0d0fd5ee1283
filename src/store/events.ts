// The log: append-only, unique per stream and key, in the order of commits. What is shown anywhere is a projection of it.
import type { Json } from '../contract/json.ts'
import type { Database, Parameters } from './database.ts'
import { integer, json, jsonText, text, type Row } from './rows.ts'

/** A fact on its way into the log. */
export interface NewEvent {
  readonly stream: string
  /** Unique within the stream: written twice, it counts once. */
  readonly key: string
  readonly type: string
  /** Of the type's data; default 1. */
  readonly version?: number
  readonly data: Json
}

export interface StoredEvent {
  readonly seq: number
  readonly stream: string
  readonly key: string
  readonly type: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly data: Json
}

export interface EventQuery {
  readonly stream?: string
  /** Of the stream's name. */
  readonly prefix?: string
  readonly types?: readonly string[]
  /** Only events with a greater `seq`. */
  readonly after?: number
  readonly limit?: number
}

/** The right to write for a workflow: valid while the claim has this owner and epoch and its lease has not lapsed. */
export interface Fence {
  readonly workflow: string
  readonly owner: string
  readonly epoch: number
}

const PAGE_ROWS = 256
const PAGE_CHARACTERS = 1_000_000
const COLUMNS = 'seq, stream, key, type, version, at, data'
const ABSENT = 'NOT EXISTS (SELECT 1 FROM events WHERE stream = :stream AND key = :key)'
const INSERT = `INSERT INTO events (stream, key, type, version, at, epoch, data)
  SELECT :stream, :key, :type, :version, :at, :epoch, :data WHERE ${ABSENT}`
const HELD =
  'EXISTS (SELECT 1 FROM claims WHERE id = :workflow AND owner = :owner AND epoch = :epoch AND lease_until > :at)'

/** The events table. */
export class Events {
  readonly #database: Database
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /** Appends an event unless its key is there already. */
  append(event: NewEvent): 'appended' | 'exists' {
    const changes = this.#database.run(INSERT, { ...this.#columns(event), epoch: null })
    return this.#announced(changes) ? 'appended' : 'exists'
  }

  /** Appends an event if `fence` holds at that very moment, in one statement. */
  appendFenced(event: NewEvent, fence: Fence): 'appended' | 'exists' | 'fenced' {
    const columns = this.#columns(event)
    const { workflow, owner, epoch } = fence
    const changes = this.#database.run(`${INSERT} AND ${HELD}`, { ...columns, workflow, owner, epoch })
    if (this.#announced(changes)) return 'appended'
    const held = this.#database.get(`SELECT ${HELD} AS held`, { workflow, owner, epoch, at: columns.at })
    return held?.['held'] === 1 ? 'exists' : 'fenced'
  }

  /** Events in the order of their `seq`, up to the last one at the time of the call. A page is in memory at a time. */
  *events(query: EventQuery = {}): IterableIterator<StoredEvent> {
    const upTo = this.lastSeq()
    let after = query.after ?? 0
    let left = query.limit ?? Number.POSITIVE_INFINITY
    while (left > 0) {
      const page = this.#page(query, { after, upTo, limit: Math.min(left, PAGE_ROWS) })
      yield* page.map((row) => storedEvent(row))
      const last = page.at(-1)
      if (last === undefined) return
      after = integer(last, 'seq')
      left -= page.length
    }
  }

  /** One event by its key. */
  event(stream: string, key: string): StoredEvent | undefined {
    const row = this.#database.get(`SELECT ${COLUMNS} FROM events WHERE stream = :stream AND key = :key`, {
      stream,
      key,
    })
    return row === undefined ? undefined : storedEvent(row)
  }

  /** `seq` of the newest event; 0 when there is none. */
  lastSeq(): number {
    const row = this.#database.get('SELECT coalesce(max(seq), 0) AS seq FROM events')
    return row === undefined ? 0 : integer(row, 'seq')
  }

  #columns(event: NewEvent) {
    const { stream, key, type, version = 1 } = event
    return { stream, key, type, version, at: this.#now(), data: jsonText(event.data) }
  }

  #announced(changes: number): boolean {
    if (changes > 0) this.#database.touched('events')
    return changes > 0
  }

  #page(query: EventQuery, range: { after: number; upTo: number; limit: number }): Row[] {
    const { where, parameters } = conditions(query)
    let characters = 0
    return this.#database.take(
      `SELECT ${COLUMNS} FROM events WHERE seq > :after AND seq <= :upTo${where} ORDER BY seq LIMIT :limit`,
      { ...parameters, ...range },
      (row) => (characters += text(row, 'data').length) > PAGE_CHARACTERS,
    )
  }
}

function conditions(query: EventQuery): { where: string; parameters: Parameters } {
  const { stream, prefix, types } = query
  const parts: string[] = []
  if (stream !== undefined) parts.push('stream = :stream')
  if (prefix !== undefined) parts.push('substr(stream, 1, length(:prefix)) = :prefix')
  if (types !== undefined) parts.push('type IN (SELECT value FROM json_each(:types))')
  return {
    where: parts.map((part) => ` AND ${part}`).join(''),
    parameters: {
      ...(stream === undefined ? {} : { stream }),
      ...(prefix === undefined ? {} : { prefix }),
      ...(types === undefined ? {} : { types: JSON.stringify(types) }),
    },
  }
}

function storedEvent(row: Row): StoredEvent {
  return {
    seq: integer(row, 'seq'),
    stream: text(row, 'stream'),
    key: text(row, 'key'),
    type: text(row, 'type'),
    version: integer(row, 'version'),
    at: integer(row, 'at'),
    data: json(row, 'data'),
  }
}
