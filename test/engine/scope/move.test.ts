// Who can be given a path, and who stands in the way: in the same run, in another one, under another spelling.
import { describe, expect, test } from 'vitest'
import { runWorkflowId } from '../../../src/engine/names.ts'
import { toJson } from '../../../src/engine/record.ts'
import { fileRequest } from '../../../src/engine/scope/file.ts'
import { handScope } from '../../../src/engine/scope/hand.ts'
import { grantScope } from '../../../src/engine/scope/move.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const COMPOSED = '\u{c9}'
const DECOMPOSED = 'E\u{301}'
const named = (label: string) => {
  const [run = '', id = ''] = label.split('/')
  return { run, piece: id }
}

/** `work-1` with the pieces a and b, and `other-1` with the piece c, both at work. */
async function twoRuns(files: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const it = await stage({ 'src/a/main.txt': 'a\n', 'src/b/main.txt': 'b\n', ...files })
  const input = await it.run({ pieces: [piece('a'), piece('b')] })
  const other = { ...input, run: 'other-1', name: 'other', plan: { ...input.plan, pieces: [piece('c')] } }
  it.services.store.claims.create({ id: runWorkflowId('other-1'), workflow: 'run', input: toJson(other) })
  return it
}

const grant = (it: Stage, label: string, ...paths: string[]) =>
  grantScope(it.services, named(label), { paths, reason: 'It may.' })
const hand = (it: Stage, label: string, ...paths: string[]) =>
  handScope(it.services, named(label), { paths, reason: 'It may.' })

describe('a path that passes for one of somebody at work', () => {
  test.each([
    ['in the same run, by case', 'work-1/b', 'SRC/a/main.txt', 'src/a/** of work-1/a'],
    ['in another run, by case', 'other-1/c', 'SRC/a/main.txt', 'src/a/** of work-1/a'],
    ['in the same run, a whole folder', 'work-1/b', 'SRC/A/', 'src/a/** of work-1/a'],
    ['in another run, a whole folder', 'other-1/c', 'Src/', 'src/a/** of work-1/a'],
  ])('is not granted: %s', async (_how, label, path, whose) => {
    await using it = await twoRuns()
    const [name = '', owner = ''] = whose.split(' of ')
    await expect(grant(it, label, path)).rejects.toMatchObject({
      code: 'E_SCOPE_TAKEN',
      message: `Some file systems take ${path} for ${name}, which belongs to ${owner}, and that is still at work.`,
      hints: [
        { command: 'quintet status work-1' },
        { command: `quintet session retry ${owner} "<what to change>"` },
      ],
    })
  })

  test('is not granted by its Unicode form either, whatever was granted first', async () => {
    await using it = await twoRuns()
    await grant(it, 'work-1/b', COMPOSED)
    for (const label of ['work-1/a', 'other-1/c']) {
      await expect(grant(it, label, DECOMPOSED)).rejects.toMatchObject({
        code: 'E_SCOPE_TAKEN',
        message: expect.stringContaining(`take ${DECOMPOSED} for ${COMPOSED}, which belongs to work-1/b`),
      })
    }
    // Two names for what is its own anyway.
    expect(await grant(it, 'work-1/b', DECOMPOSED)).toMatchObject([{ outcome: 'granted', to: 'b' }])
  })

  test('is free once that session has ended', async () => {
    await using it = await twoRuns()
    it.fact('work-1/session/a', 'session.abandoned', { reason: 'Not needed.' })
    expect(await grant(it, 'work-1/b', 'SRC/a/main.txt')).toMatchObject([{ outcome: 'granted' }])
  })

  test('is left to the operator where an agent asks for it, also as a folder', async () => {
    await using it = await twoRuns()
    const filing = { paths: ['Src/'], reason: 'It is needed.', via: 'mcp' as const }
    expect(await fileRequest(it.services, named('work-1/b'), filing)).toMatchObject([
      { outcome: 'open', why: 'Some file systems take it for src/a/**, which belongs to a.' },
    ])
    expect(await fileRequest(it.services, named('other-1/c'), filing)).toMatchObject([
      {
        outcome: 'open',
        why: 'Some file systems take it for src/a/**, which belongs to work-1/a, of another run.',
      },
    ])
  })
})

test('a path is granted as it was named: spaces are part of it, and the repository may stand before it', async () => {
  await using it = await twoRuns()
  expect(await grant(it, 'work-1/a', ' sp', 'end ', `${it.services.repo.root}/notes.md`)).toMatchObject([
    { paths: [' sp', 'end ', 'notes.md'] },
  ])
})

test.each([
  ['../x', 'The path leads out of the repository.', 'git ls-files'],
  ['.git/config', 'The folder .git belongs to git.', 'git ls-files'],
  ['.QUINTET/session/x', 'Coordination files belong to Quintet.', 'git ls-files'],
  ['/somewhere/else', 'The path is absolute.', 'git ls-files'],
  ['src/*.ts', 'It is a pattern.', 'quintet scope grant work-1/b <folder>/'],
])('nobody can be given %s, and what can be named instead is told', async (path, why, command) => {
  await using it = await twoRuns()
  await expect(grant(it, 'work-1/b', path)).rejects.toMatchObject({
    code: 'E_SCOPE_FORBIDDEN',
    message: `The path ${path} cannot be granted. ${why}`,
    hints: [{ command }],
  })
})

describe('what is handed over', () => {
  test('belongs to a session of another run: that one is named, and no grant is offered that would be refused', async () => {
    await using it = await twoRuns()
    const refusal = {
      code: 'E_SCOPE_TAKEN',
      message: 'The path src/a/main.txt belongs to work-1/a, which is still at work.',
      hints: [
        { command: 'quintet status work-1' },
        { command: 'quintet session retry work-1/a "<what to change>"' },
      ],
    }
    await expect(hand(it, 'other-1/c', 'src/a/main.txt')).rejects.toMatchObject(refusal)
    await expect(grant(it, 'other-1/c', 'src/a/main.txt')).rejects.toMatchObject(refusal)
  })

  test('belongs to nobody: the grant that is offered names the session with its run', async () => {
    await using it = await twoRuns()
    await expect(hand(it, 'work-1/a', 'my notes.md')).rejects.toMatchObject({
      code: 'E_SCOPE_UNOWNED',
      hints: [{ command: "quintet scope grant work-1/a 'my notes.md'" }],
    })
  })
})

describe('a folder that moves', () => {
  test('names what a session at work loses with it', async () => {
    await using it = await twoRuns({ 'src/a/x.txt': '1\n' })
    expect(await grant(it, 'work-1/b', 'src/a/')).toEqual([
      {
        n: 1,
        paths: ['src/a/'],
        outcome: 'granted',
        owner: 'a',
        to: 'b',
        loss: { from: 'a', whole: true, count: 2, files: ['src/a/main.txt', 'src/a/x.txt'] },
      },
    ])
  })

  test('says nothing of a single file, nor of what nobody at work loses', async () => {
    await using it = await twoRuns({ 'src/a/in/x.txt': '1\n' })
    for (const path of ['src/a/in/', 'src/a/main.txt', 'docs/'])
      expect((await grant(it, 'work-1/b', path))[0]).not.toHaveProperty('loss')
    it.fact('work-1/session/a', 'session.abandoned', { reason: 'Not needed.' })
    expect((await grant(it, 'work-1/b', 'src/a/'))[0]).not.toHaveProperty('loss')
  })
})
