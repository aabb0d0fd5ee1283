import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mergingOf } from '../../../src/engine/integration/merging.ts'
import { loadRunInput } from '../../../src/engine/session/spec.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { commitOn } from '../../support/branches.ts'
import { piece, stage } from '../../support/services.ts'

/** Writes the list, and tries to write beside it and to bring in what is not its own. */
const GENERATOR = (outside: string): string => `
import { readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
try { writeFileSync(${JSON.stringify(outside)}, 'taken') } catch {}
if (readdirSync('src').includes('link')) {
  unlinkSync('list.txt')
  symlinkSync(${JSON.stringify(outside)}, 'list.txt')
} else writeFileSync('list.txt', readdirSync('src').join(' '))
`

async function scene() {
  const it = await stage({ 'list.txt': 'a', 'src/a': '' })
  const generated = [{ paths: ['list.txt'], run: ['node', 'make.mjs'] }]
  await it.run({ pieces: [piece('a')], integration: { generated } })
  const outside = join(it.repository.path, 'outside.txt')
  await writeFile(outside, 'untouched')
  const settle = async (more: Readonly<Record<string, string>>) => {
    const ours = await commitOn(it.repository, 'ours', [{ 'list.txt': 'a b', 'src/b': '' }])
    const files = { 'list.txt': 'a c', 'src/c': '', 'make.mjs': GENERATOR(outside), ...more }
    const theirs = await commitOn(it.repository, 'theirs', [files])
    const merging = mergingOf(
      it.services,
      loadRunInput(it.services, 'work-1'),
      it.effect('work-1/integration/1'),
    )
    return merging.resolve(ours, theirs)
  }
  return { ...it, outside, settle, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

const { available } = await boxAvailable()

test.runIf(available)('what generates a file again is the work of sessions, and runs in a box', async () => {
  await using it = await scene()
  expect(await it.settle({})).toMatchObject({ kind: 'resolved', by: ['list.txt by node make.mjs'] })
  expect(await readFile(it.outside, 'utf8')).toBe('untouched')
})

test('a link is no generated file', async () => {
  await using it = await scene()
  expect(await it.settle({ 'src/link': '' })).toMatchObject({
    kind: 'open',
    tried: ['list.txt: node make.mjs (its command did not write it)'],
  })
})

/** A generator that is a dependency: lists the sources by name, and by size. */
const TOOL = `#!/usr/bin/env node
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { suffix } from 'words'
const files = readdirSync('src')
writeFileSync('list.txt', files.map((file) => file + suffix).join(' ') + '\\n')
writeFileSync('sizes.txt', files.map((file) => statSync('src/' + file).size).join(' ') + '\\n')
writeFileSync('other.txt', 'left behind')
`
const PACKAGES = {
  '.gitignore': 'node_modules\n',
  'package.json': JSON.stringify({ name: 'root', version: '1.0.0', dependencies: { tool: 'file:tool' } }),
  'package-lock.json': JSON.stringify({
    name: 'root',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'root', version: '1.0.0', dependencies: { tool: 'file:tool' } },
      'node_modules/tool': { resolved: 'tool', link: true },
      'node_modules/words': { resolved: 'words', link: true },
      tool: { version: '1.0.0', dependencies: { words: 'file:../words' }, bin: { tool: 'tool.mjs' } },
      words: { version: '1.0.0' },
    },
  }),
  'tool/package.json': JSON.stringify({
    name: 'tool',
    version: '1.0.0',
    bin: { tool: 'tool.mjs' },
    dependencies: { words: 'file:../words' },
  }),
  'tool/tool.mjs': TOOL,
  'words/package.json': JSON.stringify({
    name: 'words',
    version: '1.0.0',
    type: 'module',
    exports: './words.js',
  }),
  'words/words.js': "export const suffix = '!'\n",
}

test('a generator among the dependencies makes all of its files, in the worktree of the unions', async () => {
  await using it = await stage({ ...PACKAGES, 'list.txt': 'a!\n', 'sizes.txt': '1\n', 'src/a': '1' })
  const run = ['node_modules/.bin/tool']
  await it.run({ pieces: [piece('a')], integration: { generated: [{ paths: ['/*.txt'], run }] } })
  const side = (name: string, text: string) =>
    commitOn(it.repository, name, [
      { [`src/${name}`]: text, 'list.txt': `a! ${name}!\n`, 'sizes.txt': `1 ${name}\n` },
    ])
  const [ours, theirs] = [await side('b', '22'), await side('c', '333')]
  const { resolve } = mergingOf(
    it.services,
    loadRunInput(it.services, 'work-1'),
    it.effect('work-1/integration/1'),
  )
  const resolution = await resolve(ours, theirs)
  expect(resolution).toMatchObject({
    kind: 'resolved',
    by: ['list.txt by node_modules/.bin/tool', 'sizes.txt by node_modules/.bin/tool'],
  })
  const tree = resolution.kind === 'resolved' ? resolution.tree : ''
  expect(await it.repository.git('show', `${tree}:list.txt`)).toBe('a! b! c!')
  expect(await it.repository.git('show', `${tree}:sizes.txt`)).toBe('1 2 3')
  const worktree = join(it.repository.path, '..', 'repo.quintet', 'work-1', '_integration')
  expect(await it.repository.git('-C', worktree, 'status', '--porcelain')).toBe('')
  expect([...it.services.store.events({ types: ['integration.noted'] })]).toEqual([])
})

test('where the dependencies cannot be installed, the file stays in conflict and the reason is told', async () => {
  await using it = await stage({ ...PACKAGES, 'package-lock.json': '{}', 'list.txt': 'a!\n' })
  const generated = [{ paths: ['/*.txt'], run: ['node_modules/.bin/tool'] }]
  await it.run({ pieces: [piece('a')], integration: { generated } })
  const [ours, theirs] = [
    await commitOn(it.repository, 'b', [{ 'list.txt': 'b\n' }]),
    await commitOn(it.repository, 'c', [{ 'list.txt': 'c\n' }]),
  ]
  const run = loadRunInput(it.services, 'work-1')
  const { resolve } = mergingOf(it.services, run, it.effect('work-1/integration/1'))
  expect(await resolve(ours, theirs)).toMatchObject({
    kind: 'open',
    files: ['list.txt'],
    tried: [expect.stringMatching(/^list\.txt: node_modules\/\.bin\/tool \(.*install/i)],
  })
})
