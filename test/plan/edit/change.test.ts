import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { Draft } from '../../../src/plan/edit/draft.ts'
import { layoutOf } from '../../../src/plan/edit/layout.ts'
import { longLiteral } from '../../../src/plan/edit/literal.ts'

const TEXT = `# The plan
goal = "x"   # why

# First piece.
[[pieces]]
id = "a"
brief = """
[not] = "a header" # and no comment
\\"""
"""
scope.include = [
  "src/a/**",   # the a
  "src/x/**"
  # more to come
]

# Second
[[pieces]]
"id"='b'
depends_on=["a"]
[pieces.scope]
include=['src/b/**','src/c/**']  # b
[[pieces.checks]]
name = "t"
run = ["npm", "test"]

[shared_things]
at = 1979-05-27 07:32:00 # a date
list = [ { path = "p", "odd.key" = { deep.er = 1 } }, ]
`

test('every value of a plan is found where it stands, and nothing of what only looks like one', () => {
  const layout = layoutOf(TEXT)
  const raw = (...path: (string | number)[]): string | null => {
    const value = layout.valueAt(path)
    return value === null ? null : TEXT.slice(value.start, value.end)
  }
  expect(raw('goal')).toBe('"x"')
  expect(raw('pieces', 0, 'scope', 'include', 1)).toBe('"src/x/**"')
  expect(raw('pieces', 1, 'id')).toBe("'b'")
  expect(raw('pieces', 1, 'scope', 'include')).toBe("['src/b/**','src/c/**']")
  expect(raw('pieces', 1, 'checks', 0, 'run')).toBe('["npm", "test"]')
  expect(raw('shared_things', 'at')).toBe('1979-05-27 07:32:00')
  expect(raw('shared_things', 'list', 0, 'odd.key', 'deep', 'er')).toBe('1')
  expect(raw('pieces', 2, 'id')).toBeNull()
  expect(layout.comments.map(({ start, end }) => TEXT.slice(start, end))).toEqual([
    '# The plan',
    '# why',
    '# First piece.',
    '# the a',
    '# more to come',
    '# Second',
    '# b',
    '# a date',
  ])
})

function changed(text: string, work: (draft: Draft) => void): string {
  const draft = new Draft(text)
  work(draft)
  return draft.finish()
}

/** Lines that one text has and the other has not. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ]
}

test('a list keeps its layout: one part a line, or all in one', () => {
  const path = ['pieces', 0, 'scope', 'include']
  const added = changed(TEXT, (draft) => draft.add(path, [{ text: 'src/"q"/**', comment: '# new' }]))
  expect(difference(TEXT, added)).toEqual([
    '-  "src/x/**"',
    '+  "src/x/**",',
    String.raw`+  "src/\"q\"/**", # new`,
  ])
  const taken = changed(TEXT, (draft) =>
    expect(draft.carry(path, ['src/a/**', 'nothing'])).toEqual([{ text: 'src/a/**', comment: '# the a' }]),
  )
  expect(difference(TEXT, taken)).toEqual(['-  "src/a/**",   # the a'])
  const other = ['pieces', 1, 'scope', 'include']
  const both = changed(TEXT, (draft) => {
    draft.take(other, ['src/c/**'])
    draft.add(other, [{ text: 'src/d/**', comment: '# was elsewhere' }])
  })
  expect(difference(TEXT, both)).toEqual([
    "-include=['src/b/**','src/c/**']  # b",
    '+# was elsewhere',
    "+include=['src/b/**', 'src/d/**']  # b",
  ])
})

test.each([
  ['["a", "b", "c"]', 'a', '["b", "c"]'],
  ['["a", "b", "c"]', 'b', '["a", "c"]'],
  ['["a", "b", "c"]', 'c', '["a", "b"]'],
  ['[ "a", ]', 'a', '[  ]'],
  ['["a", "b",]', 'b', '["a",]'],
  ['["a"]', 'a', '[]'],
  ['["a", # one\n  "b", # two\n]', 'a', '[# one\n  "b", # two\n]'],
  ['["a", # one\n  "b", # two\n]', 'b', '["a", # one\n]', '# two\n'],
  ['[\n  "a", "b" ]', 'b', '[\n  "a" ]'],
  ['[\n  "a", # one\n  "b" ]', 'b', '[\n  "a", # one\n   ]'],
])('one part is taken out of %j', (list, part, left, above = '') => {
  expect(changed(`k = ${list}\n`, (draft) => draft.take(['k'], [part]))).toBe(`${above}k = ${left}\n`)
})

test('keys are added where the table is, however it is written', () => {
  const text = changed(TEXT, (draft) => {
    draft.add(['pieces', 0, 'scope', 'exclude'], [{ text: 'src/a/b/', comment: null }])
    draft.set(['pieces', 0, 'depends_on'], ['z'])
    draft.add(['pieces', 1, 'scope', 'exclude'], [{ text: 'e', comment: null }])
    draft.set(['shared_things', 'list', 0, 'owner'], 'b')
  })
  expect(difference(TEXT, text)).toEqual([
    '-list = [ { path = "p", "odd.key" = { deep.er = 1 } }, ]',
    '+scope.exclude = ["src/a/b/"]',
    '+depends_on = ["z"]',
    '+exclude = ["e"]',
    '+list = [ { path = "p", "odd.key" = { deep.er = 1 }, owner = "b" }, ]',
  ])
})

test('a table goes with its sections; its comments are kept above its heir, those of others stay', () => {
  const text = changed(TEXT, (draft) => draft.remove(['pieces', 1], ['pieces', 0]))
  expect(text).toContain('# First piece.\n# Second\n# b\n[[pieces]]\nid = "a"')
  expect(text).not.toContain("'b'")
  expect(text).toContain('# more to come\n]\n\n[shared_things]')
  const last = changed('a = 1\n\n[[p]]\nx = 1\n\n# two\n[[p]]\nx = 2', (draft) =>
    draft.remove(['p', 1], null),
  )
  expect(last).toBe('a = 1\n\n[[p]]\nx = 1\n')
  const floating = '[[p]]\nx = 1\n\n[[p]]\nx = 2\n# of x\n\n# ---- the rest ----\n\n[q]\ny = 1\n'
  expect(changed(floating, (draft) => draft.remove(['p', 1], ['p', 0]))).toBe(
    '# of x\n[[p]]\nx = 1\n\n# ---- the rest ----\n\n[q]\ny = 1\n',
  )
})

test('a table is put behind another with all of its sections, also where the list is in brackets', () => {
  const text = changed(TEXT, (draft) => draft.insert(['pieces', 1], { id: 'n', brief: 'one\ntwo "q"' }))
  expect(text).toContain(
    'run = ["npm", "test"]\n\n[[pieces]]\nid = "n"\nbrief = """\none\ntwo \\"q\\""""\n\n[shared_things]',
  )
  const inline = 'pieces = [\n  { id = "a" }, # one\n  { id = "c" }\n]\n'
  expect(changed(inline, (draft) => draft.insert(['pieces', 0], { id: 'b' }))).toBe(
    'pieces = [\n  { id = "a" }, # one\n  { id = "b" },\n  { id = "c" }\n]\n',
  )
  expect(changed(inline, (draft) => draft.insert(['pieces', 1], { id: 'd', t: 'x\ny' }))).toBe(
    'pieces = [\n  { id = "a" }, # one\n  { id = "c" },\n  { id = "d", t = "x\\ny" },\n]\n',
  )
  expect(changed(inline, (draft) => draft.remove(['pieces', 0], ['pieces', 0]))).toBe(
    '# one\npieces = [\n  { id = "c" }\n]\n'.replace('# one\npieces = [\n', 'pieces = [\n  # one\n'),
  )
})

test('line ends are those of the file', () => {
  const text = TEXT.replaceAll('\n', '\r\n')
  const next = changed(text, (draft) => {
    draft.add(['pieces', 0, 'scope', 'include'], [{ text: 'q', comment: null }])
    draft.set(['pieces', 0, 'title'], 'T')
    draft.set(['pieces', 0, 'brief'], 'one\ntwo\n')
    draft.insert(['pieces', 0], { id: 'n', brief: 'three\nfour' })
  })
  expect(next.replaceAll('\r\n', '')).not.toContain('\n')
})

test.each([
  'a',
  'a\n',
  'say "x"',
  'x\n"',
  'x"""',
  '\\',
  'x\\"',
  'a\tb\u0007\u007f',
  '"""\n""""',
  '\n\nx',
  '',
])('a long text comes back as it was: %j', (text) => {
  expect(parse(`k = ${longLiteral(text, '\n')}`)).toEqual({ k: text })
})
