import { describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { adviceFor } from '../../../src/engine/radar/advice.ts'
import { radarNews } from '../../../src/engine/radar/followed.ts'
import { writableFolders } from '../../../src/engine/radar/folders.ts'
import { heardIn } from '../../../src/engine/radar/listen.ts'

const tool = (event: Partial<Extract<AgentEvent, { kind: 'tool' }>>): AgentEvent => ({
  kind: 'tool',
  id: '1',
  title: 'Edit',
  tool: 'edit',
  status: 'completed',
  paths: [],
  ...event,
})

describe('what an agent says that it does', () => {
  test('names the files that it wrote, inside its worktree', () => {
    const event = tool({ paths: ['/w/src/a.ts', 'src/b.ts', '/etc/passwd', '/w'] })
    expect(heardIn(event, '/w')).toEqual({ paths: ['src/a.ts', 'src/b.ts'] })
  })

  test('may have written anything when it ran a program or names no file', () => {
    expect(heardIn(tool({ tool: 'execute', paths: ['/w/a'] }), '/w')).toBe('something')
    expect(heardIn(tool({}), '/w')).toBe('something')
  })

  test('is nothing while it goes on, or when it reads', () => {
    expect(heardIn(tool({ status: 'running', paths: ['/w/a'] }), '/w')).toBeNull()
    expect(heardIn(tool({ tool: 'read', paths: ['/w/a'] }), '/w')).toBeNull()
    expect(heardIn({ kind: 'text', text: 'x' }, '/w')).toBeNull()
  })
})

test('the folders that are watched are those in which a session may write, and those above', () => {
  const files = ['package.json', 'src/a/x.ts', 'src/a/deep/y.ts', 'src/b/z.ts', 'docs/d.md']
  const owns = (path: string): boolean => path.startsWith('src/a/')
  expect(writableFolders(files, { owns, include: ['/src/a/**', 'docs/new/*.md'] }).toSorted()).toEqual([
    '',
    'docs',
    'docs/new',
    'src',
    'src/a',
    'src/a/deep',
  ])
})

test('what the log says of sessions', () => {
  const ready = { path: '/w', branch: 'b', base: 'c', ports: { first: 1, count: 1 } }
  expect(radarNews({ stream: 'r/session/p', type: 'workspace.ready', data: ready })).toEqual({
    kind: 'joined',
    session: { run: 'r', piece: 'p' },
    path: '/w',
  })
  expect(
    radarNews({ stream: 'r/session/p', type: 'session.abandoned', data: { reason: 'x' } }),
  ).toMatchObject({ kind: 'left' })
  expect(radarNews({ stream: 'r/run', type: 'decision.made', data: { n: 1, text: 'x' } })).toBeNull()
})

describe('what can be done', () => {
  const left = { session: 'r/a', piece: 'a', finished: false }
  const right = { session: 'r/b', piece: 'b', finished: false }

  test('all four ways, with commands that can be run', () => {
    const advice = adviceFor({ left, right, paths: ["it's.ts", 'b.ts'], owner: 'b', target: 'main' })
    expect(advice.map(({ what, command }) => [what, command])).toEqual([
      [
        'tell-both',
        String.raw`quintet decide 'b and a both change it'\''s.ts, b.ts: b makes the change, a leaves it alone.'`,
      ],
      ['move-path', String.raw`quintet scope hand r/a 'it'\''s.ts'`],
      [
        'serialise',
        String.raw`quintet session retry r/a 'Undo the change to it'\''s.ts, b.ts and do it last, when b has landed.'`,
      ],
      [
        'merge-first',
        String.raw`quintet session retry r/b 'Finish what touches it'\''s.ts, b.ts and commit it: it lands first.'`,
      ],
    ])
  })

  test('a path that nobody owns moves to the first', () => {
    const advice = adviceFor({ left, right, paths: ['x'], owner: null, target: 'main' })
    expect(advice.map(({ command }) => command)).toContain('quintet scope grant r/a x')
  })

  test('who is finished goes first', () => {
    const advice = adviceFor({
      left: { ...left, finished: true },
      right,
      paths: ['x'],
      owner: 'b',
      target: 'main',
    })
    expect(advice.at(-1)).toMatchObject({ what: 'merge-first', command: 'quintet merge' })
  })

  test('against the target there is one way', () => {
    const advice = adviceFor({ left, right: null, paths: ['x'], owner: null, target: 'main' })
    expect(advice.map(({ command }) => command)).toEqual([
      "quintet session retry r/a 'Merge main into this branch and resolve x.'",
    ])
  })
})
