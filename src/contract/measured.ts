// What an agent said of itself when it was started once without a prompt. Kept in the user's cache, shown by `quintet agents`.
import * as v from 'valibot'

const Names = v.array(v.string())

export const MeasuredAgent = v.object({
  /** As it names itself. */
  name: v.string(),
  version: v.string(),
  resume: v.boolean(),
  load: v.boolean(),
  fork: v.boolean(),
  /** How it reaches MCP servers, besides standard streams, which the protocol demands. */
  tools: v.array(v.picklist(['http', 'sse'])),
  /** Null when it opens no session without a login. */
  session: v.nullable(
    v.object({
      modes: Names,
      /** The mode that was asked for, and the one that it was in afterwards. */
      mode: v.object({ wanted: v.nullable(v.string()), actual: v.nullable(v.string()) }),
      /** Size of the context window, when it told one before any prompt. */
      window: v.nullable(v.number()),
    }),
  ),
  /** Why it opens no session without a login; null when it does. That it opens one does not prove a login. */
  login: v.nullable(v.object({ said: v.string(), offers: Names })),
})

export type MeasuredAgent = v.InferOutput<typeof MeasuredAgent>
