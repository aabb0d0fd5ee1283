// `.quintet/config.toml`, committed, and `$XDG_CONFIG_HOME/quintet/config.toml`, personal: one schema, the committed
// file wins where both speak.
import * as v from 'valibot'
import { CommandLine } from './plan.ts'

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'))

/** How one agent is started. The program must speak the Agent Client Protocol on its standard streams. */
export const AgentConfig = v.strictObject({
  command: CommandLine,
  env: v.optional(v.record(v.string(), v.string()), {}),
  mode: v.optional(v.pipe(Text, v.description('Session mode to set on every start and resume.'))),
})

export const ConfigFile = v.strictObject({
  agent: v.optional(v.pipe(Text, v.description('The agent of pieces that name none.'))),
  agents: v.optional(v.record(v.string(), AgentConfig), {}),
  base: v.optional(Text),
  worktrees: v.optional(
    v.pipe(
      Text,
      v.description(
        'Where worktrees stand; {repo}, {parent}, {name}, {run} and {piece} are replaced. "{repo}/.trees/{run}/{piece}" keeps them inside.',
      ),
    ),
    '{parent}/{name}.quintet/{run}/{piece}',
  ),
  coordination_folder: v.optional(
    v.pipe(Text, v.description('Folder inside each worktree for decisions and status files.')),
    '.quintet/session',
  ),
  setup: v.optional(CommandLine),
  ports: v.optional(
    v.strictObject({
      names: v.optional(
        v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]*$/))), v.maxLength(10)),
        [],
      ),
    }),
    {},
  ),
})

export type ConfigFile = v.InferOutput<typeof ConfigFile>
export type AgentConfig = v.InferOutput<typeof AgentConfig>
