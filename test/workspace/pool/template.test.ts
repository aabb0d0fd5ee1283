import { expect, it } from 'vitest'
import { parseIncludeRules } from '../../../src/workspace/include-rules.ts'
import { newRecord, type SlotRecord } from '../../../src/workspace/pool/slot.ts'
import { canBeTemplates, templates, whyNotWhole } from '../../../src/workspace/pool/template.ts'

const slot = (id: string, changes: Partial<SlotRecord> = {}): SlotRecord => ({
  ...newRecord({
    id,
    path: `/slots/${id}`,
    exclude: null,
    base: 'base',
    coordinationFolder: '.quintet/session',
    state: 'ready',
    owner: null,
  }),
  fingerprint: 'f',
  dependencies: 'installed',
  programs: 'p',
  readyAt: 1,
  filledAt: 1,
  marks: 'm',
  otherNames: 'o',
  settings: '',
  ...changes,
})

it('takes ready slots that a new one would be equal to', () => {
  const records = [
    slot('good'),
    slot('busy', { state: 'filling' }),
    slot('kept', { kept: 'Somebody was in it.' }),
    slot('unseen', { marks: null }),
    slot('older', { base: 'older' }),
    slot('set-up', { setup: 's' }),
    slot('programs', { programs: 'q' }),
    slot('includes', { includes: 'i' }),
    slot('missing', { otherNames: null }),
    slot('settings', { settings: 's' }),
    slot('elsewhere', { coordinationFolder: '.other' }),
  ]
  const spec = { base: 'base', coordinationFolder: '.quintet/session' }
  const found = templates(records, spec, { programs: 'p', includes: null })
  expect(found.map(({ id }) => id)).toEqual(['good'])
})

it('makes no templates of slots with a set-up, or with pnpm below the top', () => {
  expect(canBeTemplates({}, ['pnpm-lock.yaml', 'src/a.ts'])).toBe(true)
  expect(canBeTemplates({ setup: ['make'] }, [])).toBe(false)
  expect(canBeTemplates({}, ['web/pnpm-lock.yaml'])).toBe(false)
})

it('takes nothing along that may be wrong elsewhere', () => {
  const root = { dir: '', manager: 'npm', lock: 'package-lock.json', workspaces: false } as const
  const template = {
    roots: [root],
    ignored: ['node_modules/', '.env'],
    inside: ['node_modules/a', 'node_modules/.bin'],
    includes: parseIncludeRules('.env'),
  }
  expect(whyNotWhole(template)).toBeNull()
  expect(whyNotWhole({ ...template, includes: null })).toContain('.env')
  expect(whyNotWhole({ ...template, ignored: ['dist/'] })).toContain('dist/')
  expect(whyNotWhole({ ...template, inside: ['node_modules/.cache'] })).toContain('.cache')
  expect(whyNotWhole({ ...template, roots: [{ ...root, manager: 'uv' }] })).toContain('virtual environment')
})
