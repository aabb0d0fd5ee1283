import { describe, expect, it } from 'vitest'
import { parseStatus, STATUS_LIMIT, statusTemplate } from '../../src/coordination/status.ts'

const lists = (text: string) => {
  const { completed, inProgress, blockedOn } = parseStatus(text)
  return { completed, inProgress, blockedOn }
}

describe('parseStatus', () => {
  it('reads the plain form', () => {
    const text =
      '# Status\n\n## Completed\n- parser\n- lexer\n\n## In Progress\n- tests\n\n## Blocked On\n- the schema of `users` (data)\n'
    expect(lists(text)).toEqual({
      completed: ['parser', 'lexer'],
      inProgress: ['tests'],
      blockedOn: ['the schema of `users` (data)'],
    })
  })

  it('finds nothing in the template', () => {
    const template = statusTemplate({ id: 'auth', title: 'Auth\nrefactor' })
    expect(template).toMatch(/^# Status: auth \(Auth refactor\)\n/)
    expect(lists(template)).toEqual({ completed: [], inProgress: [], blockedOn: [] })
  })

  it('keeps the text as written, byte order mark and line ends included', () => {
    const text = '\uFEFF## Completed\r\n- a\r\n\r\n### in progress ###\r\n* b\r\n'
    const status = parseStatus(text)
    expect(status.verbatim).toBe(text)
    expect(status.completed).toEqual(['a'])
    expect(status.inProgress).toEqual(['b'])
  })

  it.each([
    ['setext', 'Completed\n=========\n- a\n\nIn Progress\n---\n- b\n'],
    ['bold', '**Completed**\n- a\n**In progress:**\n- b\n'],
    ['bold with text on the line', '**Completed:** a\n\n**In-Progress:** b\n'],
    ['plain labels', 'Completed:\n- a\nIN PROGRESS:\n- b\n'],
    ['labels in bullets', '- **Completed:** a\n- **In Progress:** b\n- **Blocked On:** none\n'],
    ['labels with nested bullets', '- Completed:\n  - a\n- In progress:\n  - b\n'],
    ['level 1 and 6', '# Completed\n+ a\n###### Working on\n1. b\n'],
    ['numbers and emoji', '## 1. ✅ Completed (1)\n1) a\n## 2. 🚧 In Progress\n2) b\n'],
    ['checkboxes', '## Done\n- [x] a\n## WIP\n- [ ] b\n'],
    ['paragraphs', '## Completed\n\na\n\n## In Progress\n\nb\n'],
    ['old mac line ends', '## Completed\r- a\r## In Progress\r- b\r'],
  ])('reads %s', (_name, text) => {
    expect(lists(text)).toEqual({ completed: ['a'], inProgress: ['b'], blockedOn: [] })
  })

  it.each([
    'none',
    'None.',
    '- none',
    '- None yet',
    '-',
    '- -',
    '* —',
    '_none_',
    '(none)',
    'N/A',
    '- n/a',
    'Nothing',
    '- **None**',
    '<!-- nothing -->',
  ])('takes %j for nothing', (text) => {
    expect(parseStatus(`## Blocked On\n${text}\n`).blockedOn).toEqual([])
    expect(parseStatus(`Blocked on: ${text}`).blockedOn).toEqual([])
  })

  it('joins wrapped lines and separates paragraphs', () => {
    expect(
      lists('## Blocked On\n- the name of\n  the column\nand its type\n\nA second matter.\n').blockedOn,
    ).toEqual(['the name of the column and its type', 'A second matter.'])
  })

  it('leaves what stands below other headings, in comments and code blocks out', () => {
    const text =
      '## Completed\n- a\n```\n## Blocked On\n- not this\n```\n### Detail\n- b\n## Notes\n- c\n<!--\n## Blocked On\n- nor this\n-->\n'
    expect(lists(text)).toEqual({ completed: ['a', 'b'], inProgress: [], blockedOn: [] })
  })

  it('takes a labelled bullet below a heading for one item', () => {
    const text = '## In Progress\n- lexer\n- Blocked: which schema?\n- parser\n## Blocked On\n'
    expect(lists(text)).toEqual({
      completed: [],
      inProgress: ['lexer', 'parser'],
      blockedOn: ['which schema?'],
    })
  })

  it('does not take an ordinary bullet for a label', () => {
    expect(lists('## In Progress\n- done\n- Blocked users can no longer log in\n').inProgress).toEqual([
      'done',
      'Blocked users can no longer log in',
    ])
  })

  it('reads the last message of a turn', () => {
    const text =
      'All tests pass.\n\n## Completed\n\n- routes\n\n## In Progress\n\n- none\n\n## Blocked On\n\n- `package.json` (operator): add `zod`\n'
    expect(lists(text).blockedOn).toEqual(['`package.json` (operator): add `zod`'])
  })

  it('is not confused by anything', () => {
    for (const text of ['', '\0', '#', '```', '<!--', '- ', '::::', '**', '\uFEFF', '## \n##\n']) {
      expect(lists(text)).toEqual({ completed: [], inProgress: [], blockedOn: [] })
    }
  })

  it('keeps 64 KB, cut between characters, in linear time', () => {
    const status = parseStatus(`## Completed\n- ${'é'.repeat(STATUS_LIMIT)}`)
    const bytes = new TextEncoder().encode(status.verbatim).length
    expect(bytes).toBeLessThanOrEqual(STATUS_LIMIT)
    expect(bytes).toBeGreaterThan(STATUS_LIMIT - 4)
    expect(status.verbatim).not.toContain('\uFFFD')
    const started = performance.now()
    for (const unit of ['*', '_ ', '<!--', '`', '- ', ' ', '[', '1', ':', '#'])
      parseStatus(unit.repeat(STATUS_LIMIT))
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
