import { describe, expect, test } from 'vitest'
import { generatedFiles } from '../../../bench/workspace/tree.ts'

const files = [...generatedFiles(2_000)]
const sizes = files.map(({ content }) => content.length).sort((a, b) => a - b)

describe('a generated code base', () => {
  test('has exactly as many files as asked for, each with a path of its own', () => {
    expect(new Set(files.map(({ path }) => path)).size).toBe(2_000)
    expect([...generatedFiles(3)]).toHaveLength(3)
  })

  test('is the same every time', () => {
    expect([...generatedFiles(300)]).toEqual(files.slice(0, 300))
  })

  test('has small files in the middle and a few large ones', () => {
    expect(sizes[1_000]).toBeGreaterThan(500)
    expect(sizes[1_000]).toBeLessThan(3_000)
    expect(sizes.at(-1)).toBeGreaterThan(30_000)
  })

  test('has folders of about ten files', () => {
    const folders = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))))
    expect(2_000 / folders.size).toBeGreaterThan(5)
    expect(2_000 / folders.size).toBeLessThan(25)
  })
})
