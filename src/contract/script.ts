// A script for the scripted agent: what it says, does and asks, step by step. A turn plays steps until `endTurn` or
// the end of the script; the next prompt goes on with the next step.
import * as v from 'valibot'

const Text = v.string()
const Content = { path: v.string(), content: v.optional(Text), from: v.optional(Text) }

/** A tool call that is only told: nothing is run and no file is touched. */
const Told = v.strictObject({
  tool: Text,
  kind: v.optional(
    v.picklist(['read', 'edit', 'delete', 'move', 'search', 'execute', 'think', 'fetch', 'other']),
  ),
  input: v.optional(v.record(Text, v.unknown()), {}),
  output: v.optional(Text, ''),
  exit: v.optional(v.number()),
  ok: v.optional(
    v.pipe(v.boolean(), v.description('Default: whether the exit code, if there is one, is 0.')),
  ),
  edits: v.optional(v.array(v.strictObject({ path: Text, old: v.nullable(Text), new: Text })), []),
})

export const ScriptStep = v.union([
  v.strictObject({ say: Text }),
  v.strictObject({ think: Text }),
  v.strictObject({ read: Text }),
  v.strictObject({ write: v.strictObject(Content) }),
  v.strictObject({ edit: v.strictObject({ path: Text, old: Text, new: Text }) }),
  v.strictObject({ delete: Text }),
  v.strictObject({ run: v.pipe(v.array(Text), v.minLength(1)), expect: v.optional(v.number()) }),
  v.strictObject({
    call: v.pipe(
      v.union([Told, v.pipe(v.array(Told), v.minLength(1))]),
      v.description('Calls of tools that are told, not made; several in a list are made at once.'),
    ),
  }),
  v.strictObject({ commit: Text }),
  v.strictObject({
    apply: v.pipe(Text, v.description('A commit; its diff is applied and committed with its message.')),
    paths: v.optional(
      v.pipe(v.array(Text), v.description('Pathspecs; only this part of the diff is applied.')),
    ),
  }),
  v.strictObject({
    status: v.strictObject({
      completed: v.optional(v.array(Text), []),
      inProgress: v.optional(v.array(Text), []),
      blockedOn: v.optional(v.array(Text), []),
    }),
  }),
  v.strictObject({ permission: v.strictObject({ title: Text, path: Text }) }),
  v.strictObject({
    ask: v.strictObject({ name: Text, question: Text, options: v.optional(v.array(Text), []) }),
  }),
  v.strictObject({
    mcp: v.strictObject({
      tool: v.pipe(Text, v.description('Name of a tool that the agent was offered over HTTP.')),
      arguments: v.optional(v.record(Text, v.unknown()), {}),
      into: v.optional(v.pipe(Text, v.description('Name under which the answer can be used later.'))),
    }),
  }),
  v.strictObject({
    usage: v.pipe(v.number(), v.description('Context used, in tokens.')),
    output: v.optional(v.pipe(v.number(), v.description('Tokens put out; told with the end of the turn.'))),
    cost: v.optional(
      v.pipe(
        v.number(),
        v.description('Cost of the conversation so far, in USD; agents never count it down.'),
      ),
    ),
  }),
  v.strictObject({ compact: v.pipe(Text, v.description('Summary; usage falls to a tenth.')) }),
  v.strictObject({ wait: v.pipe(v.number(), v.description('Milliseconds.')) }),
  v.strictObject({ waitFor: v.pipe(Text, v.description('Path that must exist before the script goes on.')) }),
  v.strictObject({ fail: v.pipe(Text, v.description('The prompt is answered with a protocol error.')) }),
  v.strictObject({ hang: v.literal(true) }),
  v.strictObject({ die: v.pipe(v.number(), v.description('Exit code of the process, at once.')) }),
  v.strictObject({ garbage: v.pipe(Text, v.description('Written to standard output as it is.')) }),
  v.strictObject({ endTurn: v.literal(true) }),
])

export const Script = v.strictObject({
  schema: v.literal(1),
  name: Text,
  window: v.optional(v.number(), 200_000),
  recalls: v.optional(
    v.pipe(
      v.array(v.strictObject({ about: Text, answer: v.unknown() })),
      v.description(
        'What a fork answers to a question (`q1: …`) that holds this text; "unknown" to others. `$NAME` is that variable of its environment.',
      ),
    ),
  ),
  steps: v.array(ScriptStep),
})

export type ToldCall = v.InferOutput<typeof Told>
export type ScriptStep = v.InferOutput<typeof ScriptStep>
export type Script = v.InferOutput<typeof Script>
