// What an agent asks during a turn turned into our questions, and our answers into what the protocol expects. Pure; the
// policy is elsewhere. What an option does is decided by its declared kind alone: position and wording differ between
// agents, and "allow" taken from the wording once allowed everything that followed.
import type {
  CreateElicitationRequest,
  CreateElicitationResponse,
  ElicitationContentValue,
  PermissionOption,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk'
import * as v from 'valibot'
import type { AgentAnswer, AgentQuestion } from '../../contract/agent.ts'
import { mergeTool, type Memory } from './normalise.ts'

type Option = AgentQuestion['options'][number]

const EFFECTS: Readonly<Record<string, Option['effect']>> = {
  allow_once: 'allow_once',
  allow_always: 'allow_always',
  reject_once: 'reject',
  reject_always: 'reject',
}

/** The question behind a permission request; the tool call of the same id fills in what the request leaves out. */
export function permissionQuestion(request: RequestPermissionRequest, memory: Memory): AgentQuestion {
  const tool = mergeTool(request.toolCall, memory)
  return {
    kind: 'permission',
    text: tool?.title || 'The agent asks for permission.',
    options: request.options.map(({ optionId, name, kind }) => ({
      id: optionId,
      label: name,
      effect: EFFECTS[kind] ?? 'answer',
    })),
    paths: tool?.paths ?? [],
    ...(tool === null ? {} : { tool: tool.tool }),
  }
}

/** The protocol's form of an answer. Text and a refusal to choose reject once; an unknown option cancels. */
export function permissionResponse(
  request: RequestPermissionRequest,
  answer: AgentAnswer,
): RequestPermissionResponse {
  const id = answer.kind === 'option' ? answer.id : rejection(request.options)
  const known = request.options.some(({ optionId }) => optionId === id)
  return id !== undefined && known ? { outcome: { outcome: 'selected', optionId: id } } : CANCELLED
}

/** The answer to a permission request nobody can answer any more. */
export const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } }

function rejection(options: readonly PermissionOption[]): string | undefined {
  const once = options.find(({ kind }) => kind === 'reject_once')
  return (once ?? options.find(({ kind }) => kind === 'reject_always'))?.optionId
}

/** One field of a form and the question that asks for it. */
export interface FormField {
  readonly name: string
  readonly type: string
  readonly question: AgentQuestion
}

const Form = v.object({
  mode: v.literal('form'),
  message: v.string(),
  requestedSchema: v.object({
    properties: v.nullish(v.record(v.string(), v.unknown())),
    required: v.nullish(v.array(v.string())),
  }),
})
const Property = v.object({
  type: v.string(),
  title: v.nullish(v.string()),
  description: v.nullish(v.string()),
  enum: v.nullish(v.array(v.string())),
  oneOf: v.nullish(v.array(v.object({ const: v.string(), title: v.nullish(v.string()) }))),
})
const MAX_FIELDS = 20

/** The questions a form consists of, to be asked one after the other; empty when it is none that we can put. */
export function formFields(request: CreateElicitationRequest): FormField[] {
  const form = v.safeParse(Form, request)
  if (!form.success) return []
  const { message, requestedSchema } = form.output
  const properties = Object.entries(requestedSchema.properties ?? {})
  const required = requestedSchema.required ?? []
  const asked = required.length === 0 ? properties : properties.filter(([name]) => required.includes(name))
  return asked.slice(0, MAX_FIELDS).flatMap(([name, property]) => {
    const field = v.safeParse(Property, property)
    if (!field.success) return []
    const { type, title, description } = field.output
    const label = asked.length === 1 ? '' : (title ?? description ?? name)
    const text = label === '' ? message : `${message}\n${label}`
    return [{ name, type, question: { kind: 'question', text, options: choices(field.output), paths: [] } }]
  })
}

function choices(property: v.InferOutput<typeof Property>): Option[] {
  const listed = property.oneOf?.map((item) => ({ id: item.const, label: item.title ?? item.const }))
  const plain = property.enum?.map((value) => ({ id: value, label: value }))
  const yesNo = [
    { id: 'true', label: 'Yes' },
    { id: 'false', label: 'No' },
  ]
  const options = listed ?? plain ?? (property.type === 'boolean' ? yesNo : [])
  return options.map((option) => ({ ...option, effect: 'answer' }))
}

/** A filled form; declined as a whole when one field was. `answers` are in the order of `fields`. */
export function formResponse(
  fields: readonly FormField[],
  answers: readonly AgentAnswer[],
): CreateElicitationResponse {
  const content: Record<string, ElicitationContentValue> = {}
  for (const [index, field] of fields.entries()) {
    const answer = answers[index]
    if (answer === undefined || answer.kind === 'declined') return { action: 'decline' }
    const value = fieldValue(field.type, answer.kind === 'option' ? answer.id : answer.text)
    if (value === null) return { action: 'decline' }
    content[field.name] = value
  }
  return fields.length === 0 ? { action: 'decline' } : { action: 'accept', content }
}

function fieldValue(type: string, text: string): ElicitationContentValue | null {
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'array':
      return [text]
    case 'number':
    case 'integer': {
      const value = Number(text)
      return Number.isFinite(value) && text.trim() !== '' ? value : null
    }
    default:
      return text
  }
}
