// The one door to node:sqlite. Node 22 greets every process that loads it with an ExperimentalWarning on stderr; only
// that warning is suppressed, and only while the module loads.
import type * as sqlite from 'node:sqlite'
import { QuintetError } from '../contract/errors.ts'

type Sqlite = typeof sqlite

let loaded: Sqlite | undefined

/** Opens a database file. Throws what SQLite throws, and `E_NODE_TOO_OLD` where Node has no SQLite. */
export function openSqlite(path: string, readOnly: boolean): sqlite.DatabaseSync {
  loaded ??= loadSqlite()
  return new loaded.DatabaseSync(path, { readOnly })
}

function loadSqlite(): Sqlite {
  const original = Reflect.get(process, 'emitWarning')
  process.emitWarning = (...args: unknown[]): void => {
    if (!args.includes('ExperimentalWarning')) Reflect.apply(original, process, args)
  }
  try {
    const found = process.getBuiltinModule('node:sqlite')
    if (found !== undefined) return found
  } finally {
    process.emitWarning = original
  }
  throw new QuintetError('E_NODE_TOO_OLD', 'environment', `Node ${process.version} has no built-in SQLite.`, {
    hints: [{ text: 'Install Node 22.18 or newer.', command: 'node --version' }],
  })
}
