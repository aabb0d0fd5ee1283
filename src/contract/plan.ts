// The plan file, `.quintet/plans/<name>.toml`. The JSON Schema under schemas/ is generated from this schema.
import * as v from 'valibot'

const ID_MESSAGE =
  'must be lower-case letters, digits and dashes, beginning with a letter (it becomes a branch name)'

/** A piece id: it is part of a branch name, a folder name and a URL. At most 40 characters. */
export const PieceId = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/, ID_MESSAGE))

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'))
const Patterns = v.pipe(
  v.array(Text),
  v.description('Path patterns with gitignore semantics, relative to the repository root.'),
)

/** A command as an argument list. No shell is involved. */
export const CommandLine = v.pipe(
  v.array(v.string()),
  v.minLength(1, 'must name a program'),
  v.check((words) => (words[0] ?? '').length > 0, 'must begin with a program name'),
  v.description('A command as a list of words; it is run without a shell.'),
)

/** A named check: green when the command exits with 0 within the time limit. */
export const Check = v.strictObject({
  name: Text,
  run: CommandLine,
  timeout_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1800),
})

export const Scope = v.strictObject({
  include: Patterns,
  exclude: v.optional(Patterns, []),
})

export const Piece = v.strictObject({
  id: PieceId,
  title: Text,
  brief: Text,
  scope: Scope,
  reads: v.optional(
    v.pipe(
      Patterns,
      v.description('Paths that the piece is expected to read; told to the agent, not enforced.'),
    ),
    [],
  ),
  depends_on: v.optional(v.array(v.string()), []),
  agent: v.optional(v.pipe(Text, v.description('An agent from the configuration, or "scripted".'))),
  script: v.optional(
    v.pipe(Text, v.description('Script for the scripted agent, relative to the repository root.')),
  ),
  checks: v.optional(v.array(Check), []),
})

export const SharedFile = v.variant('policy', [
  v.strictObject({ path: Text, policy: v.literal('owner'), owner: v.string() }),
  v.strictObject({ path: Text, policy: v.literal('operator') }),
])

export const Limits = v.strictObject({
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
})

export const PlanFile = v.strictObject({
  goal: Text,
  base: v.optional(v.pipe(Text, v.description('Branch or commit every session starts from.')), 'HEAD'),
  target: v.optional(
    v.pipe(Text, v.description('Branch the work lands on. Default: the branch that is checked out.')),
  ),
  coordination: v.optional(v.picklist(['auto', 'on', 'off']), 'auto'),
  setup: v.optional(CommandLine),
  pieces: v.pipe(v.array(Piece), v.minLength(1, 'must have at least one piece')),
  shared: v.optional(v.array(SharedFile), []),
  integration: v.optional(v.strictObject({ checks: v.optional(v.array(Check), []) }), {}),
  limits: v.optional(Limits, {}),
})

export type PlanFile = v.InferOutput<typeof PlanFile>
export type Piece = v.InferOutput<typeof Piece>
export type SharedFile = v.InferOutput<typeof SharedFile>
export type Scope = v.InferOutput<typeof Scope>
export type Check = v.InferOutput<typeof Check>
