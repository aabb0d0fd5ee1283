// A request to the model in one shape, whichever of the four protocols it came by. Unknown fields are ignored: agents send
// many. Pure.
import * as v from 'valibot'

export type Protocol = 'anthropic' | 'responses' | 'chat' | 'gemini'

export interface OfferedTool {
  readonly name: string
  /** Group that the tool is in, where the protocol has groups. */
  readonly group?: string
  readonly parameters: Readonly<Record<string, ParameterShape>>
  readonly required: readonly string[]
  /** Takes free text instead of an object. */
  readonly freeform: boolean
}

export interface ParameterShape {
  readonly type?: string | undefined
  readonly enum?: readonly unknown[] | undefined
}

export interface ModelMessage {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

export interface ModelRequest {
  readonly protocol: Protocol
  readonly stream: boolean
  readonly model: string
  readonly system: string
  /** Most tokens that the answer may have; null when it is not limited. */
  readonly limit: number | null
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly OfferedTool[]
  /** Schema of the JSON that is asked for instead of text. */
  readonly wants: unknown
}

const Any = v.optional(v.unknown())
const Text = v.fallback(v.optional(v.string(), ''), '')
const Flag = v.fallback(v.optional(v.boolean(), false), false)
const Limit = v.fallback(v.nullish(v.number(), null), null)
const list = <T extends v.GenericSchema>(item: T) => v.fallback(v.optional(v.array(item), []), [])
const Shape = v.looseObject({
  type: v.fallback(v.optional(v.string()), undefined),
  enum: v.fallback(v.optional(v.array(v.unknown())), undefined),
})
const Schema = v.fallback(
  v.optional(
    v.looseObject({
      properties: v.fallback(v.optional(v.record(v.string(), v.fallback(Shape, {})), {}), {}),
      required: list(v.string()),
    }),
    { properties: {}, required: [] },
  ),
  { properties: {}, required: [] },
)

/** The request behind a body that was posted to `path`; null when no model is asked for an answer there. */
export function parseRequest(path: string, body: unknown): ModelRequest | null {
  if (path.endsWith('/messages')) return anthropic(body)
  if (path.endsWith('/responses')) return responses(body)
  if (path.endsWith('/chat/completions')) return chat(body)
  const [, model = '', verb = ''] = /models\/([^:/]+):(\w+)$/.exec(path) ?? []
  return model === '' ? null : gemini(body, model, verb)
}

function anthropic(body: unknown): ModelRequest {
  const Body = v.looseObject({
    model: Text,
    stream: Flag,
    max_tokens: Limit,
    system: Any,
    messages: list(v.looseObject({ role: Text, content: Any })),
    tools: list(v.looseObject({ name: Text, input_schema: Schema })),
  })
  const { model, stream, max_tokens, system, messages, tools } = v.parse(Body, body)
  return {
    protocol: 'anthropic',
    stream,
    model,
    system: flat(system),
    limit: max_tokens,
    messages: messages.map(({ role, content }) => ({ role: roleOf(role), text: flat(content) })),
    tools: tools
      .filter(({ name }) => name !== '')
      .map(({ name, input_schema: { properties, required } }) => ({
        name,
        parameters: properties,
        required,
        freeform: false,
      })),
    wants: null,
  }
}

function responses(body: unknown): ModelRequest {
  const Tool = v.looseObject({ type: Text, name: Text, parameters: Schema })
  const Body = v.looseObject({
    model: Text,
    stream: Flag,
    max_output_tokens: Limit,
    instructions: Any,
    input: Any,
    tools: list(v.looseObject({ ...Tool.entries, tools: list(Tool) })),
  })
  const { model, stream, max_output_tokens, instructions, input, tools } = v.parse(Body, body)
  const items = v.parse(
    list(v.looseObject({ role: Text, content: Any, output: Any })),
    typeof input === 'string' ? [{ role: 'user', content: input }] : input,
  )
  const offered = (tool: v.InferOutput<typeof Tool>): OfferedTool => ({
    name: tool.name,
    parameters: tool.parameters.properties,
    required: tool.parameters.required,
    freeform: tool.type === 'custom',
  })
  return {
    protocol: 'responses',
    stream,
    model,
    system: flat(instructions),
    limit: max_output_tokens,
    messages: items.map(({ role, content, output }) => ({
      // Results of tools have no role.
      role: role === '' && output !== undefined ? 'user' : roleOf(role || 'assistant'),
      text: flat(content ?? output),
    })),
    tools: tools
      .flatMap((tool) =>
        tool.type === 'namespace'
          ? tool.tools.map((inner) => ({ ...offered(inner), group: tool.name }))
          : [offered(tool)],
      )
      .filter(({ name }) => name !== ''),
    wants: null,
  }
}

function chat(body: unknown): ModelRequest {
  const Body = v.looseObject({
    model: Text,
    stream: Flag,
    max_tokens: Limit,
    messages: list(v.looseObject({ role: Text, content: Any })),
    tools: list(v.looseObject({ function: v.looseObject({ name: Text, parameters: Schema }) })),
  })
  const { model, stream, max_tokens, messages, tools } = v.parse(Body, body)
  const isSystem = ({ role }: { readonly role: string }): boolean => role === 'system' || role === 'developer'
  return {
    protocol: 'chat',
    stream,
    model,
    system: messages
      .filter(isSystem)
      .map(({ content }) => flat(content))
      .join('\n'),
    limit: max_tokens,
    messages: messages
      .filter((message) => !isSystem(message))
      .map(({ role, content }) => ({ role: roleOf(role), text: flat(content) })),
    tools: tools.map(({ function: { name, parameters } }) => ({
      name,
      parameters: parameters.properties,
      required: parameters.required,
      freeform: false,
    })),
    wants: null,
  }
}

function gemini(body: unknown, model: string, verb: string): ModelRequest {
  const Parts = v.fallback(v.optional(v.looseObject({ parts: Any }), {}), {})
  const NOTHING = { maxOutputTokens: null, responseMimeType: '' }
  const Config = v.fallback(
    v.optional(
      v.looseObject({
        maxOutputTokens: Limit,
        responseMimeType: Text,
        responseJsonSchema: Any,
        responseSchema: Any,
      }),
      NOTHING,
    ),
    NOTHING,
  )
  const Declared = v.looseObject({ name: Text, parameters: Schema, parametersJsonSchema: Schema })
  const Body = v.looseObject({
    systemInstruction: Parts,
    generationConfig: Config,
    contents: list(v.looseObject({ role: Text, parts: Any })),
    tools: list(v.looseObject({ functionDeclarations: list(Declared) })),
  })
  const { systemInstruction, generationConfig, contents, tools } = v.parse(Body, body)
  const { responseMimeType, responseJsonSchema, responseSchema, maxOutputTokens } = generationConfig
  const isJson = responseMimeType === 'application/json'
  return {
    protocol: 'gemini',
    stream: verb === 'streamGenerateContent',
    model,
    system: flat(systemInstruction.parts),
    limit: maxOutputTokens,
    messages: contents.map(({ role, parts }) => ({
      role: role === 'model' ? 'assistant' : 'user',
      text: flat(parts),
    })),
    tools: tools.flatMap(({ functionDeclarations }) =>
      functionDeclarations.map(({ name, parameters, parametersJsonSchema }) => ({
        name,
        parameters: { ...parametersJsonSchema.properties, ...parameters.properties },
        required: [...parametersJsonSchema.required, ...parameters.required],
        freeform: false,
      })),
    ),
    wants: isJson ? (responseJsonSchema ?? responseSchema ?? {}) : null,
  }
}

/** Results of tools are told by the user's side. */
function roleOf(role: string): ModelMessage['role'] {
  return role === 'assistant' ? 'assistant' : 'user'
}

/** All text of a content, however deep it is nested. */
function flat(content: unknown): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map(flat).join('\n')
  if (typeof content !== 'object' || content === null) return ''
  if ('text' in content) return flat(content.text)
  if ('functionResponse' in content) return JSON.stringify(content.functionResponse)
  return 'content' in content ? flat(content.content) : ''
}
