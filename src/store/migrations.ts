// The schema, as the list of steps that lead to it. A step that was released is never edited, only followed by another:
// a file of any age can be opened.
import { QuintetError } from '../contract/errors.ts'
import type { Row } from './rows.ts'

/** What a migration needs of a connection. */
interface Connection {
  readonly path: string
  exec(sql: string): void
  get(sql: string): Row | undefined
  transaction<T>(work: () => T): T
}

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    key TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    epoch INTEGER,
    data TEXT NOT NULL,
    UNIQUE (stream, key)
  ) STRICT;
  CREATE INDEX events_by_stream ON events (stream, seq);
  CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_never_go BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

  CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    input TEXT NOT NULL,
    parent TEXT,
    status TEXT NOT NULL CHECK (status IN ('ready', 'waiting', 'done', 'failed', 'cancelled')),
    output TEXT,
    owner TEXT,
    host TEXT,
    epoch INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    wake INTEGER,
    awaits TEXT NOT NULL DEFAULT '[]',
    cancel TEXT,
    created INTEGER NOT NULL,
    ended INTEGER
  ) STRICT;
  CREATE INDEX claims_open ON claims (status) WHERE status IN ('ready', 'waiting');
  CREATE INDEX claims_by_owner ON claims (owner) WHERE owner IS NOT NULL;

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    name TEXT NOT NULL,
    dedupe TEXT,
    data TEXT NOT NULL,
    at INTEGER NOT NULL,
    taken TEXT,
    UNIQUE (target, dedupe)
  ) STRICT;
  CREATE INDEX outbox_untaken ON outbox (target, id) WHERE taken IS NULL;
  `,
]

/** Brings a database to the current schema, whoever else does the same at the same time. Throws `E_STATE_NEWER`. */
export function migrate(database: Connection): void {
  if (schemaVersion(database) === MIGRATIONS.length) return
  database.transaction(() => {
    const from = requireKnownSchema(database)
    for (const [offset, sql] of MIGRATIONS.slice(from).entries()) {
      database.exec(sql)
      database.exec(`PRAGMA user_version = ${from + offset + 1}`)
    }
  })
}

/** Accepts a database for reading. Throws `E_STATE_NEWER`, `E_STATE_OLDER`, or `E_NO_STATE` when it was never filled. */
export function requireReadable(database: Connection): void {
  const version = requireKnownSchema(database)
  if (version === MIGRATIONS.length) return
  if (version === 0) throw noState(database.path)
  throw new QuintetError(
    'E_STATE_OLDER',
    'precondition',
    `The state file ${database.path} was written by an older Quintet and has to be brought up to date first.`,
    { hints: [{ text: 'The next run does so.', command: 'quintet run' }] },
  )
}

/** Nothing was ever run in this repository. */
export function noState(path: string): QuintetError {
  return new QuintetError('E_NO_STATE', 'precondition', 'Nothing has been run in this repository yet.', {
    hints: [{ text: 'Start a run.', command: 'quintet run' }],
    details: { path },
  })
}

function requireKnownSchema(database: Connection): number {
  const version = schemaVersion(database)
  if (version <= MIGRATIONS.length) return version
  throw new QuintetError(
    'E_STATE_NEWER',
    'precondition',
    `The state file ${database.path} has schema ${version}, written by a newer Quintet; this one knows up to ${MIGRATIONS.length}.`,
    { hints: [{ text: 'Install the newer version.', command: 'npm install --global quintet@latest' }] },
  )
}

function schemaVersion(database: Connection): number {
  return Number(database.get('PRAGMA user_version')?.['user_version'] ?? 0)
}
