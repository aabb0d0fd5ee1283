// How an agent is described in the public registry of agents that speak the Agent Client Protocol: one JSON file an agent.
// Unknown fields are ignored: the format grows. Our own additions stand under one key of their own.
import * as v from 'valibot'
import { AgentConfig } from './config.ts'

const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u
/** It is shown in terminals. */
const Shown = v.pipe(
  v.string(),
  v.check((text) => !UNSEEN.test(text), 'must not have control characters'),
)
const Text = v.pipe(Shown, v.nonEmpty('must not be empty'))
/** What begins with a dash would be an option of npx or uvx. */
const PackageName = v.pipe(
  Text,
  v.check((text) => !text.startsWith('-'), 'must not begin with a dash'),
)
const Arguments = v.optional(v.array(v.string()))
const Variables = v.optional(v.record(v.string(), v.string()))
const Package = v.object({ package: PackageName, args: Arguments, env: Variables })
const Archive = v.object({ archive: v.optional(Text), cmd: Text, args: Arguments, env: Variables })

const Distribution = v.pipe(
  v.object({
    npx: v.optional(Package),
    uvx: v.optional(Package),
    binary: v.optional(v.record(v.string(), Archive)),
  }),
  v.check(({ npx, uvx, binary }) => (npx ?? uvx ?? binary) !== undefined, 'must name npx, uvx or binary'),
)

const { mode, boxed_mode, writes, network, env, offline } = AgentConfig.entries

/** One agent as the registry describes it. */
export const RegistryAgent = v.object({
  id: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be a word of letters, digits, dots and dashes'),
  ),
  name: Text,
  version: Text,
  description: Shown,
  repository: v.optional(Shown),
  license: v.optional(Shown),
  distribution: Distribution,
  /** What the registry does not tell and the configuration can: the same keys as under [agents.<id>]. */
  quintet: v.optional(v.strictObject({ mode, boxed_mode, writes, network, env, offline })),
})

export type RegistryAgent = v.InferOutput<typeof RegistryAgent>
export type Distribution = RegistryAgent['distribution']

/** What starts the agent: by npx or uvx, else its program for `platform` (`linux-x86_64`): a name that is looked for
 *  wherever it was installed, or a path, where it is said to be in a folder. Null when it is not distributed for the platform. */
export function registryCommand(
  { npx, uvx, binary }: Distribution,
  platform: string,
): {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
} | null {
  if (npx !== undefined)
    return { command: ['npx', '--yes', npx.package, ...(npx.args ?? [])], env: npx.env ?? {} }
  if (uvx !== undefined) return { command: ['uvx', uvx.package, ...(uvx.args ?? [])], env: uvx.env ?? {} }
  const own = binary?.[platform]
  if (own === undefined) return null
  const program = own.cmd.replaceAll('\\', '/').replace(/^(\.\/+)+/, '')
  return { command: [program, ...(own.args ?? [])], env: own.env ?? {} }
}

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

/** The registry's name of a platform, from Node's names of system and machine. */
export function registryPlatform(system: string, machine: string): string {
  return `${SYSTEMS[system] ?? system}-${MACHINES[machine] ?? machine}`
}
