import { describe, expect, test } from 'vitest'
import { PUBLISHED } from '../../../bench/health/published.ts'
import { SHAPES } from '../../../bench/health/shapes.ts'
import { TraceWriter } from '../../../bench/health/trace.ts'

function firing(name: string): string[] {
  const rule = PUBLISHED.find((candidate) => candidate.name === name)
  return SHAPES.flatMap((shape) => {
    const fires = rule?.make()
    const writer = new TraceWriter()
    writer.steps(shape.steps)
    return writer.events.filter((event) => fires?.(event) === true).length > 0 ? [shape.name] : []
  })
}

describe('published rules fire on the shapes that they are known to fire on', () => {
  test.each([
    ['openhands', ['exact', 'A, B, A, B reads', 'polling a job']],
    ['gemini', ['exact', 'A-B-A edits, two errors', 'A, B, A, B reads', 'polling a job']],
    ['opencode_documented', ['exact', 'polling a job']],
    ['opencode_implemented', []],
    ['cline_3', ['exact', 'polling a job']],
    ['roo', ['exact', 'polling a job']],
  ])('%s', (name, shapes) => {
    expect(firing(name)).toEqual(shapes)
  })
})
