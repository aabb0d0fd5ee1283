// Agents that the repository describes in files of the public registry's format, `.quintet/agents/<id>.json`: what stands in
// one is as good as a table [agents.<id>] of the configuration.
import { readdir } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { errnoOf, QuintetError, type Hint } from '../contract/errors.ts'
import { RegistryAgent, registryCommand, registryPlatform } from '../contract/registry.ts'
import { AGENTS_FOLDER } from './places.ts'
import { requireValid } from './problems.ts'
import { writtenText } from './written-file.ts'

const CODES = { syntax: 'E_REGISTRY_SYNTAX', invalid: 'E_REGISTRY_INVALID' }
const ENDING = '.json'
const ABSENT = ['ENOENT', 'ENOTDIR']
/** Files beyond this are not written by people. */
const MAX_BYTES = 1024 * 1024

/** Agents by their ids: as tables that could stand under [agents] in the configuration; and what is wrong with the files of
 *  the others, by the names of those without their ending. */
export interface Registry {
  readonly tables: Readonly<Record<string, object>>
  readonly broken: Readonly<Record<string, QuintetError>>
}

/** Reads all agents that are described in files. Throws nothing that such a file could bring about. */
export async function readRegistry(
  root: string,
  platform: string = registryPlatform(process.platform, process.arch),
): Promise<Registry> {
  const tables = new Map<string, object>()
  const broken = new Map<string, QuintetError>()
  for (const name of (await filesIn(root, broken)).filter((file) => file.endsWith(ENDING)).sort()) {
    const id = name.slice(0, -ENDING.length)
    try {
      tables.set(id, await describedIn(root, name, platform))
    } catch (error) {
      if (!(error instanceof QuintetError)) throw error
      broken.set(id, error)
    }
  }
  return { tables: Object.fromEntries(tables), broken: Object.fromEntries(broken) }
}

/** The tables of `readRegistry`. Throws what is wrong with the first file that is at fault: `E_REGISTRY_SYNTAX`, or
 *  `E_REGISTRY_INVALID` also when an id is not the name of its file or the agent is not distributed for this platform. */
export async function registryAgents(root: string, platform?: string): Promise<Registry['tables']> {
  const { tables, broken } = await readRegistry(root, platform)
  const [first] = Object.values(broken)
  if (first !== undefined) throw first
  return tables
}

async function filesIn(root: string, broken: Map<string, QuintetError>): Promise<readonly string[]> {
  try {
    return await readdir(join(root, AGENTS_FOLDER))
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (!ABSENT.includes(errno)) broken.set(AGENTS_FOLDER, unlisted(errno))
    return []
  }
}

function unlisted(errno: string): QuintetError {
  return invalid(`The folder ${AGENTS_FOLDER} cannot be read (${errno}).`, {
    text: 'See that it is a folder that you may read.',
    command: `ls -ld ${AGENTS_FOLDER}`,
  })
}

/** Throws `E_REGISTRY_SYNTAX` or `E_REGISTRY_INVALID`. */
async function describedIn(root: string, name: string, platform: string): Promise<object> {
  const file = `${AGENTS_FOLDER}/${name}`
  const text = await writtenText(join(root, file), { filename: file, code: CODES.invalid })
  if (text === null) throw invalid(`The file ${file} is gone.`, { text: 'Call the command again.' })
  const agent = parseRegistryFile(text, file)
  if (`${agent.id}${ENDING}` !== name) throw misnamed(file, agent.id)
  return tableOf(agent, file, platform)
}

function invalid(message: string, hint: Hint): QuintetError {
  return new QuintetError(CODES.invalid, 'config', message, { hints: [hint] })
}

/** Reads one file. Throws like `registryAgents`. */
export function parseRegistryFile(text: string, filename: string): RegistryAgent {
  if (text.length > MAX_BYTES)
    throw new QuintetError(CODES.syntax, 'config', `The file ${filename} is larger than 1 MiB.`)
  return requireValid(RegistryAgent, jsonOf(text, filename), { filename, codes: CODES })
}

function jsonOf(text: string, filename: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new QuintetError(
      CODES.syntax,
      'config',
      `The file ${filename} is not valid JSON: ${error.message}.`,
      {
        details: { file: filename },
        cause: error,
      },
    )
  }
}

function tableOf({ id, name, distribution, quintet }: RegistryAgent, file: string, platform: string): object {
  const start = registryCommand(distribution, platform)
  if (start === null) {
    const others = Object.keys(distribution.binary ?? {}).join(', ')
    throw invalid(`The file ${file} tells how to start ${name} on ${others}, but not on ${platform}.`, {
      text: 'Say how it is started here, as "npx", "uvx" or a "binary" of this platform.',
    })
  }
  const [program] = start.command
  if (program === '' || (program.includes('/') && !isAbsolute(program)))
    throw invalid(
      `The file ${file} names the program ${program}, in a folder of an archive that is not unpacked here.`,
      {
        text: `Install it, and say where its program is: as "cmd", or as "command" under [agents.${id}] in .quintet/config.toml.`,
      },
    )
  const { env = {}, ...rest } = quintet ?? {}
  return { ...rest, command: start.command, env: { ...start.env, ...env } }
}

function misnamed(file: string, id: string): QuintetError {
  return new QuintetError(
    CODES.invalid,
    'config',
    `The file ${file} describes the agent ${id}, so it has to be named ${id}${ENDING}: plans name agents by it.`,
    { details: { file, id } },
  )
}
