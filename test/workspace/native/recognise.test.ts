import { describe, expect, it } from 'vitest'
import {
  nativeVerdict,
  nativeWorktree,
  WORKTREE_AGENTS,
  type NativeFacts,
} from '../../../src/workspace/native/recognise.ts'

const entry = (path: string, branch: string | null = null, locked: string | null = null) => ({
  path,
  head: 'c1',
  branch,
  locked,
})
const LOCK = 'claude session calm-river (pid 42 start 12345)'

describe('nativeWorktree', () => {
  it('knows whose it is by place, lock or neither', () => {
    expect(nativeWorktree(entry('/r/.claude/worktrees/x', 'worktree-x', LOCK))).toMatchObject({
      owner: 'claude',
      holder: { pid: 42, start: '12345' },
    })
    expect(nativeWorktree(entry('/elsewhere/x', null, LOCK))?.owner).toBe('claude')
    expect(nativeWorktree(entry('/r/.codex/worktrees/ab12'))?.owner).toBe('codex')
    expect(nativeWorktree(entry('/r/half', null, 'initializing'))?.owner).toBe('git')
    expect(nativeWorktree(entry('/r/mine', 'feature', 'on a stick'))).toBeNull()
    expect(nativeWorktree(entry('/r', 'x', 'quintet:work-1/a pid 1 start 2'))).toBeNull()
  })
})

describe.each([...WORKTREE_AGENTS])('a worktree of %s', (agent) => {
  it.each([
    ['its place', entry(`/r/.${agent}/worktrees/x`)],
    ['its lock', entry('/elsewhere/x', null, `${agent} session calm-river (pid 42 start 12345)`)],
  ])('is known by %s', (_by, found) => {
    expect(nativeWorktree(found)?.owner).toBe(agent)
  })
})

describe('nativeVerdict', () => {
  const worktree = nativeWorktree(entry('/r/.claude/worktrees/x', 'worktree-x', LOCK))
  if (worktree === null) throw new Error('It is not recognised.')
  const dead: NativeFacts = {
    worktree,
    present: true,
    alive: null,
    occupants: [],
    uncommitted: 0,
    ignored: [],
    unreachable: false,
    operation: null,
  }
  it('lets go what is dead and clean, with the proof', () => {
    expect(nativeVerdict(dead)).toEqual({
      kind: 'removable',
      proof: [
        'The process of its lock (pid 42, start 12345) is gone, and nothing works in it.',
        'Everything in it is committed.',
        'Everything on its branch worktree-x is on another one.',
      ],
    })
    expect(nativeVerdict({ ...dead, unreachable: true })).toMatchObject({
      proof: expect.arrayContaining(['Its branch worktree-x stays.']),
    })
  })

  it.each<[string, Partial<NativeFacts>, string]>([
    ['a live lock', { alive: 42 }, 'in-use'],
    ['somebody in it', { occupants: [7] }, 'in-use'],
    ['changes', { uncommitted: 2 }, 'kept'],
    ['ignored work', { ignored: ['.env'] }, 'kept'],
    ['a merge', { operation: 'merge' }, 'kept'],
    ['a lock without a process', { worktree: { ...worktree, holder: null } }, 'kept'],
    ['commits of its own alone', { worktree: { ...worktree, branch: null }, unreachable: true }, 'kept'],
    ['half made', { worktree: { ...worktree, owner: 'git' } }, 'kept'],
  ])('keeps one with %s', (_what, facts, kind) => {
    expect(nativeVerdict({ ...dead, ...facts }).kind).toBe(kind)
  })
})
