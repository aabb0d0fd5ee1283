import { describe, expect, it } from 'vitest'
import { diskSpace, shortageOf, treeSize } from '../../src/workspace/disk.ts'
import { ground } from './sessions.ts'

const MB = 1024 ** 2

describe('shortageOf', () => {
  it('names what is needed and what is free', () => {
    const tree = { bytes: 500 * MB, files: 2000 }
    expect(shortageOf({ free: 600 * MB, inodes: null }, tree)).toBeNull()
    expect(shortageOf({ free: 520 * MB, inodes: null }, tree)).toBe('564 MB are needed and 520 MB are free')
    expect(shortageOf({ free: 900 * MB, inodes: 1999 }, tree)).toContain('2000 files are needed')
  })
})

it('measures a commit in blocks', async () => {
  await using here = await ground({ 'a.txt': 'x'.repeat(5000), 'b/c.txt': 'y', empty: '' })
  expect(await treeSize(here.repo.root, 'main')).toEqual({ bytes: 3 * 4096, files: 3 })
  expect((await diskSpace(here.repo.root)).free).toBeGreaterThan(0)
})
