// `.quintet/config.toml`, committed, and `$XDG_CONFIG_HOME/quintet/config.toml`, personal: one schema, the committed
// file wins where both speak.
import * as v from 'valibot'
import { CommandLine } from './plan.ts'
import { MOST_SLOTS } from './pool.ts'
import { REQUEST_POLICIES } from './scope.ts'
import { TERMINAL_AGENTS } from './terminal.ts'
import { SpendPlan } from './spend.ts'

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'))

/** A folder inside the worktree, in its plain form. */
function isInsideFolder(path: string): boolean {
  const segments = path.split('/')
  return (
    !/[\\\0*?[\]]/.test(path) &&
    segments.every((segment) => !['', '.', '..'].includes(segment) && !/^\.git$/i.test(segment))
  )
}

function isBelowHome(path: string): boolean {
  const segments = path.replace(/\/$/, '').split('/')
  return !path.includes('\0') && segments.every((segment) => !['', '.', '..'].includes(segment))
}

/** How an agent is pointed at the scripted model, for `quintet agents test`. */
const OfflineConfig = v.strictObject({
  env: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.description('Variables of the agent; {model} stands for the address of the scripted model.'),
    ),
    {},
  ),
  files: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.check(isBelowHome, 'must be a path below the home folder')), v.string()),
      v.description(
        'Texts of files in the home folder that is made for the agent, by their paths; {model} stands for the address.',
      ),
    ),
    {},
  ),
})
export type OfflineConfig = v.InferOutput<typeof OfflineConfig>

/** How one agent is started. The program must speak the Agent Client Protocol on its standard streams. */
export const AgentConfig = v.strictObject({
  command: CommandLine,
  env: v.optional(
    v.pipe(v.record(v.string(), v.string()), v.description('Added to the environment of the agent.')),
    {},
  ),
  mode: v.optional(v.pipe(Text, v.description('Session mode to set on every start and resume.'))),
  boxed_mode: v.optional(
    v.pipe(
      Text,
      v.description(
        'Session mode inside a box, for agents that need none of their own there; default: mode.',
      ),
    ),
  ),
  writes: v.optional(
    v.pipe(
      v.array(v.pipe(Text, v.check(isBelowHome, 'must be a path below the home folder'))),
      v.description(
        'What the agent shares with the home folder when it is boxed, relative to it; a slash at the end makes a missing folder. Every other session and the operator meet what is written there.',
      ),
    ),
  ),
  network: v.optional(
    v.pipe(
      v.picklist(['shared', 'none']),
      v.description(
        '"none" cuts a boxed agent, and the checks of its sessions, off from every network but a loopback of its own.',
      ),
    ),
  ),
  offline: v.optional(
    v.pipe(
      OfflineConfig,
      v.description(
        'How the agent is pointed at a scripted model, which speaks as Anthropic Messages, OpenAI Responses and Chat Completions, and Gemini do: quintet agents test tries it with nothing else.',
      ),
    ),
  ),
})

/** Workspaces that are made before a session wants them. */
const PoolConfig = v.strictObject({
  slots: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(MOST_SLOTS),
      v.description(
        'Workspaces kept ready at the default base, and made for a plan that is checked, once a plan was run here or quintet pool fill was called. 0 turns the pool off, also where only one of the two files says so. Left out: as many as the plan can start at once, where making one costs something.',
      ),
    ),
  ),
  disk: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(
        'Megabytes that ready workspaces may take together; never more than a fifth of what is free. The smaller of the two files counts.',
      ),
    ),
  ),
  days: v.optional(
    v.pipe(
      v.number(),
      v.minValue(1),
      v.description('Days after which a workspace that nobody took is removed.'),
    ),
    7,
  ),
  recycle: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Makes the worktree of a session that has landed, and is proven clean, a ready workspace again when it is cleaned up.',
      ),
    ),
    false,
  ),
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
  terminal: v.optional(
    v.pipe(
      v.picklist(TERMINAL_AGENTS),
      v.description('The agent that quintet attach opens; default: that of the piece, else claude.'),
    ),
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
        'What becomes of permission requests of agents that name no path, such as most commands: brought before the operator, or allowed once. Left out: allowed once in a session that is enforced, brought before the operator in any other. Requests that name paths are decided by scope.',
      ),
    ),
  ),
  scope_requests: v.optional(
    v.pipe(
      v.picklist(REQUEST_POLICIES),
      v.description(
        'What becomes of a request for a path outside the scope, in plans that do not say it: "auto-free" (default), "hand" or "ask", as in a plan.',
      ),
    ),
  ),
  home_writes: v.optional(
    v.pipe(
      v.array(v.pipe(Text, v.check(isBelowHome, 'must be a path below the home folder'))),
      v.description(
        'What agents, checks and set-ups share with the home folder when they are boxed, relative to it; a slash at the end makes a missing folder. Every other session and the operator meet what is written there: [".npm/"] shares the cache of npm, and lets a session poison it.',
      ),
    ),
    [],
  ),
  open_top: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Lets boxed sessions make new files at the top of their worktree, for programs that must write a log or a cache there. Sessions are guarded then; a plan that demands "enforced" keeps the top closed.',
      ),
    ),
    false,
  ),
  setup: v.optional(v.pipe(CommandLine, v.description('Run in every worktree before its agent starts.'))),
  budget: v.optional(
    v.pipe(
      SpendPlan,
      v.description(
        'What every session may spend, and under `run` all sessions of a run together, in plans that do not say it. What reaches it waits for the operator.',
      ),
    ),
  ),
  pool: v.optional(PoolConfig, {}),
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
