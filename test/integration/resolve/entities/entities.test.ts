// Merging scripts by what they declare: single rules first, then generated files.
import { expect, test } from 'vitest'
import { mergeEntities } from '../../../../src/integration/resolve/entities/entities.ts'
import { lineEdits } from '../../../../src/integration/resolve/line-edits.ts'
import { generatedCase } from '../generated-scripts.ts'

function merged(base: string, ours: string, theirs: string, path = 'a.ts'): string | null {
  return mergeEntities({ path, base, ours, theirs })
}

const HEAD = `// Licence\n\n'use strict'\n\nimport { a } from 'x'\n\n`

test('two additions at one end: ours first', () => {
  const base = `${HEAD}function first() {}\n`
  const ours = `${base}\n/** Ours. */\nfunction second() {}\n`
  const theirs = `${base}\n// Theirs.\nexport const third = 3\n`
  expect(merged(base, ours, theirs)).toBe(
    `${base}\n/** Ours. */\nfunction second() {}\n\n// Theirs.\nexport const third = 3\n`,
  )
})

test('additions before the first declaration stay below the licence', () => {
  const base = `// Licence\n\nfunction first() {}\n`
  const with_ = (name: string): string => `// Licence\n\nfunction ${name}() {}\n\nfunction first() {}\n`
  expect(merged(base, with_('a'), with_('b'))).toBe(
    '// Licence\n\nfunction a() {}\n\nfunction b() {}\n\nfunction first() {}\n',
  )
})

test('imports by their names, in the layout that is there', () => {
  const one = (names: string): string => `import ${names} from 'x'\n\na()\n`
  expect(merged(one('{ a }'), one('{ a, b }'), one('{ a, c }'))).toBe(one('{ a, b, c }'))
  expect(merged(one('{ a, d }'), one('{ a, b, d }'), one('{ a, c, d }'))).toBe(one('{ a, b, c, d }'))
  expect(merged(one('{ a, z }'), one('{ a }'), one('{ a, b, z }'))).toBe(one('{ a, b }'))
  expect(merged(one('{\n  a,\n}'), one('{\n  a,\n  b,\n}'), one('{\n  a,\n  c,\n}'))).toBe(
    one('{\n  a,\n  b,\n  c,\n}'),
  )
  expect(merged(one('x, { a }'), one('x, { a, b }'), one('y, { a, c }'))).toBe(one('y, { a, b, c }'))
  expect(merged(one('{ a }'), one('{ a, b as q }'), one('{ a, c as q }'))).toBeNull()
  const required = (names: string): string => `const ${names} = require('x')\n`
  expect(merged(required('{ a }'), required('{ a, b }'), required('{ a, c: d }'), 'a.js')).toBe(
    required('{ a, b, c: d }'),
  )
})

test('different members of one class', () => {
  const one = (head: string, members: string): string => `export class A${head} {\n${members}}\n`
  const base = one('', '  a() {}\n')
  const ours = one(' extends B', '  a() {}\n\n  b() {}\n')
  const theirs = one('', '  // Counts.\n  #c = 1\n  a() {}\n  get d() {\n    return 1\n  }\n')
  expect(merged(base, ours, theirs)).toBe(
    one(' extends B', '  // Counts.\n  #c = 1\n  a() {}\n\n  b() {}\n  get d() {\n    return 1\n  }\n'),
  )
  expect(merged(base, one('', '  a() { x() }\n'), one('', '  a() { y() }\n'))).toBeNull()
})

test('entries of an object, with and without a comma after the last', () => {
  const one = (entries: string): string => `module.exports = {\n${entries}\n}\n`
  const base = one(`  // One.\n  a: 1`)
  const ours = one(`  // One.\n  a: 1,\n  b: ', // no' // note, this`)
  const theirs = one(`  // One.\n  a: 2, // changed\n  'c-d': {\n    e: 1\n  }`)
  expect(merged(base, ours, theirs, 'a.js')).toBe(
    one(`  // One.\n  a: 2, // changed\n  b: ', // no', // note, this\n  'c-d': {\n    e: 1\n  }`),
  )
  expect(merged(one('  a: 1,'), one('  a: 1,\n  b,'), one('  a: 1,\n  c() {},'), 'a.js')).toBe(
    one('  a: 1,\n  b,\n  c() {},'),
  )
  expect(merged(one('  a: 1'), one('  a: 1,\n  ...b'), one('  a: 1,\n  c'), 'a.js')).toBeNull()
  const nested = (entries: string): string =>
    `export default foo({\n  on: {\n${entries}  },\n  off: [],\n})\n`
  expect(merged(nested('    a,\n'), nested('    a,\n    b,\n'), nested('    a,\n    c,\n'))).toBe(
    nested('    a,\n    b,\n    c,\n'),
  )
  const inLast = (entries: string): string => `x = {\n  a: 1,\n  on: {\n${entries}\n  }\n}\n`
  expect(merged(inLast('    a'), inLast('    a,\n    b'), inLast('    a,\n    c'), 'a.js')).toBe(
    inLast('    a,\n    b,\n    c'),
  )
  expect(merged(nested('    a,\n'), nested('    a,\n    b: 1,\n'), nested('    a,\n    b: 2,\n'))).toBeNull()
})

test('tests of a suite', () => {
  const one = (tests: string): string => `describe('all', () => {\n${tests}})\n`
  const base = one(`  it('a', () => {})\n`)
  const ours = one(`  it('a', () => {})\n  it('b', () => {})\n`)
  const theirs = one(`  it('a', () => {})\n  it('c', () => {})\n`)
  expect(merged(base, ours, theirs, 'a.js')).toBe(
    one(`  it('a', () => {})\n  it('b', () => {})\n  it('c', () => {})\n`),
  )
})

test('one function changed by both is merged by its lines, or not at all', () => {
  const one = (a: string, b: string): string => `function f() {\n  ${a}\n  ${b}\n}\n`
  expect(merged(one('a', 'b'), one('A', 'b'), one('a', 'B'))).toBe(one('A', 'B'))
  expect(merged(one('a', 'b'), one('A', 'b'), one('Z', 'b'))).toBeNull()
})

test('what nobody can know stays open', () => {
  const base = 'a()\n\nfunction f() {}\n\nfunction g() {}\n'
  // Taken out here, changed there.
  expect(merged(base, 'a()\n\nfunction g() {}\n', base.replace('f() {}', 'f() { x() }'))).toBeNull()
  // Called another thing by each.
  expect(merged(base, base.replace('g()', 'ours()'), base.replace('g()', 'theirs()'))).toBeNull()
  // Both move.
  expect(merged(base, 'a()\n\nfunction g() {}\n\nfunction f() {}\n', `${base}h()\n`)).toBeNull()
  // Two statements at one place.
  expect(merged(base, `${base}b()\n`, `${base}c()\n`)).toBeNull()
  // One name, twice.
  expect(merged(base, `${base}function h() {}\n`, `${base}const h = 1\n`)).toBeNull()
  expect(merged(base, `${base}var h\n`, `${base}function h() {}\n`, 'a.cjs')).toBeNull()
  // A side with a mistake, and no base.
  expect(merged(base, `${base}(`, `${base}b()\n`)).toBeNull()
  expect(mergeEntities({ path: 'a.ts', base: null, ours: 'a()\n', theirs: 'b()\n' })).toBeNull()
})

test('what one side has taken out with its last use, and the other has begun to use again', () => {
  const base = `import { a } from 'x'\nimport b from 'y'\n\nfunction f() {\n  b()\n}\n`
  const ours = `import { a } from 'x'\n\nfunction f() {}\n`
  expect(merged(base, ours, `${base}\nfunction g() {\n  b()\n}\n`)).toBeNull()
  expect(merged(base, ours, `${base}\nfunction g() {\n  a()\n}\n`)).toBe(
    `${ours}\nfunction g() {\n  a()\n}\n`,
  )
})

test('overloads stay together, and types count as names', () => {
  const base = `function f(a: string): void\nfunction f(a: number): void\nfunction f() {}\n`
  const ours = `${base}\ntype T = 1\n`
  expect(merged(base, ours, `${base}\nconst U = 1\n`)).toBe(`${ours}\nconst U = 1\n`)
  expect(merged(base, ours, `${base}\ninterface T {}\n`)).toBeNull()
})

test('line ends of Windows, and a last line without any', () => {
  const base = 'function a() {}\r\n\r\nfunction b() {}'
  expect(merged(base, `${base}\r\n\r\nfunction c() {}`, `${base}\r\n\r\nfunction d() {}`)).toBe(
    `${base}\r\n\r\nfunction c() {}\r\n\r\nfunction d() {}`,
  )
})

test('edits of lines are those that make one text of the other', () => {
  const before = 'abcdefgh'.split('')
  for (const after of ['abcdefgh', 'xabdefgyh', 'h', '', 'hgfedcba', 'abcdabcdefgh']) {
    const now = after.split('')
    const result: string[] = []
    let at = 0
    for (const { start, end, lines } of lineEdits(before, now)) {
      result.push(...before.slice(at, start), ...lines)
      at = end
    }
    expect([...result, ...before.slice(at)].join('')).toBe(after)
  }
})

test('nothing is there twice and nothing is lost, in generated files', () => {
  let resolved = 0
  for (let seed = 1; seed <= 600; seed++) {
    const { base, ours, theirs, marks } = generatedCase(seed)
    const text = mergeEntities({ path: 'a.ts', base, ours, theirs })
    if (text === null) continue
    resolved++
    const expected = marks.base
      .filter((mark) => marks.ours.includes(mark) && marks.theirs.includes(mark))
      .concat(marks.ours.filter((mark) => !marks.base.includes(mark)))
      .concat(marks.theirs.filter((mark) => !marks.base.includes(mark) && !marks.ours.includes(mark)))
    const found = text.match(/m\d+_\d+/g) ?? []
    expect({ seed, marks: found.toSorted() }).toEqual({ seed, marks: expected.toSorted() })
  }
  expect(resolved).toBeGreaterThan(200)
})
