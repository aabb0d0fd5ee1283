// The plan file, `.quintet/plans/<name>.toml`. The JSON Schema under schemas/ is generated from this schema.
import * as v from 'valibot'
import { EXTERNAL_DONE } from './external.ts'
import { REQUEST_POLICIES } from './scope.ts'
import { ENFORCEMENT_LEVELS } from './session.ts'
import { SpendLimits, SpendPlan } from './spend.ts'

const ID_MESSAGE =
  'must be lower-case letters, digits and dashes, beginning with a letter (it becomes a branch name)'

/** A piece id: it is part of a branch name, a folder name and a URL. At most 40 characters. */
const PieceId = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/, ID_MESSAGE))

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'))

/** One line for tables and messages; control characters could forge output. */
const Line = v.pipe(
  Text,
  v.check((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'must be one line without control characters'),
)

/** Branch or commit as git names it; a leading dash would be read as an option. */
const Ref = v.pipe(Text, v.regex(/^[^-\s][^\s]*$/, 'must be the name of a branch or commit'))
const Patterns = v.pipe(
  v.array(v.pipe(Text, v.maxLength(1000, 'must be at most 1000 characters long'))),
  v.description('Path patterns with gitignore semantics, relative to the repository root.'),
)

/** A command as an argument list. No shell is involved. */
export const CommandLine = v.pipe(
  v.array(v.string()),
  v.minLength(1, 'must name a program'),
  v.check((words) => (words[0] ?? '').length > 0, 'must begin with a program name'),
  v.description('A command as a list of words; it is run without a shell.'),
)

/** Below the folder of the check, in the only form that every system reads alike. */
function isReportPattern(pattern: string): boolean {
  return !/^(?:[/~]|[A-Za-z]:)|\\/.test(pattern) && !pattern.split('/').includes('..')
}

/** A named check: green when the command exits with 0 within the time limit. */
export const Check = v.strictObject({
  name: v.pipe(
    Line,
    v.regex(/^[^/\\]{1,80}$/, 'must be at most 80 characters without slashes (it names a log file)'),
    v.description('Unique within the piece.'),
  ),
  run: CommandLine,
  timeout_seconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description('After this time the check counts as red.')),
    1800,
  ),
  report: v.optional(
    v.pipe(
      Line,
      v.check(isReportPattern, 'must be relative to the folder that the check runs in, without ".."'),
      v.description(
        'Where the runner writes JUnit XML: a path or a pattern with `*` and `**`, relative to the repository root. Failing tests are named from it. Only files that the run itself has written are read.',
      ),
    ),
  ),
})

export const Scope = v.strictObject({
  include: v.pipe(
    Patterns,
    v.description(
      'What the piece may write: path patterns with gitignore semantics, relative to the repository root.',
    ),
  ),
  exclude: v.optional(
    v.pipe(Patterns, v.description('What it may not write all the same; same semantics.')),
    [],
  ),
})

export const Piece = v.strictObject({
  id: v.pipe(PieceId, v.description('Unique in the plan; part of branch and folder names.')),
  title: v.pipe(Line, v.description('One line for tables and commit messages.')),
  brief: v.pipe(
    Text,
    v.description('What is to be done. A path in backticks must be owned by a piece, shared or in `reads`.'),
  ),
  scope: Scope,
  reads: v.optional(
    v.pipe(
      Patterns,
      v.description('Paths that the piece is expected to read; told to the agent, not enforced.'),
    ),
    [],
  ),
  depends_on: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('Ids of pieces that must be finished first; the session starts from their branches.'),
    ),
    [],
  ),
  agent: v.optional(
    v.pipe(
      Text,
      v.description(
        'An agent from the configuration, "scripted", or "external" for work that is done elsewhere, on `branch`.',
      ),
    ),
  ),
  branch: v.optional(
    v.pipe(
      Line,
      v.description(
        'With the agent "external": the branch that the work arrives on, `origin/feature-x` of a remote or `feature-x` of this repository. It is only read.',
      ),
    ),
  ),
  done: v.optional(
    v.pipe(
      v.picklist(EXTERNAL_DONE),
      v.description(
        'With the agent "external": what says that the work is complete. "manual" (default): `quintet session done`. "commit": every new commit is judged as if it were the last.',
      ),
    ),
  ),
  script: v.optional(
    v.pipe(Text, v.description('Script for the scripted agent, relative to the repository root.')),
  ),
  checks: v.optional(
    v.pipe(v.array(Check), v.description('Must be green before the session counts as finished.')),
    [],
  ),
  phases: v.optional(
    v.pipe(
      v.array(Line),
      v.description(
        'Parts of the work in their order. One that the session reports as completed is a good moment for a new attempt with a handoff.',
      ),
    ),
  ),
  budget: v.optional(
    v.pipe(
      SpendLimits,
      v.description(
        'What its session may spend; what is left out here is taken from the budget of the plan.',
      ),
    ),
  ),
})

const SharedPath = v.pipe(
  Text,
  v.description(
    'One file, relative to the repository root. It belongs to no scope, whatever the patterns say.',
  ),
)

export const SharedFile = v.variant('policy', [
  v.strictObject({
    path: SharedPath,
    policy: v.pipe(v.literal('owner'), v.description('One piece alone writes it.')),
    owner: v.pipe(v.string(), v.description('Id of that piece.')),
  }),
  v.strictObject({
    path: SharedPath,
    policy: v.pipe(
      v.literal('operator'),
      v.description('No piece writes it; the operator merges what is asked for.'),
    ),
  }),
])

/** How a branch becomes part of the target. */
export const MERGE_STYLES = ['merge', 'squash', 'rebase'] as const
export type MergeStyle = (typeof MERGE_STYLES)[number]

/** Which textual conflicts are settled without a person. */
export const AUTO_RESOLVE = ['off', 'safe', 'all'] as const
export type AutoResolve = (typeof AUTO_RESOLVE)[number]

const Generated = v.strictObject({
  paths: Patterns,
  run: v.pipe(
    CommandLine,
    v.description(
      'Run once in the root of the merged tree, with its dependencies installed, for all of these files that are in conflict.',
    ),
  ),
})
export type Generated = v.InferOutput<typeof Generated>

const Limits = v.strictObject({
  sessions: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('Sessions at once. Above 5 the check warns.'),
    ),
    5,
  ),
  reprompts: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description('How often a session is told what is missing before it waits for the operator.'),
    ),
    3,
  ),
  handbacks: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description(
        'How often the merge queue sends a branch back to its session, with what it broke or what it conflicts with, before the operator is asked. Default: 2.',
      ),
    ),
  ),
})

const Whole = v.pipe(v.number(), v.integer(), v.minValue(1))

/** Who acts on what is seen of a session's context. */
const HEALTH_POLICIES = ['auto', 'ask', 'off'] as const

const Health = v.strictObject({
  nudge: v.optional(
    v.pipe(
      v.picklist(HEALTH_POLICIES),
      v.description(
        'What becomes of an alarm. "auto" (default): the turn is interrupted and the agent is told the evidence. "ask": the operator decides. "off": it is only shown.',
      ),
    ),
  ),
  reset: v.optional(
    v.pipe(
      v.picklist(HEALTH_POLICIES),
      v.description(
        'What becomes of a reset that is due. "auto" (default): the next attempt begins from a handoff. "ask": the operator decides. "off": it is only shown.',
      ),
    ),
  ),
  abandon: v.optional(
    v.pipe(
      v.picklist(['auto', 'ask']),
      v.description(
        'Who ends a session that comes no further after a reset. "ask" (default): it waits for the operator. "auto": it is abandoned; its work is saved first.',
      ),
    ),
  ),
  limit_percent: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(100),
      v.description('Share of the context window from which a reset is due. 0: no limit. Default: 70.'),
    ),
  ),
  limit_tokens: v.optional(
    v.pipe(Whole, v.description('Tokens in the context from which a reset is due. Default: no limit.')),
  ),
  limit_compactions: v.optional(
    v.pipe(Whole, v.description('Compactions of one attempt from which a reset is due. Default: no limit.')),
  ),
  limit_errors: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description(
        'Failing actions without a better state from which a reset is due. 0: no limit. Default: 20.',
      ),
    ),
  ),
  reset_phases: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether a reset is due when a phase is complete, or a checkpoint is reported. Default: true.',
      ),
    ),
  ),
  reset_topic: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether a reset is due when the operator speaks of something else than all before. Default: false.',
      ),
    ),
  ),
  reset_daily: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as "04:00"'),
      v.description('Local time of day after which an attempt of the day before is reset. Default: never.'),
    ),
  ),
})
export type HealthPlan = v.InferOutput<typeof Health>

export const PlanFile = v.strictObject({
  goal: v.pipe(Text, v.description('What the whole plan is for.')),
  base: v.optional(v.pipe(Ref, v.description('Branch or commit every session starts from.')), 'HEAD'),
  target: v.optional(
    v.pipe(Ref, v.description('Branch the work lands on. Default: the branch that is checked out.')),
  ),
  coordination: v.optional(
    v.pipe(
      v.picklist(['auto', 'on', 'off']),
      v.description(
        'Decisions and status files in the worktrees; auto leaves them out where no piece needs another.',
      ),
    ),
    'auto',
  ),
  scope_requests: v.optional(
    v.pipe(
      v.picklist(REQUEST_POLICIES),
      v.description(
        'What becomes of a request for a path outside the scope. "auto-free": paths that nobody owns are granted at once, the operator decides on the rest. "hand": the same, but a change in what another session owns is handed to that session, unasked. "ask": the operator decides on all. Default: that of the configuration, or "auto-free".',
      ),
    ),
  ),
  enforcement: v.optional(
    v.pipe(
      v.picklist(ENFORCEMENT_LEVELS),
      v.description(
        'What must hold every session inside its scope; the run is refused where less can be had. "enforced": the kernel.',
      ),
    ),
  ),
  setup: v.optional(
    v.pipe(
      CommandLine,
      v.description('Run in every worktree before its agent starts; replaces that of the configuration.'),
    ),
  ),
  pieces: v.pipe(v.array(Piece), v.minLength(1, 'must have at least one piece')),
  shared: v.optional(
    v.pipe(
      v.array(SharedFile),
      v.description('Files that several pieces would touch, each with its policy.'),
    ),
    [],
  ),
  integration: v.optional(
    v.strictObject({
      checks: v.optional(
        v.pipe(v.array(Check), v.description('Must be green on the merged tree before the target moves.')),
        [],
      ),
      style: v.optional(
        v.pipe(
          v.picklist(MERGE_STYLES),
          v.description(
            'How a branch becomes part of the target. "merge" (default): one merge commit. "squash": one commit with all of its changes. "rebase": its commits one by one; a branch whose commits do not apply one by one, or whose merges have resolved something, gets a merge commit, and the log says why.',
          ),
        ),
      ),
      auto_resolve: v.optional(
        v.pipe(
          v.picklist(AUTO_RESOLVE),
          v.description(
            'Which textual conflicts are settled without asking, each named in the merge commit. "off": none. "safe" (default): those settled before, lock files and other generated files, manifests. "all": white space, adjacent lines, declarations of JavaScript and TypeScript, and installed merge drivers too, which are right about four times in five.',
          ),
        ),
      ),
      generated: v.optional(
        v.pipe(
          v.array(Generated),
          v.description(
            'Files that a command writes; in a conflict they are made again. Lock files are known.',
          ),
        ),
      ),
      land: v.optional(
        v.pipe(
          v.picklist(['each', 'together']),
          v.description(
            'When finished branches land. "each" (default): as they finish. "together": once no session is at work any more.',
          ),
        ),
      ),
    }),
    {},
  ),
  limits: v.optional(Limits, {}),
  budget: v.optional(
    v.pipe(
      SpendPlan,
      v.description(
        'What every session may spend, and under `run` all of them together. What reaches it waits for the operator. What is left out here is taken from the configuration.',
      ),
    ),
  ),
  health: v.optional(v.pipe(Health, v.description('What is done about a session whose context degrades.'))),
})

export type PlanFile = v.InferOutput<typeof PlanFile>
export type Piece = v.InferOutput<typeof Piece>
export type SharedFile = v.InferOutput<typeof SharedFile>
export type Scope = v.InferOutput<typeof Scope>
export type Check = v.InferOutput<typeof Check>
