import { describe, expect, test } from 'vitest'
import { readSource } from '../../../src/plan/facts/imports/read.ts'
import { importEdges } from '../../../src/plan/facts/imports/resolve.ts'
import { kindOf } from '../../../src/plan/facts/kinds.ts'
import { importLanguage, languageOf } from '../../../src/plan/facts/languages.ts'
import { packagesOf } from '../../../src/plan/facts/packages.ts'

/** Edges of a repository with these files, as `from -> to`. */
function edges(files: Readonly<Record<string, string>>): readonly string[] {
  const paths = Object.keys(files).sort()
  const texts = new Map(paths.map((path) => [path, files[path] ?? '']))
  const packages = packagesOf({ paths, kinds: paths.map((path) => kindOf(path)), texts })
  const found = importEdges({
    files: paths.map((path) => ({ path, language: languageOf(path) })),
    index: new Map(paths.map((path, position) => [path, position])),
    readings: paths.map((path) => {
      const language = importLanguage(languageOf(path))
      return language === null ? null : readSource(files[path] ?? '', language).imports
    }),
    packages,
    texts,
  })
  return found.map(([from, to]) => `${paths[from] ?? ''} -> ${paths[to] ?? ''}`)
}

describe('JavaScript and TypeScript', () => {
  test('relative paths: endings, index files, and TypeScript under the names it will have', () => {
    expect(
      edges({
        'src/a.ts': `import './b.js'; import './c'; import './d'; import './gone'; import '../../outside'; import './e.json'`,
        'src/b.ts': '',
        'src/c.tsx': '',
        'src/d/index.mjs': `import '..'; import '.'`,
        'src/e.json': '{}',
        'src/index.ts': '',
      }),
    ).toEqual([
      'src/a.ts -> src/b.ts',
      'src/a.ts -> src/c.tsx',
      'src/a.ts -> src/d/index.mjs',
      'src/a.ts -> src/e.json',
      'src/d/index.mjs -> src/index.ts',
    ])
  })

  test('aliases of the nearest settings, inherited ones included', () => {
    expect(
      edges({
        'tsconfig.base.json':
          '{ "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["shared/*"], "one": ["shared/x.ts"] } } }',
        'app/tsconfig.json': '{ "extends": "../tsconfig.base.json", // why\n "compilerOptions": {}, }',
        'app/a.ts': `import '@lib/x'; import 'one'; import 'shared/y'; import 'react'`,
        'web/jsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }',
        'web/b.js': `import '~/c'`,
        'web/src/c.js': '',
        'shared/x.ts': '',
        'shared/y.ts': '',
      }),
    ).toEqual(['app/a.ts -> shared/x.ts', 'app/a.ts -> shared/y.ts', 'web/b.js -> web/src/c.js'])
  })

  test('packages of the workspace by name: exports, main, sources of what a build makes, and their own imports', () => {
    expect(
      edges({
        'package.json': '{ "workspaces": ["packages/*"] }',
        'packages/a/package.json':
          '{ "name": "@x/a", "exports": { ".": { "types": "./dist/index.d.ts", "import": "./dist/index.js" }, "./f/*": "./src/f/*.ts" }, "imports": { "#in": "./src/in.ts" } }',
        'packages/a/src/index.ts': `import '#in'`,
        'packages/a/src/in.ts': '',
        'packages/a/src/f/g.ts': '',
        'packages/b/package.json': '{ "name": "b", "main": "lib/main.js" }',
        'packages/b/src/main.ts': `import '@x/a'; import '@x/a/f/g'; import '@x/a/none'`,
        'packages/c/package.json': '{ "name": "c" }',
        'packages/c/index.js': `require('b'); require('b/src/main')`,
      }),
    ).toEqual([
      'packages/a/src/index.ts -> packages/a/src/in.ts',
      'packages/b/src/main.ts -> packages/a/src/f/g.ts',
      'packages/b/src/main.ts -> packages/a/src/index.ts',
      'packages/c/index.js -> packages/b/src/main.ts',
    ])
  })
})

describe('other languages', () => {
  test('Python: relative, absolute from the root of a package, and names of modules', () => {
    expect(
      edges({
        'src/app/__init__.py': 'from .core import run',
        'src/app/core.py': 'from . import models\nimport app.models.user\nimport os',
        'src/app/models/__init__.py': '',
        'src/app/models/user.py': 'from ..core import run',
        'tests/test_core.py': 'from app.core import run\nfrom app import models, version\nimport helper',
        'tests/helper.py': '',
      }),
    ).toEqual([
      'src/app/__init__.py -> src/app/core.py',
      'src/app/core.py -> src/app/models/__init__.py',
      'src/app/core.py -> src/app/models/user.py',
      'src/app/models/user.py -> src/app/core.py',
      'tests/test_core.py -> src/app/__init__.py',
      'tests/test_core.py -> src/app/core.py',
      'tests/test_core.py -> src/app/models/__init__.py',
      'tests/test_core.py -> tests/helper.py',
    ])
  })

  test('Go: the files that declare what is used', () => {
    expect(
      edges({
        'go.mod': 'module example.com/m\n\ngo 1.22\n',
        'main.go':
          'package main\nimport (\n\t"example.com/m/store"\n\t_ "example.com/m/side"\n)\nfunc main() { store.Open() }\n',
        'store/a.go': 'package store\nfunc Open() {}\n',
        'store/b.go': 'package store\nfunc Close() {}\n',
        'side/side.go': 'package side\n',
      }),
    ).toEqual(['main.go -> side/side.go', 'main.go -> store/a.go'])
  })

  test('Rust: modules, paths from the crate and other crates', () => {
    expect(
      edges({
        'a/Cargo.toml': '[package]\nname = "a-one"\n',
        'a/src/lib.rs': 'mod x;\nmod y;\n',
        'a/src/x.rs': 'use crate::y::z::Thing;\nuse super::y::Q;\n',
        'a/src/y/mod.rs': 'pub mod z;\n',
        'a/src/y/z.rs': '',
        'b/Cargo.toml': '[package]\nname = "b"\n[dependencies]\na-one = { path = "../a" }\n',
        'b/src/main.rs': 'use a_one::y::z;\nuse std::fs;\n',
      }),
    ).toEqual([
      'a/src/lib.rs -> a/src/x.rs',
      'a/src/lib.rs -> a/src/y/mod.rs',
      'a/src/x.rs -> a/src/y/mod.rs',
      'a/src/x.rs -> a/src/y/z.rs',
      'a/src/y/mod.rs -> a/src/y/z.rs',
      'b/src/main.rs -> a/src/y/z.rs',
    ])
  })

  test('Java: classes by their packages', () => {
    expect(
      edges({
        'src/main/java/a/A.java':
          'package a;\nimport b.B;\nimport static b.B.Inner.of;\nimport c.*;\nimport java.util.List;\n',
        'src/main/java/b/B.java': 'package b;\n',
        'src/main/java/c/C.java': 'package c;\n',
      }),
    ).toEqual([
      'src/main/java/a/A.java -> src/main/java/b/B.java',
      'src/main/java/a/A.java -> src/main/java/c/C.java',
    ])
  })
})

describe('packages', () => {
  const of = (files: Readonly<Record<string, string>>): readonly string[] => {
    const paths = Object.keys(files).sort()
    const found = packagesOf({
      paths,
      kinds: paths.map((path) => kindOf(path)),
      texts: new Map(Object.entries(files)),
    })
    return found.map(
      ({ name, folder, manager, dependsOn }) => `${manager} ${name} in ${folder || '.'}: ${dependsOn.join()}`,
    )
  }

  test('workspaces, members among tests, and manifests that are none', () => {
    expect(
      of({
        'pnpm-workspace.yaml': 'packages:\n  - "packages/*"\n  - "test/e2e"\n',
        'package.json': '{ "name": "root", "devDependencies": { "b": "*" } }',
        'packages/a/package.json': '{ "name": "a", "dependencies": { "b": "workspace:*", "left-pad": "1" } }',
        'packages/a/esm/package.json': '{ "type": "module" }',
        'packages/a/test/fixtures/x/package.json': '{ "name": "x" }',
        'packages/b/package.json': '{ "name": "b", }',
        'test/e2e/package.json': '{ "name": "e2e" }',
      }),
    ).toEqual([
      'npm root in .: 2',
      'npm a in packages/a: 2',
      'npm b in packages/b: ',
      'npm e2e in test/e2e: ',
    ])
  })

  test('other managers, and manifests that cannot be read', () => {
    expect(
      of({
        'api/go.mod':
          'module example.com/api\nrequire example.com/lib v1.0.0\nreplace example.com/lib => ../lib\n',
        'lib/go.mod': 'module example.com/lib\n',
        'py/pyproject.toml': '[project]\nname = "My.Tool"\n',
        'web/pyproject.toml': '[project]\nname = "web"\ndependencies = ["my-tool>=1"]\n',
        'broken/Cargo.toml': '[package\n',
        'jvm/core/build.gradle': '',
        'jvm/app/build.gradle.kts': 'implementation(project(":jvm:core"))',
        'mvn/pom.xml':
          '<project><parent><artifactId>p</artifactId></parent><artifactId>m</artifactId></project>',
      }),
    ).toEqual([
      'go example.com/api in api: 3',
      'gradle app in jvm/app: 2',
      'gradle core in jvm/core: ',
      'go example.com/lib in lib: ',
      'maven m in mvn: ',
      'python My.Tool in py: ',
      'python web in web: 5',
    ])
  })
})
