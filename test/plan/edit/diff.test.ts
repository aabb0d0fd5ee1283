import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unifiedDiff } from '../../../src/plan/edit/diff.ts'
import { temporaryFolder } from '../../support/repository.ts'

test.each([
  ['a\nb\nc\n', 'a\nx\nc\n'],
  ['', 'a\nb\n'],
  ['a\n', ''],
  ['1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n', '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n12\n13\n'],
  ['a\nb', 'a\nb\n'],
  ['a\nb\n', 'a\nc'],
])('the difference of %j and %j makes one of the other', async (before, after) => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'f'), before)
  const patch = `${unifiedDiff(before, after, 'f').join('\n')}\n`
  execFileSync('git', ['apply', '--unidiff-zero', '-'], { cwd: folder.path, input: patch })
  const { readFile } = await import('node:fs/promises')
  expect(await readFile(join(folder.path, 'f'), 'utf8')).toBe(after)
})

test('equal texts differ in nothing', () => {
  expect(unifiedDiff('a\n', 'a\n', 'f')).toEqual([])
})
