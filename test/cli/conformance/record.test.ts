import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CASES } from '../../../src/cli/conformance/conformance.ts'
import { recordResults } from '../../../src/cli/conformance/record.ts'
import { temporaryFolder } from '../../support/repository.ts'

const tried = (version: string, name: string, kind: 'pass' | 'absent') => ({
  agent: 'one',
  version,
  results: [{ name, title: 'Edits', finding: { kind, text: 'so' }, version: null, seconds: 3 }],
})

test('what is tried again takes the place of what it was; of another version nothing is kept', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'results.json')
  const recorded = async (): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'))
  await recordResults(file, { ...tried('2', 'edit', 'pass'), agent: 'two' })
  await recordResults(file, tried('1.0', 'edit', 'pass'))
  await recordResults(file, tried('1.0', 'cancel', 'pass'))
  await recordResults(file, tried('1.0', 'edit', 'absent'))
  const two = { version: '2', cases: { edit: { result: 'pass', text: 'so' } } }
  const [pass, absent] = ['pass', 'absent'].map((result) => ({ result, text: 'so' }))
  expect(await recorded()).toEqual({ two, one: { version: '1.0', cases: { edit: absent, cancel: pass } } })
  await recordResults(file, tried('1.1', 'edit', 'pass'))
  expect(await recorded()).toEqual({ two, one: { version: '1.1', cases: { edit: pass } } })
})

test('a file of something else is not written over', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'package.json')
  await writeFile(file, '{"name":"mine"}')
  await expect(recordResults(file, tried('1.0', 'edit', 'pass'))).rejects.toMatchObject({
    code: 'E_RESULTS_FILE',
  })
  expect(await readFile(file, 'utf8')).toBe('{"name":"mine"}')
})

test('no case is told by the name of another', () => {
  const names = CASES.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
