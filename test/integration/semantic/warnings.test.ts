import { expect, test } from 'vitest'
import { commitOn, type Files } from '../../support/branches.ts'
import { temporaryRepository } from '../../support/repository.ts'
import { semanticSide } from '../../../src/integration/semantic/sides.ts'
import { semanticWarnings } from '../../../src/integration/semantic/warnings.ts'

const LIBRARY = `export function total(items: number[], tax: number): number {
  return items.reduce((sum, item) => sum + item, 0) * tax
}
export class Cart {
  addItem(name: string) {
    this.items.push(name)
  }
  isEmpty() {
    return this.items.length === 0
  }
}
export interface Order { id: string; address: string }
function helper() {}
`

/** The warnings for two branches as one line each: `kind symbol: places`. A star marks a line that was written anew. */
async function warn(base: Readonly<Record<string, string>>, a: Files, b: Files): Promise<readonly string[]> {
  await using repository = await temporaryRepository({ files: base })
  const from = await repository.git('rev-parse', 'main')
  const sides = []
  for (const [session, files] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const tip = await commitOn(repository, session, [files])
    sides.push(await semanticSide(repository.path, { session, base: from, tip }))
  }
  const [left, right] = sides
  if (left === undefined || right === undefined) return []
  return semanticWarnings(left, right).map(({ kind, symbol, now, uses, basis, by, used }) => {
    const places = uses.map(({ path, line, fresh }) => `${path}:${line}${fresh ? '*' : ''}`)
    return `${by}>${used} ${kind} ${symbol}${now === undefined ? '' : ` -> ${now}`}: ${places.join(' ')}${basis === 'grep' ? ' (grep)' : ''}`
  })
}

const BASE = {
  'src/lib.ts': LIBRARY,
  'src/page.ts': "import { total } from './lib.ts'\nexport const a = 1\n",
}

test('a function that goes, and a call that comes', async () => {
  const without = LIBRARY.slice(LIBRARY.indexOf('export class'))
  const page = `${BASE['src/page.ts']}export const sum = total([1], 2)\n`
  expect(await warn(BASE, { 'src/lib.ts': without }, { 'src/page.ts': page })).toEqual([
    'a>b removed total: src/page.ts:1 src/page.ts:3*',
  ])
  expect(await warn(BASE, { 'src/page.ts': page }, { 'src/lib.ts': without })).toEqual([
    'b>a removed total: src/page.ts:1 src/page.ts:3*',
  ])
})

test('a function with another name, and one with another signature', async () => {
  const page = `${BASE['src/page.ts']}export const sum = total([1], 2)\n`
  const renamed = LIBRARY.replace('function total', 'function sumOf')
  expect(await warn(BASE, { 'src/lib.ts': renamed }, { 'src/page.ts': page })).toEqual([
    'a>b renamed total -> sumOf: src/page.ts:1 src/page.ts:3*',
  ])
  const changed = LIBRARY.replace('items: number[], tax: number', 'items: Map<string, number>')
  expect(await warn(BASE, { 'src/lib.ts': changed }, { 'src/page.ts': page })).toEqual([
    'a>b signature total: src/page.ts:1 src/page.ts:3*',
  ])
})

test('a parameter that may be left out breaks nobody, but the function may behave differently', async () => {
  const page = `${BASE['src/page.ts']}export const sum = total([1], 2)\n`
  const wider = LIBRARY.replace('tax: number)', 'tax: number, round = false)')
  expect(await warn(BASE, { 'src/lib.ts': wider }, { 'src/page.ts': page })).toEqual([
    'a>b behaviour total: src/page.ts:3*',
  ])
})

test('methods of classes and members of interfaces, behind any dot', async () => {
  const method = LIBRARY.replace('addItem(name: string)', 'addItem(name: string, price: number)')
  expect(await warn(BASE, { 'src/lib.ts': method }, { 'src/new.ts': "cart.addItem('x')\n" })).toEqual([
    'a>b signature Cart.addItem: src/new.ts:1*',
  ])
  const member = LIBRARY.replace('; address: string', '')
  expect(await warn(BASE, { 'src/lib.ts': member }, { 'src/new.ts': 'show(order.address)\n' })).toEqual([
    'a>b removed Order.address: src/new.ts:1*',
  ])
})

test('CommonJS and JSX', async () => {
  const base = {
    'lib.js': 'exports.fetchUser = function (id) { return id }\n',
    'ui.jsx': 'export function Panel() { return 1 }\n',
  }
  const uses = { 'use.js': "const { fetchUser } = require('./lib')\nfetchUser(1)\n" }
  expect(
    await warn(base, { 'lib.js': 'exports.fetchUser = function (id, db) { return db[id] }\n' }, uses),
  ).toEqual(['a>b signature fetchUser: use.js:1* use.js:2*'])
  const page = { 'page.jsx': "import { Panel } from './ui'\nexport const page = <Panel a />\n" }
  expect(await warn(base, { 'ui.jsx': 'export function Box() { return 2 }\n' }, page)).toEqual([
    'a>b removed Panel: page.jsx:1* page.jsx:2*',
  ])
})

test('imports by an alias or the index of a folder, and what is no longer exported', async () => {
  const renamed = LIBRARY.replace('function total', 'function sumOf')
  const uses = {
    'src/a.ts': "import { total } from '@/lib'\n",
    'src/b.ts': "import { total } from './other/lib'\n",
    'app.ts': "import { total } from './src'\n",
    'tool.ts': "import { total } from './tools'\n",
  }
  expect(await warn(BASE, { 'src/lib.ts': renamed }, uses)).toEqual([
    'a>b renamed total -> sumOf: app.ts:1* src/a.ts:1*',
  ])
  const own = LIBRARY.replace('export function total', 'function total')
  const page = `${BASE['src/page.ts']}export const sum = total([1], 2)\n`
  expect(await warn(BASE, { 'src/lib.ts': own }, { 'src/page.ts': page })).toEqual([
    'a>b removed total: src/page.ts:1 src/page.ts:3*',
  ])
})

test('what is exported under another name is known by that one', async () => {
  const base = { 'lib.ts': 'function inner(a: number) {\n  return a\n}\nexport { inner as outer }\n' }
  const uses = {
    'use.ts': "import { outer } from './lib.ts'\nouter(1)\n",
    'not.ts': "import { inner } from './lib.ts'\ninner(1)\n",
  }
  const changed = base['lib.ts'].replace('a: number', 'a: string')
  expect(await warn(base, { 'lib.ts': changed }, uses)).toEqual(['a>b signature outer: use.ts:1* use.ts:2*'])
  const other = base['lib.ts'].replace('as outer', 'as another')
  expect(await warn(base, { 'lib.ts': other }, uses)).toEqual([
    'a>b renamed outer -> another: use.ts:1* use.ts:2*',
  ])
  // The name inside is nobody's affair.
  expect(await warn(base, { 'lib.ts': base['lib.ts'].replaceAll('inner', 'deeper') }, uses)).toEqual([])
  const common = { 'lib.js': 'function inner(a) { return a }\nmodule.exports = { outer: inner }\n' }
  const required = { 'use.js': "const { outer } = require('./lib')\nouter(1)\n" }
  expect(await warn(common, { 'lib.js': common['lib.js'].replace('(a)', '(a, b)') }, required)).toEqual([
    'a>b signature outer: use.js:1* use.js:2*',
  ])
})

test('through files that export again, of any name, in chains, under other names', async () => {
  const base = {
    ...BASE,
    'src/all.ts': "// export { total as wrong } from './nowhere.ts'\nexport * from './some.ts'\n",
    'src/some.ts':
      "import { total as sum } from './lib.ts'\nexport {\n  sum as addUp,\n}\nexport type { Order } from './lib.ts'\n",
    'src/ring.ts': "export * from './ring.ts'\n",
    'lib.js': "module.exports = require('./own')\n",
    'own.js': 'exports.fetchUser = function (id) { return id }\n',
  }
  const changed = LIBRARY.replace('items: number[], tax: number', 'items: Map<string, number>')
  const uses = {
    'app.ts': "import { addUp } from './src/all.ts'\naddUp([1], 2)\n",
    'whole.ts': "import total from './src'\nimport all from './src/some.ts'\nall(total)\n",
    'none.ts': "import { total } from './src/all.ts'\nimport { total as t } from './src/ring.ts'\ntotal(t)\n",
  }
  expect(await warn(base, { 'src/lib.ts': changed }, uses)).toEqual([
    'a>b signature total: app.ts:1* app.ts:2*',
  ])
  const required = { 'use.js': "const { fetchUser } = require('./lib')\nfetchUser(1)\n" }
  expect(await warn(base, { 'own.js': 'exports.fetchUser = (id, db) => db[id]\n' }, required)).toEqual([
    'a>b signature fetchUser: use.js:1* use.js:2*',
  ])
})

test('what has moved and is exported again is there as before', async () => {
  const base = {
    ...BASE,
    'src/cart.js': 'exports.fetchUser = function (id) { return id }\n',
    'src/other.ts': 'export function another() {}\n',
  }
  const uses = {
    'app.ts':
      "import { total, Cart } from './src/lib.ts'\nimport type { Order } from './src/lib.ts'\ntotal([1], 2)\nnew Cart().addItem('x')\nconst o: Order = read()\n",
    'use.js': "const { fetchUser } = require('./src/cart')\nfetchUser(1)\n",
  }
  const own = { 'src/cart.js': "module.exports = require('./user')\n", 'src/user.js': base['src/cart.js'] }
  const moved = async (lib: string, there: string): Promise<readonly string[]> =>
    await warn(base, { ...own, 'src/lib.ts': lib, 'src/moved.ts': there }, uses)
  const names = "export { total, Cart } from './moved.ts'\n"
  expect(await moved(`${names}export type { Order } from './moved.ts'\n`, LIBRARY)).toEqual([])
  expect(await moved("export * from './moved.ts'\n", LIBRARY)).toEqual([])
  const imported = "import { total, Cart, type Order } from './moved.ts'\nexport { total, Cart, Order }\n"
  expect(await moved(imported, LIBRARY)).toEqual([])
  // It may be another one there, or a part of it is gone.
  const changed = LIBRARY.replace('tax: number', 'tax: string').replace('addItem', 'insert')
  expect(await moved("export * from './moved.ts'\n", changed)).toEqual([
    'a>b signature total: app.ts:1* app.ts:3*',
    'a>b removed Cart.addItem: app.ts:4*',
  ])
  expect(await moved(names.replace('total, ', ''), LIBRARY)).toEqual([
    'a>b removed total: app.ts:1* app.ts:3*',
    'a>b removed Order: app.ts:2* app.ts:5*',
  ])
  const unrelated = `export * from './other.ts'\n${LIBRARY.slice(LIBRARY.indexOf('export class'))}`
  const before = { ...base, 'src/lib.ts': `export * from './other.ts'\n${LIBRARY}` }
  expect(await warn(before, { 'src/lib.ts': unrelated }, { 'app.ts': uses['app.ts'] })).toEqual([
    'a>b removed total: app.ts:1* app.ts:3*',
  ])
})

test('properties of an interface where it is used, and members of an enumeration', async () => {
  const uses = { 'src/new.ts': "import type { Order } from './lib.ts'\nconst o: Order = { id: '1' }\n" }
  const withOrder = (members: string): Record<string, string> => ({
    'src/lib.ts': LIBRARY.replace('id: string; address: string', members),
  })
  const broken = ['a>b signature Order: src/new.ts:1* src/new.ts:2*']
  expect(await warn(BASE, withOrder('id: string; street: string'), uses)).toEqual(broken)
  expect(await warn(BASE, withOrder('id: string; address: string; street: string'), uses)).toEqual(broken)
  expect(await warn(BASE, withOrder('address: string; id: string; street?: string'), uses)).toEqual([])

  const base = { 'kind.ts': 'export enum Kind { One, Two, name }\n' }
  const user = (kind: string): Files => ({
    'use.ts': `import { Kind } from './kind.ts'\nshow(${kind})\n`,
    'not.ts': "import { Other } from './other.ts'\nshow(Other.Two, Other.name)\n",
  })
  const without = (member: string): Files => ({ 'kind.ts': base['kind.ts'].replace(`, ${member}`, '') })
  expect(await warn(base, without('Two'), user('Kind.Two'))).toEqual(['a>b removed Kind.Two: use.ts:2*'])
  expect(await warn(base, without('name'), user('Kind.name'))).toEqual(['a>b removed Kind.name: use.ts:2*'])
  expect(await warn(base, without('Two'), user('Kind.One'))).toEqual([])
})

test('short and common names by the look of lines, where they are imported', async () => {
  const base = { 'src/lib/own.py': 'def pyf(a):\n    return a\n\ndef run(a):\n    return a\n' }
  const uses = {
    'use.py': 'from src.lib.own import pyf, run\npyf(run)\n',
    'not.py': 'from src.lib.other import run\nimport pyf\npyf(run)\n',
  }
  expect(await warn(base, { 'src/lib/own.py': '# nothing\n' }, uses)).toEqual([
    'a>b removed pyf: use.py:1* use.py:2* (grep)',
    'a>b removed run: use.py:1* use.py:2* (grep)',
  ])
})

test('imports by the name of a package of the same repository', async () => {
  const manifest = (name: string): string => JSON.stringify({ author: { name: 'Somebody' }, name })
  const base = {
    'packages/core/package.json': manifest('@acme/core'),
    'packages/core/src/index.ts':
      "export { total as sum } from './lib.ts'\nexport { Cart } from './lib.ts'\n",
    'packages/core/src/lib.ts': LIBRARY,
    'packages/web/package.json': manifest('web'),
    'packages/broken/package.json': '{',
  }
  const changed = LIBRARY.replace('function total', 'function sumOf')
  const uses = {
    'packages/web/a.ts': "import { sum } from '@acme/core'\nsum([1], 2)\n",
    'packages/web/b.ts': "import { total } from '@acme/core/lib'\n",
    'packages/web/c.ts': "import { total } from '@acme/corner'\n",
    'packages/web/d.ts': "import { total } from 'web'\n",
  }
  expect(await warn(base, { 'packages/core/src/lib.ts': changed }, uses)).toEqual([
    'a>b renamed total -> sumOf: packages/web/a.ts:1* packages/web/a.ts:2* packages/web/b.ts:1*',
  ])
})

test('silence: what is added, what is private, what has another origin, and what both change', async () => {
  const added = `${LIBRARY}export function more() {}\n`
  expect(await warn(BASE, { 'src/lib.ts': added }, { 'src/new.ts': 'more()\n' })).toEqual([])
  const privately = LIBRARY.replace('function helper() {}', '')
  expect(await warn(BASE, { 'src/lib.ts': privately }, { 'src/new.ts': 'helper()\n' })).toEqual([])
  const renamed = LIBRARY.replace('function total', 'function sumOf')
  expect(
    await warn(
      BASE,
      { 'src/lib.ts': renamed },
      { 'src/new.ts': "import { total } from './other.ts'\ntotal()\n" },
    ),
  ).toEqual([])
  expect(
    await warn(
      BASE,
      { 'src/lib.ts': `// nothing but words\n${LIBRARY}` },
      { 'src/new.ts': "import { total } from './lib.ts'\n" },
    ),
  ).toEqual([])
  expect(await warn(BASE, { 'src/lib.ts': renamed }, { 'src/lib.ts': renamed })).toEqual([])
  expect(
    await warn(BASE, { 'src/lib.ts': renamed, 'src/page.ts': null }, { 'data.json': '{"total": 1}' }),
  ).toEqual([])
})

test('a file that its changer has brought in line counts only where the other one writes anew', async () => {
  const renamed = LIBRARY.replace('function total', 'function sumOf')
  const mine = {
    'src/lib.ts': renamed,
    'src/page.ts': "import { sumOf } from './lib.ts'\nexport const a = 1\n",
  }
  expect(await warn(BASE, mine, { 'src/page.ts': `${BASE['src/page.ts']}export const b = 2\n` })).toEqual([])
})

test('other languages by the look of their lines, and the warning says so', async () => {
  const base = {
    'lib.py': 'def load_orders(path):\n    return path\n',
    'lib.go': 'func ParseOrder(s string) Order {\n}\n',
  }
  const uses = { 'use.py': 'orders = load_orders("x")\n', 'use.go': 'o := ParseOrder(s)\n' }
  const changed = {
    'lib.py': 'def load_orders(path, limit):\n    return path\n',
    'lib.go': 'func Parse(s string) Order {\n}\n',
  }
  expect(await warn(base, changed, uses)).toEqual([
    'a>b renamed ParseOrder -> Parse: use.go:1* (grep)',
    'a>b signature load_orders: use.py:1* (grep)',
  ])
})

test('what cannot be parsed says nothing', async () => {
  expect(await warn(BASE, { 'src/lib.ts': 'export function (' }, { 'src/new.ts': 'total(' })).toEqual([])
  const page = `${BASE['src/page.ts']}export const sum = total([1], 2)\n`
  expect(await warn(BASE, { 'src/lib.ts': 'export function (' }, { 'src/page.ts': page })).toEqual([])
})

test('a branch that changes very many files is read in part, and what was left is counted', async () => {
  await using repository = await temporaryRepository({ files: { 'a.ts': '' } })
  const base = await repository.git('rev-parse', 'main')
  const files = Object.fromEntries(Array.from({ length: 205 }, (_, index) => [`m${index}.ts`, 'let a = 1\n']))
  const tip = await commitOn(repository, 'wide', [
    { ...files, 'm0.ts': 'let (', 'lib.min.js': 'x', 'x.md': 'x' },
  ])
  const side = await semanticSide(repository.path, { session: 'wide', base, tip })
  expect([side.files.length, side.left]).toEqual([199, 6])
})
