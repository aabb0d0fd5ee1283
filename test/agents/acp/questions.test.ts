import { describe, expect, test } from 'vitest'
import {
  formFields,
  formResponse,
  permissionQuestion,
  permissionResponse,
} from '../../../src/agents/acp/questions.ts'

const memory = { roots: ['/r'], tools: new Map(), compaction: null, estimates: false }
const request = {
  sessionId: 's',
  toolCall: { toolCallId: 't', title: 'Write', kind: 'edit' as const, locations: [{ path: '/r/a' }] },
  options: [
    { optionId: '1', name: 'Always', kind: 'allow_always' as const },
    { optionId: '2', name: 'Yes', kind: 'allow_once' as const },
    { optionId: '3', name: 'Never', kind: 'reject_always' as const },
    { optionId: '4', name: 'No', kind: 'reject_once' as const },
  ],
}
const selected = (optionId: string): object => ({ outcome: { outcome: 'selected', optionId } })
const form = (requestedSchema: object, mode = 'form') => ({
  mode,
  sessionId: 's',
  message: 'Tell.',
  requestedSchema,
})

describe('permissions', () => {
  test('are questions whose options are told by kind', () => {
    const question = permissionQuestion(request, memory)
    expect(question).toMatchObject({ kind: 'permission', text: 'Write', paths: ['a'], tool: 'edit' })
    expect(question.options.map(({ effect }) => effect)).toEqual([
      'allow_always',
      'allow_once',
      'reject',
      'reject',
    ])
  })

  test.each([
    [{ kind: 'option', id: '2' } as const, selected('2')],
    [{ kind: 'option', id: 'nope' } as const, { outcome: { outcome: 'cancelled' } }],
    [{ kind: 'declined' } as const, selected('4')],
    [{ kind: 'text', text: 'yes' } as const, selected('4')],
  ])('%j is answered with %j', (answer, response) => {
    expect(permissionResponse(request, answer)).toEqual(response)
  })

  test('that cannot be refused are cancelled', () => {
    const options = request.options.slice(0, 2)
    expect(permissionResponse({ ...request, options }, { kind: 'declined' })).toEqual({
      outcome: { outcome: 'cancelled' },
    })
  })
})

describe('forms', () => {
  test('ask for each required field in turn', () => {
    const fields = formFields(
      form({
        properties: {
          name: { type: 'string', title: 'Name' },
          size: { type: 'integer', description: 'Size' },
          note: { type: 'string' },
          sure: { type: 'boolean' },
        },
        required: ['name', 'size', 'sure'],
      }),
    )
    expect(fields.map(({ name, question }) => [name, question.text])).toEqual([
      ['name', 'Tell.\nName'],
      ['size', 'Tell.\nSize'],
      ['sure', 'Tell.\nsure'],
    ])
    const answers = [
      { kind: 'text', text: 'x' },
      { kind: 'text', text: '3' },
      { kind: 'option', id: 'false' },
    ] as const
    expect(formResponse(fields, answers)).toEqual({
      action: 'accept',
      content: { name: 'x', size: 3, sure: false },
    })
    expect(formResponse(fields, answers.slice(0, 2))).toEqual({ action: 'decline' })
    expect(formResponse(fields, [answers[0], { kind: 'text', text: 'big' }, answers[2]])).toEqual({
      action: 'decline',
    })
  })

  test('offer choices', () => {
    const oneOf = [{ const: 'a', title: 'An A' }, { const: 'b' }]
    const [titled] = formFields(form({ properties: { x: { type: 'string', oneOf } } }))
    expect(titled?.question.options).toEqual([
      { id: 'a', label: 'An A', effect: 'answer' },
      { id: 'b', label: 'b', effect: 'answer' },
    ])
    expect(titled?.question.text).toBe('Tell.')
  })

  test.each([form({}, 'url'), form({}), form({ properties: { x: 'text' } })])(
    'that cannot be put are declined: %j',
    (request) => {
      expect(formResponse(formFields(request), [])).toEqual({ action: 'decline' })
    },
  )
})
