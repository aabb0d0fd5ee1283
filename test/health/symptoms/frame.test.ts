import { expect, test } from 'vitest'
import { unframed } from '../../../src/health/symptoms/frame.ts'

test.each([
  ['<returncode>2</returncode>\n<output>\nno such table\n</output>', 'no such table', 2],
  ['Exit code: 1\nWall time: 0.3 seconds\nOutput:\nboom', 'boom', 1],
  ['Chunk ID: 3f\nWall time: 0.1 seconds\nProcess exited with code 101\nOutput:\nboom', 'boom', 101],
  [
    'Command: ls x\nDirectory: (root)\nOutput: (empty)\nError: ls: x: no\nExit Code: 2\nSignal: (none)\nBackground PIDs: (none)',
    '\nls: x: no',
    2,
  ],
  ['Output: fine\nError: (none)\nExit Code: 0\nSignal: 0', 'fine', 0],
  [
    'boom\n[The command completed with exit code 1.]\n[Current working directory: /w]\n[Python interpreter: /p]',
    'boom',
    1,
  ],
  ['boom\n[Command finished with exit code 127]', 'boom', 127],
  ['nothing around it', 'nothing around it', null],
  ['The docs say: Exit code: 1 means no', 'The docs say: Exit code: 1 means no', null],
  ['', '', null],
])('%j', (text, said, exit) => {
  expect(unframed(text)).toEqual({ text: said, exit })
})

test('a long text with half a frame is looked at in bounded time', () => {
  const text = `Command: ${'x\n'.repeat(200_000)}Exit Code: `
  const before = performance.now()
  expect(unframed(text).exit).toBeNull()
  expect(performance.now() - before).toBeLessThan(1000)
})
