// Configuration: the committed file and the personal one, merged before defaults are filled in, so that a default of
// the one never hides a word of the other.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ConfigFile } from '../contract/config.ts'
import { ignoring } from '../contract/errors.ts'
import { CONFIG_FILE } from './places.ts'
import { parseToml, requireValid } from './problems.ts'

export type Config = ConfigFile

const CODES = { syntax: 'E_CONFIG_SYNTAX', invalid: 'E_CONFIG_INVALID' }

/** Loads both files; neither need exist. Throws `E_CONFIG_SYNTAX` or `E_CONFIG_INVALID`, naming the file at fault. */
export async function loadConfig(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const personal = await tableIn(personalConfigPath(env), personalConfigPath(env))
  const committed = await tableIn(join(root, CONFIG_FILE), CONFIG_FILE)
  return mergeConfig(personal, committed)
}

/** Parses one configuration file. Throws like `loadConfig`. */
export function parseConfig(text: string, filename: string): Config {
  return requireValid(ConfigFile, tableOf(text, filename), { filename, codes: CODES })
}

/** Where the personal configuration stands. */
export function personalConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env['XDG_CONFIG_HOME']
  // The XDG rules: a relative path counts as not set.
  const base = folder?.startsWith('/') === true ? folder : join(env['HOME'] ?? homedir(), '.config')
  return join(base, 'quintet', 'config.toml')
}

type Table = Readonly<Record<string, unknown>>

/** Where both speak, the committed file wins; agents are merged by name. Both are valid on their own. */
function mergeConfig(personal: Table, committed: Table): Config {
  const agents = { ...subtable(personal, 'agents'), ...subtable(committed, 'agents') }
  const ports = { ...subtable(personal, 'ports'), ...subtable(committed, 'ports') }
  const merged = { ...personal, ...committed, agents, ports }
  return requireValid(ConfigFile, merged, { filename: CONFIG_FILE, codes: CODES })
}

function subtable(table: Table, key: string): Table {
  const value = table[key]
  return isTable(value) ? value : {}
}

async function tableIn(path: string, filename: string): Promise<Table> {
  const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(path, 'utf8'))
  return text === undefined ? {} : tableOf(text, filename)
}

/** The table as written, once it is known to be valid. */
function tableOf(text: string, filename: string): Table {
  const table = parseToml({ text, filename, codes: CODES })
  requireValid(ConfigFile, table, { filename, codes: CODES })
  return isTable(table) ? table : {}
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
