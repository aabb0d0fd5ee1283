// `.quintet/config.toml`, committed, and `$XDG_CONFIG_HOME/quintet/config.toml`, personal: one schema, the committed
// file wins where both speak.
import * as v from 'valibot'
import { CommandLine } from './plan.ts'

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'))

/** A folder inside the worktree, in its plain form. */
function isInsideFolder(path: string): boolean {
  const segments = path.split('/')
  return (
    !/[\\\0*?[\]]/.test(path) &&
    segments.every((segment) => !['', '.', '..'].includes(segment) && !/^\.git$/i.test(segment))
  )
}

/** How one agent is started. The program must speak the Agent Client Protocol on its standard streams. */
export const AgentConfig = v.strictObject({
  command: CommandLine,
  env: v.optional(
    v.pipe(v.record(v.string(), v.string()), v.description('Added to the environment of the agent.')),
    {},
  ),
  mode: v.optional(v.pipe(Text, v.description('Session mode to set on every start and resume.'))),
})

export const ConfigFile = v.strictObject({
  agent: v.optional(v.pipe(Text, v.description('The agent of pieces that name none.'))),
  agents: v.optional(
    v.pipe(
      v.record(v.string(), AgentConfig),
      v.description('How agents are started, by the names that plans use.'),
    ),
    {},
  ),
  base: v.optional(v.pipe(Text, v.description('Base of plans that name none or HEAD.'))),
  worktrees: v.optional(
    v.pipe(
      Text,
      v.check(
        (template) => template.includes('{run}') && template.includes('{piece}'),
        'must contain {run} and {piece}, or two sessions would share a folder',
      ),
      v.description(
        'Where worktrees stand; {repo}, {parent}, {name}, {run} and {piece} are replaced. "{repo}/.trees/{run}/{piece}" keeps them inside.',
      ),
    ),
    '{parent}/{name}.quintet/{run}/{piece}',
  ),
  coordination_folder: v.optional(
    v.pipe(
      Text,
      v.check(isInsideFolder, 'must be a folder inside the worktree, such as ".quintet/session"'),
      v.description('Folder inside each worktree for decisions and status files.'),
    ),
    '.quintet/session',
  ),
  permissions: v.optional(
    v.pipe(
      v.picklist(['ask', 'allow']),
      v.description(
        'What becomes of permission requests of agents that name no path, such as most commands: brought before the operator, or allowed once. Requests that name paths are decided by scope.',
      ),
    ),
    'ask',
  ),
  setup: v.optional(v.pipe(CommandLine, v.description('Run in every worktree before its agent starts.'))),
  ports: v.optional(
    v.strictObject({
      names: v.optional(
        v.pipe(
          v.array(
            v.pipe(
              v.string(),
              v.regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable, in capitals'),
            ),
          ),
          v.maxLength(10),
          v.description('Variables that receive the ports of a session after PORT, in this order.'),
        ),
        [],
      ),
    }),
    {},
  ),
})

export type ConfigFile = v.InferOutput<typeof ConfigFile>
export type AgentConfig = v.InferOutput<typeof AgentConfig>
