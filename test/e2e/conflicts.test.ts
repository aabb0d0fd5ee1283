// Two sessions come to conflict while neither has committed anything: the operator hears of it within a second of the save,
// sees both sides, and sees it go.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RadarView } from '../../src/contract/radar.ts'
import type { RunView } from '../../src/contract/view.ts'
import { answerOf, Machine, withoutBoxes, type Home } from '../support/cli.ts'
import { ask, planFiles } from '../support/scenario.ts'

const SHARED = 'src/a/shared.txt'
const BASE = 'one\ntwo\nthree\nfour\nfive\n'
const ALARM_MS = 1_000

function writes(text: string): readonly [{ write: { path: string; content: string } }] {
  return [{ write: { path: SHARED, content: text } }]
}

test('a conflict of uncommitted work is told within a second, shown with both sides, and cleared', async () => {
  await using machine = await Machine.make()
  const env = await withoutBoxes(machine)
  const files = planFiles({
    pieces: {
      a: {
        title: 'Count in Latin',
        steps: [...writes(BASE.replace('three', 'tria')), ask('Go on?'), ...writes(BASE), ask('Done?')],
      },
      b: { title: 'Count in German', steps: [...writes(BASE.replace('three', 'drei')), ask('Go on?')] },
    },
  })
  const home = await machine.repository({ ...files, [SHARED]: BASE })
  const run = home.call(['run', 'work', '--json'], { env })
  const conflict = await run.until('radar.conflict')
  expect(conflict).toEqual({ sessions: ['work-1/a', 'work-1/b'], files: [SHARED] })
  const told = Date.now()
  const saved = await Promise.all(
    ['a', 'b'].map(async (piece) => (await stat(join(await worktree(home, piece), SHARED))).mtimeMs),
  )
  // The later of the two saves made the conflict.
  expect(told - Math.max(...saved)).toBeLessThan(ALARM_MS)

  const shown = await home.quintet('conflicts', '--json')
  expect(shown.code).toBe(6)
  const radar = answerOf(shown).data as RadarView
  expect(radar.sessions.map(({ title, intent }) => [title, intent])).toEqual([
    ['Count in Latin', 'Do the a part.'],
    ['Count in German', 'Do the b part.'],
  ])
  expect(radar.pairs).toMatchObject([
    {
      sessions: ['work-1/a', 'work-1/b'],
      state: 'confirmed',
      files: [SHARED],
      places: [
        {
          path: SHARED,
          base: { first: 3, lines: ['three'] },
          left: { lines: ['tria'] },
          right: { lines: ['drei'] },
        },
      ],
    },
  ])
  expect(radar.pairs[0]?.advice.map(({ what }) => what)).toEqual([
    'tell-both',
    'move-path',
    'serialise',
    'merge-first',
  ])
  const text = await home.quintet('conflicts')
  expect(text.stdout).toContain('X a × b: conflict in src/a/shared.txt')
  expect(text.stdout).toContain('→ quintet scope hand work-1/b src/a/shared.txt')
  expect((await home.quintet('status')).stdout).toContain('X a × b conflict in src/a/shared.txt')

  await home.quintet('answer', 'a', 'yes')
  expect(await run.until('radar.cleared')).toEqual({ sessions: ['work-1/a', 'work-1/b'] })
  expect((await home.quintet('conflicts')).code).toBe(0)
  expect(await readFile(join(await worktree(home, 'b'), SHARED), 'utf8')).toContain('drei')
  run.signal('SIGINT')
  await run.ended

  // Without a daemon the worktrees are read there and then.
  await home.quintet('stop')
  const cold = await home.quintet('conflicts', '--json')
  expect(answerOf(cold).data).toMatchObject({ sessions: [{ source: 'reading' }, { source: 'reading' }] })
})

test('what programs write outside the scopes is seen with a daemon no less than without one', async () => {
  await using machine = await Machine.make()
  const env = await withoutBoxes(machine)
  const waits = { steps: [ask('Go on?')] }
  const files = planFiles({ pieces: { a: waits, b: waits, c: waits } })
  const names = ['touching', 'deleted', 'renamed', 'returns']
  // Alike they would be taken for each other, renamed.
  const textOf = (name: string): string => BASE.repeat(3).replaceAll('o', name)
  const others = Object.fromEntries(names.map((name) => [`lib/deep/${name}.txt`, textOf(name)]))
  const moved = { 'lib/old/one.txt': BASE, 'lib/old/two.txt': BASE.repeat(2) }
  const home = await machine.repository({ ...files, ...others, ...moved, 'lib/thing/kept.txt': BASE })
  const run = home.call(['run', 'work', '--json'], { env })
  for (const piece of ['a', 'b', 'c'])
    await run.until('question.asked', (_data, stream) => stream.endsWith(`/${piece}`))
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((piece) => worktree(home, piece)))
  const edit = (root = '', name: string, by: string): Promise<void> =>
    writeFile(join(root, `lib/deep/${name}.txt`), textOf(name).replace('three', by))

  // Nobody asks: the kernel tells.
  await edit(a, 'touching', 'tria')
  await edit(b, 'touching', 'drei')
  expect(await run.until('radar.conflict')).toMatchObject({ files: ['lib/deep/touching.txt'] })
  const started = (await pairsOf(home)).map(({ state }) => state)
  expect(started).toEqual(['confirmed'])

  // Asked at once, again and again: nothing is older than the question.
  await rm(join(a ?? '', 'lib/deep/deleted.txt'))
  await edit(b, 'deleted', 'drei')
  expect(filesOf(await pairsOf(home))).toContain('lib/deep/deleted.txt')
  await rename(join(a ?? '', 'lib/deep/renamed.txt'), join(a ?? '', 'lib/deep/latin.txt'))
  await rename(join(b ?? '', 'lib/deep/renamed.txt'), join(b ?? '', 'lib/deep/german.txt'))
  expect(filesOf(await pairsOf(home))).toContain('lib/deep/renamed.txt')
  await writeFile(join(a ?? '', 'lib/deep/returns.txt'), textOf('returns').replaceAll('\n', '\r\n'))
  await edit(b, 'returns', 'drei')
  expect(filesOf(await pairsOf(home))).toContain('lib/deep/returns.txt')
  await rename(join(a ?? '', 'lib/old'), join(a ?? '', 'lib/new'))
  await writeFile(join(b ?? '', 'lib/old/three.txt'), 'three\n')
  await writeFile(join(a ?? '', 'thing'), 'a file')
  await mkdir(join(b ?? '', 'thing'))
  await writeFile(join(b ?? '', 'thing/inside'), 'a folder')
  const live = await pairsOf(home)
  // By the path that both know, not by the commits of a merge that nobody keeps.
  expect(filesOf(live)).toEqual(expect.arrayContaining(['lib/new/three.txt', 'thing']))
  expect(live.map(({ sessions }) => sessions)).toEqual([['work-1/a', 'work-1/b']])

  await rm(c ?? '', { recursive: true })
  const shown = answerOf(await home.quintet('conflicts', '--json')).data as RadarView
  expect(shown.sessions.map(({ gap, read }) => [gap, read === null])).toEqual([
    [undefined, false],
    [undefined, false],
    ['its worktree is gone.', true],
  ])
  run.signal('SIGINT')
  await run.ended
  await home.quintet('stop')
  const cold = answerOf(await home.quintet('conflicts', '--json')).data as RadarView
  expect(cold.pairs).toEqual(shown.pairs)
  expect(shown.pairs.map(({ state, files }) => ({ state, files }))).toEqual(
    live.map(({ state, files }) => ({ state, files })),
  )
  expect(cold.sessions.map(({ gap }) => gap)).toEqual([undefined, undefined, 'its worktree is gone.'])
})

async function pairsOf(home: Home): Promise<RadarView['pairs']> {
  return (answerOf(await home.quintet('conflicts', '--json')).data as RadarView).pairs
}

function filesOf(pairs: RadarView['pairs']): readonly string[] {
  return pairs.flatMap(({ files }) => files)
}

async function worktree(
  home: { json<T>(...args: readonly string[]): Promise<T> },
  piece: string,
): Promise<string> {
  const view = await home.json<RunView>('status')
  return view.sessions.find((session) => session.piece === piece)?.path ?? ''
}
