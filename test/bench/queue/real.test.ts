import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RealPort } from '../../../bench/queue/real.ts'
import { landQueue } from '../../../src/integration/queue/queue.ts'
import { commitOn } from '../../support/branches.ts'
import { temporaryFolder, temporaryRepository } from '../../support/repository.ts'

const TESTS = [
  "import { readFileSync } from 'node:fs'",
  "import assert from 'node:assert'",
  "import test from 'node:test'",
  "const text = (file) => readFileSync(file, 'utf8').trim()",
  "test('one', () => assert.equal(text('one.txt'), 'right'))",
  "test('two', () => assert.equal(text('two.txt'), 'right'))",
  "test('installed', () => assert.equal(text('node_modules/which'), text('package.json')))",
].join('\n')

test('real branches: the bad one is named, an installation that a branch asks for is made once, the others land', async () => {
  await using scratch = await temporaryFolder()
  await using repository = await temporaryRepository({
    files: {
      'one.txt': 'right\n',
      'two.txt': 'right\n',
      'package.json': '{ "version": "1" }\n',
      '.gitignore': 'node_modules\n',
      'all.test.mjs': TESTS,
    },
  })
  const tips = {
    bad: await commitOn(repository, 'bad', [{ 'one.txt': 'wrong\n' }]),
    good: await commitOn(repository, 'good', [{ 'three.txt': 'x\n' }]),
    newer: await commitOn(repository, 'newer', [{ 'package.json': '{ "version": "2" }\n' }]),
    last: await commitOn(repository, 'last', [{ 'four.txt': 'x\n' }]),
  }
  const port = await RealPort.open({
    path: repository.path,
    branches: Object.entries(tips).map(([piece, tip]) => ({ piece, title: piece, tip })),
    checks: [{ name: 'tests', run: [process.execPath, '--test'], timeout_seconds: 60 }],
    manifests: ['package.json'],
    dependencies: ['node_modules'],
    install: ['mkdir node_modules', 'cp package.json node_modules/which'],
    env: {},
    scratch: join(scratch.path),
    signal: new AbortController().signal,
    note: () => undefined,
  })
  const queue = Object.keys(tips).map((piece) => ({ piece, needs: [] }))
  const { landed, back, stopped } = await landQueue(port, queue)
  expect([landed, stopped]).toEqual([['good', 'newer', 'last'], null])
  expect(back).toMatchObject([{ piece: 'bad', verdict: { kind: 'alone' }, tests: [{ id: 'one' }] }])
  expect(port.counts).toMatchObject({ full: 2, installs: 2 })
  expect(await repository.git('show', 'main:package.json')).toBe('{ "version": "2" }')
})
