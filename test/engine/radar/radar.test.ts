// The radar as the daemon keeps it: sessions come and go in the log, files are saved, conflicts are told and cleared.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseFact } from '../../../src/contract/facts.ts'
import { RadarKeeper } from '../../../src/engine/radar/radar.ts'
import { ignoredFolders } from '../../../src/engine/radar/reading.ts'
import { WatchBudget } from '../../../src/integration/radar/budget.ts'
import { filesByFolder } from '../../../src/integration/radar/file-times.ts'
import { radarView, readRadar } from '../../../src/engine/radar/view.ts'
import { stage, type Stage } from '../../support/services.ts'
import { gitCalls } from '../../support/git-calls.ts'
import { temporaryFolder } from '../../support/repository.ts'

const TEXT = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'
const PIECES = ['a', 'b'].map((id) => ({
  id,
  title: `The ${id}`,
  brief: `Change ${id}.\nMore of it.`,
  scope: { include: [`/src/${id}/`] },
}))

interface Play extends AsyncDisposable {
  readonly base: Stage
  readonly keeper: RadarKeeper
  readonly at: (piece: string) => string
  readonly write: (piece: string, path: string, text: string) => Promise<void>
  readonly commit: (piece: string) => Promise<void>
  /** The next conflict told after the last one asked for: its files, or `cleared`. */
  readonly next: () => Promise<string>
  /** Resolves once the radar knows that a session has changed a path. */
  readonly until: (label: string, path: string) => Promise<void>
}

interface PlayOptions {
  readonly now?: () => number
  readonly budget?: WatchBudget
  readonly onNoticed?: () => void
  /** What the first of them may write. */
  readonly include?: readonly string[]
  /** Done in the worktrees before anybody follows them. */
  readonly before?: (at: Play['at'], base: Stage) => Promise<unknown>
}

async function play(
  more: Readonly<Record<string, string>> = {},
  { now, budget, onNoticed, include, before }: PlayOptions = {},
): Promise<Play> {
  const stack = new AsyncDisposableStack()
  const files = { 'src/a/x.txt': TEXT, 'src/b/y.txt': TEXT, 'shared.txt': TEXT, ...more }
  const base = stack.use(await stage(files))
  const folder = stack.use(await temporaryFolder())
  const [first, ...others] = PIECES
  const scope = include === undefined ? {} : { scope: { include: [...include] } }
  await base.run({
    pieces: first === undefined ? [] : [{ ...first, ...scope }, ...others],
    target: 'main',
  })
  const at = (piece: string): string => join(folder.path, piece)
  for (const { id } of PIECES) {
    await base.repository.git('worktree', 'add', '-q', '-b', id, at(id))
    const ports = { first: 1, count: 1 }
    base.fact(`work-1/session/${id}`, 'workspace.ready', { path: at(id), branch: id, base: 'x', ports })
  }
  await before?.(at, base)
  const waiting = new Set<() => void>()
  const keeper: RadarKeeper = stack.use(
    await RadarKeeper.open(base.services, {
      place: join(folder.path, 'radar'),
      ...(now === undefined ? {} : { now }),
      ...(budget === undefined ? {} : { budget }),
      onNoticed: () => {
        onNoticed?.()
        for (const look of waiting) look()
      },
    }),
  )
  const until = (label: string, path: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (keeper.fieldOf(label)?.radar.matrix.overlay(label).has(path) !== true) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  keeper.keep()
  await keeper.settle()
  const write = (piece: string, path: string, text: string): Promise<void> =>
    writeFile(join(at(piece), path), text)
  const commit = async (piece: string): Promise<void> => {
    await base.repository.git('-C', at(piece), 'add', '-A')
    await base.repository.git('-C', at(piece), 'commit', '-qm', 'work')
  }
  const next = follower(base)
  return { base, keeper, at, write, commit, next, until, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function began({ base }: Play, piece: string, level: string): void {
  base.fact(`work-1/session/${piece}`, 'attempt.started', {
    attempt: 1,
    how: 'new',
    conversation: 'c',
    agent: 'scripted',
    version: '1',
    mode: { wanted: null, actual: null },
    boxed: level === 'enforced',
    level,
  })
}

function follower({ services: { store } }: Stage): () => Promise<string> {
  let seq = 0
  const look = (): string | null => {
    for (const event of store.events({ after: seq, types: ['radar.conflict', 'radar.cleared'] })) {
      seq = event.seq
      const fact = parseFact(event.type, event.data)
      if (fact?.type === 'radar.conflict') return fact.data.files.join(' ')
      if (fact?.type === 'radar.cleared') return 'cleared'
    }
    return null
  }
  return () =>
    new Promise((resolve) => {
      const first = look()
      if (first !== null) return resolve(first)
      const subscription = store.onCommit(() => {
        const found = look()
        if (found === null) return
        subscription[Symbol.dispose]()
        resolve(found)
      })
    })
}

test('a conflict is told by what the agents say, and cleared when it goes', async () => {
  await using p = await play()
  await p.write('a', 'shared.txt', TEXT.replace('three', 'drei'))
  p.keeper.hear(p.at('a'), { paths: ['shared.txt'] })
  await p.write('b', 'shared.txt', TEXT.replace('three', 'trois'))
  p.keeper.hear(p.at('b'), { paths: ['shared.txt'] })
  expect(await p.next()).toBe('shared.txt')
  const view = await radarView(p.base.services, p.keeper, 'work-1')
  expect(view.sessions.map(({ intent, source, files }) => [intent, source, files])).toEqual([
    ['Change a.', 'watch', 1],
    ['Change b.', 'watch', 1],
  ])
  expect(view.pairs).toMatchObject([
    { state: 'confirmed', places: [{ left: { lines: ['drei'] }, right: { lines: ['trois'] } }] },
  ])
  // The same, read by somebody who keeps nothing alive.
  expect((await readRadar(p.base.services, 'work-1')).pairs).toMatchObject([{ state: 'confirmed' }])
  await p.write('b', 'shared.txt', TEXT)
  p.keeper.hear(p.at('b'), { paths: ['shared.txt'] })
  expect(await p.next()).toBe('cleared')
})

test('folders of the scope are watched, whoever writes; a program may have written anything', async () => {
  await using p = await play()
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'zwei'))
  await p.write('b', 'src/a/x.txt', TEXT.replace('two', 'deux'))
  p.keeper.hear(p.at('b'), 'something')
  expect(await p.next()).toBe('src/a/x.txt')
})

test('where all is watched, a program that may have written anything has nothing read at once', async () => {
  await using p = await play()
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  await using calls = await gitCalls()
  p.keeper.hear(p.at('a'), 'something')
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'zwei'))
  await p.write('b', 'src/a/x.txt', TEXT.replace('two', 'deux'))
  p.keeper.hear(p.at('b'), 'something')
  expect(await p.next()).toBe('src/a/x.txt')
  expect((await calls.take()).filter((verb) => verb === 'ls-files')).toEqual([])
})

test('a session that ends takes its conflicts with it; one that conflicts with the moved target is told', async () => {
  await using p = await play()
  for (const [piece, word] of [
    ['a', 'drei'],
    ['b', 'trois'],
  ] as const) {
    await p.write(piece, 'shared.txt', TEXT.replace('three', word))
    p.keeper.hear(p.at(piece), { paths: ['shared.txt'] })
  }
  expect(await p.next()).toBe('shared.txt')
  p.base.fact('work-1/session/a', 'session.abandoned', { reason: 'enough' })
  expect(await p.next()).toBe('cleared')
  await writeFile(join(p.base.repository.path, 'shared.txt'), TEXT.replace('three', 'tre'))
  await p.base.repository.git('commit', '-qam', 'moved')
  p.base.fact('work-1/integration/1', 'integration.landed', { from: 'x', to: 'y', pieces: ['c'] })
  expect(await p.next()).toBe('shared.txt')
  const view = await radarView(p.base.services, p.keeper, 'work-1')
  expect(view.pairs).toMatchObject([{ sessions: ['work-1/b', null], state: 'confirmed' }])
})

test('what one has committed and another one uses is warned of; once more after the next commit only', async () => {
  await using p = await play({
    'src/a/user.ts': 'export function readUser(id: string) {\n  return id\n}\n',
    'src/a/tool.py': 'def load_orders(path):\n    return path\n',
  })
  await p.write('a', 'src/a/user.ts', 'export function loadUser(id: string) {\n  return id\n}\n')
  await p.write('a', 'src/a/tool.py', 'def load_orders(path, limit):\n    return path\n')
  await p.write('b', 'src/b/page.ts', "import { readUser } from '../a/user.ts'\nreadUser('1')\n")
  await p.write('b', 'src/b/page.py', 'load_orders("x")\n')
  const look = async () => (await radarView(p.base.services, p.keeper, 'work-1')).semantic
  expect(await look()).toEqual({ warnings: [], more: 0, byLines: [], gaps: [] })
  await p.commit('a')
  await p.commit('b')
  const semantic = await look()
  expect(semantic).toMatchObject({
    warnings: [
      { kind: 'api', change: 'renamed', by: 'work-1/a', used: 'work-1/b', now: 'loadUser', basis: 'parsed' },
      { kind: 'api', change: 'signature', symbol: 'load_orders', basis: 'grep', uses: [{ line: 1 }] },
    ],
    byLines: ['.py'],
  })
  expect((await readRadar(p.base.services, 'work-1')).semantic).toEqual(semantic)
  await p.write('b', 'src/b/page.ts', 'export {}\n')
  await p.commit('b')
  expect((await look()).warnings).toMatchObject([{ symbol: 'load_orders' }])
})

test('a worktree that is watched and of which nobody speaks is read again when its turn comes', async () => {
  const OLD_MS = 45_000
  let now = Date.now()
  const start = now
  await using p = await play({}, { now: () => now })
  const readOf = async (label: string): Promise<number | null | undefined> => {
    const { sessions } = await radarView(p.base.services, p.keeper, 'work-1')
    return sessions.find(({ session }) => session === label)?.read
  }
  // Where the session may not write nothing is watched, and a program of it has written there all the same.
  await p.write('a', 'src/b/y.txt', TEXT.replace('three', 'drei'))
  await p.write('b', 'src/b/y.txt', TEXT.replace('three', 'trois'))
  now = start + OLD_MS
  for (const _piece of PIECES) await p.keeper.round()
  expect(await readOf('work-1/a')).toBe(start)
  now += 1
  for (const _piece of PIECES) await p.keeper.round()
  expect(await readOf('work-1/a')).toBe(now)
  expect(await p.next()).toBe('src/b/y.txt')
})

test('somebody who asks is told what stands there now, wherever it was written', async () => {
  const start = Date.now()
  await using p = await play({}, { now: () => start })
  const states = async (): Promise<readonly string[]> => {
    await p.keeper.settle()
    const { pairs } = await radarView(p.base.services, p.keeper, 'work-1')
    return pairs.map(({ state, files }) => [state, ...files].join(' '))
  }
  for (const text of ['drei', 'tre']) {
    await p.write('a', 'src/b/y.txt', TEXT.replace('three', text))
    await p.write('b', 'src/b/y.txt', TEXT.replace('three', 'trois'))
    expect(await states()).toEqual(['confirmed src/b/y.txt'])
    await p.write('a', 'src/b/y.txt', TEXT)
    expect(await states()).toEqual([])
  }
})

test('outside its scope a session that no box holds is followed as well', async () => {
  const start = Date.now()
  await using p = await play({ 'lib/deep/z.txt': TEXT }, { now: () => start })
  began(p, 'a', 'guarded')
  began(p, 'b', 'advisory')
  await p.keeper.settle()
  await p.write('a', 'lib/deep/z.txt', TEXT.replace('three', 'drei'))
  await p.write('b', 'lib/deep/z.txt', TEXT.replace('three', 'trois'))
  expect(await p.next()).toBe('lib/deep/z.txt')
})

test('a folder that is moved is seen where it was and where it is', async () => {
  await using p = await play()
  await p.write('b', 'src/a/x.txt', TEXT.replace('three', 'trois'))
  p.keeper.hear(p.at('b'), { paths: ['src/a/x.txt'] })
  await mkdir(join(p.at('a'), 'src/moved'))
  await rename(join(p.at('a'), 'src/a'), join(p.at('a'), 'src/moved/a'))
  await p.write('a', 'src/moved/a/x.txt', TEXT.replace('three', 'drei'))
  expect(await p.next()).toBe('src/moved/a/x.txt')
})

test('what git ignores is no folder to be followed, unless something in it is tracked', async () => {
  await using p = await play({ '.gitignore': 'dist/\nkept/\n' })
  const root = p.base.repository.path
  await mkdir(join(root, 'dist'))
  await mkdir(join(root, 'kept'))
  const [folders, layout] = [['dist', 'kept', 'src'], filesByFolder(['kept/x.txt'])]
  expect([...(await ignoredFolders(root, folders, layout))]).toEqual(['dist'])
  expect([...(await ignoredFolders(join(root, 'nowhere'), folders, layout))]).toEqual([])
})

test('of a worktree that was deleted nothing is known, and the others go on', async () => {
  await using p = await play()
  for (const [piece, word] of [
    ['a', 'drei'],
    ['b', 'trois'],
  ] as const) {
    await p.write(piece, 'shared.txt', TEXT.replace('three', word))
    p.keeper.hear(p.at(piece), { paths: ['shared.txt'] })
  }
  expect(await p.next()).toBe('shared.txt')
  await rm(p.at('a'), { recursive: true })
  expect(await p.next()).toBe('cleared')
  await p.keeper.settle()
  const { sessions, pairs } = await radarView(p.base.services, p.keeper, 'work-1')
  expect(sessions.map(({ gap, read }) => [gap, read === null])).toEqual([
    ['its worktree is gone.', true],
    [undefined, false],
  ])
  expect(pairs).toEqual([])
  expect((await readRadar(p.base.services, 'work-1')).sessions).toMatchObject([
    { read: null, gap: 'its worktree is gone.' },
    { read: expect.any(Number) },
  ])
})

test('a move of HEAD that touches no file is known at once', async () => {
  let noticed = (): void => undefined
  await using p = await play({}, { onNoticed: () => noticed() })
  const git = (...args: readonly string[]) => p.base.repository.git('-C', p.at('a'), ...args)
  const head = (): string | null => p.keeper.fieldOf('work-1/a')?.radar.head('work-1/a') ?? null
  const next = await git('commit-tree', await git('write-tree'), '-p', 'HEAD', '-m', 'empty')
  const moved = new Promise<void>((resolve) => {
    noticed = () => void (head() === next && resolve())
  })
  await git('reset', '-q', '--soft', next)
  await moved
  expect(head()).toBe(next)
})

test('where no watch is left a session is polled, which is said, and nothing of it is lost', async () => {
  await using p = await play({}, { budget: new WatchBudget(0) })
  began(p, 'a', 'enforced')
  began(p, 'b', 'enforced')
  await p.keeper.settle()
  const { sessions } = await radarView(p.base.services, p.keeper, 'work-1')
  expect(sessions.map(({ watching }) => watching)).toEqual(
    PIECES.map(() => ({
      how: 'polled',
      folders: 0,
      everyS: expect.any(Number),
      why: '3 of 3 folders are not watched: the 0 watches that are spared for it are taken.',
    })),
  )
  expect(p.keeper.watching()).toMatchObject({ limit: 0, overflows: 0 })
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'zwei'))
  // Git's own folder is watched all the same, and what is heard there leads to a look.
  await p.base.repository.git('-C', p.at('a'), 'add', '-A')
  await p.write('b', 'src/b/new.txt', 'new\n')
  p.keeper.hear(p.at('b'), 'something')
  await p.until('work-1/a', 'src/a/x.txt')
  await p.until('work-1/b', 'src/b/new.txt')
})

test('after events were lost everything is read', async () => {
  const budget = new WatchBudget(100, { queued: 2 })
  await using p = await play({}, { budget })
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  await p.write('a', 'src/b/y.txt', TEXT.replace('two', 'zwei'))
  budget.queue.note()
  await p.until('work-1/a', 'src/b/y.txt')
  expect(p.keeper.watching().overflows).toBeGreaterThan(0)
})

test('the tree of a worktree is told by who follows it, and by nobody where that takes reading it', async () => {
  await using p = await play()
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'zwei'))
  await using calls = await gitCalls()
  const tree = await p.keeper.treeOf(p.at('a'))
  expect((await calls.take()).filter((verb) => verb === 'ls-files')).toEqual([])
  expect(await p.keeper.treeOf(p.at('a'))).toBe(tree)
  expect((await calls.take()).filter((verb) => verb !== 'merge-tree')).toEqual([])
  await p.commit('a')
  expect(tree).toBe(await p.base.repository.git('-C', p.at('a'), 'rev-parse', 'HEAD^{tree}'))
  // Of this one it is not known whether a box holds it.
  expect(await p.keeper.treeOf(p.at('b'))).toBeNull()
  expect(await p.keeper.treeOf('/nowhere')).toBeNull()
})

test('the stamp of a worktree is another one when other paths have changed or HEAD has moved', async () => {
  await using p = await play()
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  const stamp = (): Promise<string | null> => p.keeper.stampOf(p.at('a'))
  const before = await stamp()
  expect(before).not.toBeNull()
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'zwei'))
  const changed = await stamp()
  expect(changed).not.toBe(before)
  await p.write('a', 'src/a/x.txt', TEXT.replace('two', 'deux'))
  expect(await stamp()).toBe(changed)
  await p.commit('a')
  expect(await stamp()).not.toBe(changed)
  expect(await p.keeper.stampOf(p.at('b'))).toBeNull()
})

test('a folder of the scope that is made later, where only folders stand, is followed', async () => {
  await using p = await play({ 'packages/old/x.txt': TEXT }, { include: ['/packages/new/deep/'] })
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  await mkdir(join(p.at('a'), 'packages/new/deep'), { recursive: true })
  await p.write('a', 'packages/new/deep/y.txt', 'new\n')
  await p.until('work-1/a', 'packages/new/deep/y.txt')
  expect(p.keeper.watching().sessions[0]?.watching).toEqual({ how: 'watched', folders: 4 })
})

test.each([100, 0])('an empty folder from before is followed, with %i watches', async (watches) => {
  const before = (at: Play['at']) => mkdir(join(at('a'), 'src/a/empty/deep'), { recursive: true })
  await using p = await play({}, { before, budget: new WatchBudget(watches) })
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  await p.write('a', 'src/a/empty/deep/y.txt', 'new\n')
  if (watches === 0) p.keeper.hear(p.at('a'), 'something')
  await p.until('work-1/a', 'src/a/empty/deep/y.txt')
  expect(p.keeper.watching().taken).toBe(watches === 0 ? 4 : 12)
})

test('a session that could not be followed when it began is said, and begun again in a round', async () => {
  let [tree, away] = ['', '']
  const before = async (_at: Play['at'], { repository }: Stage): Promise<void> => {
    const name = await repository.git('rev-parse', 'main^{tree}')
    tree = join(repository.path, '.git/objects', name.slice(0, 2), name.slice(2))
    away = join(repository.path, '.git/away')
    // Git can say which commit it is, and not what is in it.
    await rename(tree, away)
  }
  await using p = await play({}, { before })
  began(p, 'a', 'enforced')
  await p.keeper.settle()
  const how = () => p.keeper.watching().sessions.map(({ watching }) => watching.how)
  expect(how()).toEqual(['polled', 'polled'])
  await rename(away, tree)
  await p.keeper.round()
  await p.keeper.settle()
  expect(how()).toEqual(['watched', 'polled'])
  await p.write('a', 'src/a/x.txt', 'new\n')
  await p.until('work-1/a', 'src/a/x.txt')
})
