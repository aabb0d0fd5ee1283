import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'

test('recover lists what is saved, brings it back and completes its names, without a daemon', async () => {
  await using repository = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  const at = { cwd: repository.path }
  expect(await quintet(['recover'], at)).toMatchObject({ code: 0, stdout: 'Nothing is saved.\n' })
  await repository.git('update-ref', 'refs/quintet/backup/r-1/a/1', 'main')
  const listed = await quintet(['recover'], at)
  expect(listed.stdout).toMatch(
    /^saved\s+kind\s+when\s+what\nr-1\/a\/1\s+state\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\S/,
  )
  const json = JSON.parse((await quintet(['recover', '--json'], at)).stdout) as { data: readonly unknown[] }
  expect(json.data).toEqual([
    expect.objectContaining({ name: 'r-1/a/1', kind: 'state', place: 'refs/quintet/backup/r-1/a/1' }),
  ])
  expect((await quintet(['completion', '--list', 'saved'], at)).stdout).toBe('r-1/a/1\n')
  expect((await quintet(['recover', 'r-1/a/1'], at)).stdout).toMatch(
    /^r-1\/a\/1 is the branch recovered\/r-1\/a\/1\./,
  )
  const folder = join(repository.path, '..', 'back')
  expect(await quintet(['recover', 'r-1/a/1', '--to', '../back'], at)).toMatchObject({
    code: 0,
    stdout: `r-1/a/1 is in ${folder}.\n`,
  })
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('one\n')
  expect(await quintet(['recover', 'r-1/a/1', '--to', '../back'], at)).toMatchObject({ code: 3 })
  expect(await quintet(['recover', 'none'], at)).toMatchObject({ code: 2 })
  expect(await quintet(['recover', '--to', 'x'], at)).toMatchObject({ code: 2 })
})
