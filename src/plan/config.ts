// Configuration: the committed file and the personal one, merged before defaults are filled in, so that a default of
// the one never hides a word of the other.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ConfigFile } from '../contract/config.ts'
import type { QuintetError } from '../contract/errors.ts'
import { AGENTS_FOLDER, CONFIG_FILE } from './places.ts'
import { parseToml, requireValid } from './problems.ts'
import { readRegistry } from './registry-files.ts'
import { writtenText } from './written-file.ts'

export type Config = ConfigFile

const CODES = { syntax: 'E_CONFIG_SYNTAX', invalid: 'E_CONFIG_INVALID' }

/** Loads both files, and agents that are described in files of their own; none need exist. Throws `E_CONFIG_SYNTAX` or
 *  `E_CONFIG_INVALID`, naming the file at fault, and for the first description that is at fault `E_REGISTRY_SYNTAX` or
 *  `E_REGISTRY_INVALID`. */
export async function loadConfig(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const { config, broken } = await examineConfig(root, env)
  const [first] = Object.values(broken)
  if (first !== undefined) throw first
  return config
}

/** A configuration, and where its agents come from. */
export interface ExaminedConfig {
  readonly config: Config
  /** By the names of agents: the file that describes the agent, and whether that belongs to the repository. */
  readonly sources: Readonly<Record<string, AgentSource>>
  /** By the names of agents: what is wrong with the file that describes it. A table is used instead of such a file. */
  readonly broken: Readonly<Record<string, QuintetError>>
}

export interface AgentSource {
  readonly file: string
  readonly repository: boolean
}

/** Loads like `loadConfig`, and throws only for what is wrong with the configuration itself. */
export async function examineConfig(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExaminedConfig> {
  const own = personalConfigPath(env)
  const personal = await tableIn(own, own)
  const committed = await tableIn(join(root, CONFIG_FILE), CONFIG_FILE)
  const { tables, broken } = await readRegistry(root)
  const config = mergeConfig(personal, committed, tables)
  const from = (names: object, file: string, repository: boolean): [string, AgentSource][] =>
    Object.keys(names).map((name) => [name, { file, repository }])
  return {
    config,
    sources: Object.fromEntries([
      ...Object.keys(tables).flatMap((name) => from({ [name]: null }, `${AGENTS_FOLDER}/${name}.json`, true)),
      ...from(subtable(personal, 'agents'), own, false),
      ...from(subtable(committed, 'agents'), CONFIG_FILE, true),
    ]),
    broken: Object.fromEntries(
      Object.entries(broken).filter(([name]) => !Object.hasOwn(config.agents, name)),
    ),
  }
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

/** Where both speak, the committed file wins, but for what keeps the pool small; agents are merged by name, and one that is described in a file of its own is
 *  the same as none where the configuration has a table for it. Each is valid on its own. */
function mergeConfig(personal: Table, committed: Table, described: Table): Config {
  const agents = { ...described, ...subtable(personal, 'agents'), ...subtable(committed, 'agents') }
  const ports = { ...subtable(personal, 'ports'), ...subtable(committed, 'ports') }
  const pool = mergePool(subtable(personal, 'pool'), subtable(committed, 'pool'))
  const merged = { ...personal, ...committed, agents, pool, ports }
  return requireValid(ConfigFile, merged, { filename: CONFIG_FILE, codes: CODES })
}

/** The pool is off where either says so, and takes no more of the disk than the stricter of the two lets it. */
function mergePool(personal: Table, committed: Table): Table {
  const both = [personal, committed]
  const disks = both.map(({ disk }) => disk).filter((disk) => typeof disk === 'number')
  return {
    ...personal,
    ...committed,
    ...(both.some(({ slots }) => slots === 0) ? { slots: 0 } : {}),
    ...(disks.length === 0 ? {} : { disk: Math.min(...disks) }),
  }
}

function subtable(table: Table, key: string): Table {
  const value = table[key]
  return isTable(value) ? value : {}
}

async function tableIn(path: string, filename: string): Promise<Table> {
  const text = await writtenText(path, { filename, code: CODES.invalid })
  return text === null ? {} : tableOf(text, filename)
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
