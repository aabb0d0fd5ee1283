import { describe, expect, test } from 'vitest'
import { goImports, packageName } from '../../../src/plan/facts/imports/go.ts'
import { javaImports } from '../../../src/plan/facts/imports/java.ts'
import { pythonImports } from '../../../src/plan/facts/imports/python.ts'
import { readSource } from '../../../src/plan/facts/imports/read.ts'
import { rustImports } from '../../../src/plan/facts/imports/rust.ts'
import { scriptImports } from '../../../src/plan/facts/imports/script.ts'

describe('JavaScript and TypeScript', () => {
  const CASES: readonly (readonly [text: string, imports: readonly string[]])[] = [
    [
      `import a from './a'; import { b as c, type D } from "./b"\nimport * as e from './e'`,
      ['./a', './b', './e'],
    ],
    [`import './side'\nimport type { T } from './t'\nimport x, { y } from './x'`, ['./side', './t', './x']],
    [`import fs = require('./cjs')\nimport from from './from'`, ['./cjs', './from']],
    [`import { "a name" as b, "\\0c" as d } from './strings'`, ['./strings']],
    [
      `export * from './a'\nexport * as ns from './b'\nexport { c } from './c'\nexport type { D } from './d'`,
      ['./a', './b', './c', './d'],
    ],
    [`export * as 'a name' from './a'`, ['./a']],
    [`export { a }\nexport const from = './no'\nexport default './no'`, []],
    [
      `const a = await import('./a')\nlet b = import(/* webpackChunkName: "x" */ './b', { with: {} })`,
      ['./a', './b'],
    ],
    [`import.defer('./late'); import.meta.url; object.import('./no')`, ['./late']],
    [
      `const a = require('./a'), b = [...require('./b')]\nrequire.resolve('./c')\nmodule.require('./no')`,
      ['./a', './b', './c'],
    ],
    [`require(name); import(\`./a/\${b}\`); require('./a' + b)`, []],
    ['const t = require(`./plain`)', ['./plain']],
    [`// import './no'\n/* require('./no') */\nconst s = "import './no'"; const t = \`import './no'\``, []],
    [
      `const t = \`\${require('./in')} require('./no') \${\`\${import('./deep')}\`}\`\nimport './after'`,
      ['./in', './deep', './after'],
    ],
    [
      `const r = /['"\`]/; import './a'\nif (x) y = a / b / c; import './b'\nreturn /"/.test(x)\nimport './c'`,
      ['./a', './b', './c'],
    ],
    [`const x = <p title="a">Don't</p>\nconst y = <br />\nimport './a'`, ['./a']],
    [`type A = typeof import('./a')\nlet b: import('./b').B`, ['./a', './b']],
    [
      `/** @typedef {import('./a').A} A */\n/** @import { B, C } from "./b" */\n/**\n * @import {\n *   D\n * } from './d'\n */`,
      ['./a', './b', './d'],
    ],
    [`#!/usr/bin/env node\nimport './a'`, ['./a']],
    [`import {\n  a, // from './no'\n  b /* from './no' */,\n} from './yes'`, ['./yes']],
    [`class A { import() {} }\nconst o = { import: './no', require: 1 }\nexport class B extends C {}`, []],
  ]

  test.each(CASES)('%s', (text, imports) => {
    expect(scriptImports(text)).toEqual(imports)
  })

  test('scripts in markup', () => {
    const component = `<script setup lang="ts">\nimport A from './A.vue'\n</script>\n<template><p>import './no'</p></template>`
    expect(readSource(component, 'script', true).imports).toEqual(['./A.vue'])
    expect(
      readSource(`---\nimport B from './B.astro'\n---\n<p>require('./no')</p>`, 'script', true).imports,
    ).toEqual(['./B.astro'])
  })

  test('names outside of ASCII come out as they are', () => {
    const bytes = Buffer.from(`import './größe'`).toString('latin1')
    expect(readSource(bytes, 'script').imports).toEqual(['./größe'])
  })
})

describe('other languages', () => {
  test('Python', () => {
    const text = [
      '"""',
      'import no',
      '"""',
      'import os, a.b as c  # import no',
      'from . import x, y as z',
      'from ..pkg.mod import (  # why',
      '    One,',
      '    two as three,',
      ')',
      'if TYPE_CHECKING:',
      '    from a import \\',
      '        b',
      'from a import *',
      'text = "import no"',
      'important = 1',
    ].join('\n')
    expect(pythonImports(text)).toEqual([
      'os',
      'a.b',
      '.:x',
      '.:y',
      '..pkg.mod:One',
      '..pkg.mod:two',
      'a:b',
      'a:*',
    ])
  })

  test('Go', () => {
    const text = [
      'package a',
      'import "fmt"',
      'import (',
      '\tx "example.com/m/one"',
      '\t"example.com/m/two/v2"',
      ')',
      'type (',
      '\tPair struct{}',
      ')',
      'const Limit = 3',
      'func New() *Pair { return x.Make(two.Size) }',
      'func (p *Pair) Method() {} // fmt.No',
    ].join('\n')
    expect(goImports(text)).toEqual([
      'ifmt',
      'iexample.com/m/one x',
      'iexample.com/m/two/v2',
      'dLimit',
      'dNew',
      'dPair',
      'ux.Make',
      'utwo.Size',
    ])
    expect(packageName('gopkg.in/yaml.v3')).toBe('yaml')
  })

  test('Rust', () => {
    const text =
      'mod a;\npub(crate) mod b;\nmod c { }\nuse crate::x::{self, y::Z, w as v};\nuse super::q::*; // use crate::no;\n'
    expect(rustImports(text)).toEqual(
      expect.arrayContaining(['+a', '+b', 'crate::x::self', 'crate::x::y::Z', 'crate::x::w', 'super::q']),
    )
    expect(rustImports(text).join()).not.toContain('no')
  })

  test('Java, Kotlin and Scala', () => {
    const text =
      'package a.b;\nimport a.c.D;\nimport static a.e.F.g;\nimport a.h.*;\nimport a.{I, J => K}\nimport a.l._\n'
    expect(javaImports(text)).toEqual(['=a.b', 'a.c.D', 'a.e.F.g', 'a.h.*', 'a.I', 'a.J', 'a.l.*'])
  })
})
