// What a headless program is called with, and what is heard of it. Pure.
import * as v from 'valibot'

export interface OnceArguments {
  readonly schema: object | null
  readonly schemaFile: string | null
  /** Conversation to copy; null for a new one. */
  readonly forkOf: string | null
  /** Answers of its model that it may work for, with its tools; null: it is only asked. */
  readonly turns: number | null
}

export interface Heard {
  /** Its answer; empty when it gave none. */
  readonly text: string
  /** Tokens of all its calls of the model, those from the cache too; null: not told. */
  readonly usage: { readonly tokens: number; readonly output: number } | null
  /** In USD, of the whole conversation: a copy begins with what the conversation had cost. Null: not told. */
  readonly cost: number | null
  /** Id of the conversation that it was. */
  readonly conversation: string | null
}

/** The lines that are JSON and fit, in their order; programs print other words between them. */
export function jsonLines<S extends v.GenericSchema>(output: string, schema: S): readonly v.InferOutput<S>[] {
  const Line = v.pipe(v.string(), v.parseJson(), schema)
  return output.split('\n').flatMap((line) => {
    const parsed = v.safeParse(Line, line)
    return parsed.success ? [parsed.output] : []
  })
}
