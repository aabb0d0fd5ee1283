import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'valibot'
import { expect, test } from 'vitest'
import { type Ground, modelScript } from '../../../src/cli/demo/model-script.ts'
import { Script, type ScriptStep } from '../../../src/contract/script.ts'

const PIECES = fileURLToPath(new URL('../../../demo/pieces/', import.meta.url))

function turnsOf(steps: readonly ScriptStep[], { files, sources }: Partial<Ground> = {}) {
  const script = parse(Script, { schema: 1, name: 'one', window: 1000, steps: [...steps] })
  return modelScript(script, { files: files ?? new Map(), sources: sources ?? new Map() })
}

test('what is said, thought and waited for goes into the turn of the next call', () => {
  const { script } = turnsOf([
    { usage: 100 },
    { say: 'First.' },
    { think: 'Hm.' },
    { wait: 20 },
    { wait: 30 },
    { run: ['npm', 'test', 'a b'] },
    { usage: 200 },
    { commit: "It's done" },
    { say: 'Done.' },
  ])
  expect(script).toEqual({
    name: 'one',
    turns: [
      {
        text: 'First.',
        thinking: 'Hm.',
        delayMs: 50,
        fill: 0.1,
        calls: [{ kind: 'run', command: "npm test 'a b'" }],
      },
      {
        fill: 0.2,
        calls: [{ kind: 'run', command: String.raw`git add -A && git commit -q -m 'It'\''s done'` }],
      },
      { text: 'Done.', fill: 0.2 },
    ],
  })
})

test('an agent reads what is there before it writes it, and several files at once', () => {
  const files = new Map([['old.txt', 'one\n']])
  const { script, files: after } = turnsOf(
    [
      { read: 'x.txt' },
      { read: 'y.txt' },
      { write: { path: 'old.txt', from: 'files/old.txt' } },
      { write: { path: 'old.txt', content: 'three\n' } },
      { write: { path: 'new.txt', content: 'new\n' } },
      { delete: 'new.txt' },
    ],
    { files, sources: new Map([['files/old.txt', 'two\n']]) },
  )
  expect(script.turns.map(({ calls }) => calls)).toEqual([
    [
      { kind: 'read', path: 'x.txt' },
      { kind: 'read', path: 'y.txt' },
      { kind: 'read', path: 'old.txt' },
    ],
    [{ kind: 'write', path: 'old.txt', content: 'two\n' }],
    [{ kind: 'write', path: 'old.txt', content: 'three\n' }],
    [{ kind: 'write', path: 'new.txt', content: 'new\n' }],
    [{ kind: 'run', command: 'rm -rf -- new.txt' }],
    undefined,
  ])
  expect(after).toEqual(new Map([['old.txt', 'three\n']]))
})

test.for([
  ['a part of a line', 'a = 1\nb = 2\n', '2', '3', ['b = 2', 'b = 3']],
  ['whole lines', 'a\nb\nc\n', 'b\n', 'x\ny\n', ['b', 'x\ny']],
  ['a place that is not the only one', 'x\nsame\ny\nsame\n', 'same', 'other', ['x\nsame', 'x\nother']],
  ['a line that goes', 'a\nb\nc\n', 'b\n', '', ['b\nc', 'c']],
  ['the first line', '\na\n', '\na', '\nb', ['\na', '\nb']],
] as const)(
  'edits replace whole lines that are there once: %s',
  ([, text, old, now, [oldLines, newLines]]) => {
    const { script, files } = turnsOf([{ read: 'f' }, { edit: { path: 'f', old, new: now } }], {
      files: new Map([['f', text]]),
    })
    expect(script.turns[1]?.calls).toEqual([{ kind: 'edit', path: 'f', old: oldLines, new: newLines }])
    expect(files.get('f')).toBe(text.replace(old, now))
    expect(text.split(oldLines)).toHaveLength(2)
  },
)

test('a question is asked of the operator and its answer is learnt; a status is reported', () => {
  const { script } = turnsOf([
    { status: { completed: ['a'], inProgress: [], blockedOn: ['b'] } },
    { ask: { name: 'ttl', question: 'How long?', options: ['7', '30'] } },
    { endTurn: true },
  ])
  expect(script.turns).toEqual([
    {
      fill: 0,
      calls: [
        {
          kind: 'tool',
          tool: 'report_status',
          input: { completed: ['a'], in_progress: [], blocked_on: ['b'] },
        },
      ],
    },
    {
      fill: 0,
      calls: [{ kind: 'tool', tool: 'ask_operator', input: { question: 'How long?', options: ['7', '30'] } }],
      learn: { name: 'ttl', among: ['7', '30'] },
    },
    { fill: 0 },
  ])
})

test('steps that no model can take, and texts that are not there, are refused', () => {
  expect(() => turnsOf([{ die: 1 }])).toThrow('No model can be made to take the step "die".')
  expect(() => turnsOf([{ edit: { path: 'f', old: 'a', new: 'b' } }])).toThrow('not in f')
  expect(() => turnsOf([{ write: { path: 'f', from: 'gone' } }])).toThrow('no text for gone')
})

test('every script of the demo can be played by a model up to its end', async () => {
  const names = await readdir(PIECES)
  for (const name of names) {
    const folder = join(PIECES, name)
    const script = parse(Script, JSON.parse(await readFile(join(folder, 'script.json'), 'utf8')))
    const sources = new Map<string, string>()
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name)
        sources.set(path.slice(folder.length + 1), await readFile(path, 'utf8'))
      }
    // Every file that is edited but not written is taken to hold what is replaced.
    const files = new Map<string, string>()
    for (const step of script.steps)
      if ('edit' in step) files.set(step.edit.path, `${files.get(step.edit.path) ?? ''}${step.edit.old}\n`)
    const { turns } = modelScript(script, { files, sources }).script
    const commits = turns.filter(({ calls }) =>
      calls?.some((call) => call.kind === 'run' && call.command.startsWith('git add')),
    )
    expect([name, commits.length]).toEqual([name, script.steps.filter((step) => 'commit' in step).length])
    expect(turns.at(-1)?.calls).toBeUndefined()
  }
})
