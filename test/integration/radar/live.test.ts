import { open, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../../../src/git/repository.ts'
import { openScratchObjects } from '../../../src/git/objects/scratch.ts'
import { LiveRadar } from '../../../src/integration/radar/live.ts'
import { gitCalls } from '../../support/git-calls.ts'
import { temporaryFolder, temporaryRepository, writeFiles } from '../../support/repository.ts'

const numbered = (count: number): string =>
  Array.from({ length: count }, (_line, index) => `line ${index + 1}\n`).join('')
const replaced = (text: string, line: number, by: string): string => text.replace(`line ${line}\n`, `${by}\n`)

const FILES = {
  'src/a.ts': numbered(20),
  'src/b.ts': numbered(20),
  'lib/c.ts': numbered(5),
  '.gitignore': 'dist\n',
}

interface Stage extends AsyncDisposable {
  readonly radar: LiveRadar
  readonly git: (...args: readonly string[]) => Promise<string>
  /** Folder of a worktree. */
  readonly at: (name: string) => string
  /** Writes a file of a worktree and tells the radar. */
  readonly save: (name: string, path: string, text: string) => Promise<'changed' | 'same' | 'unclear'>
  readonly state: () => string
}

async function stage(names: readonly string[]): Promise<Stage> {
  const stack = new AsyncDisposableStack()
  const repository = stack.use(await temporaryRepository({ files: FILES }))
  const folder = stack.use(await temporaryFolder())
  const repo = await openRepository(repository.path)
  const scratch = stack.use(await openScratchObjects(repo))
  const base = await repository.git('rev-parse', 'HEAD')
  const radar = new LiveRadar({ repo, scratch, base })
  const at = (name: string): string => join(folder.path, name)
  for (const name of names) {
    await repository.git('worktree', 'add', '-q', '-b', name, at(name))
    radar.add(name, at(name))
    await radar.reconcile(name)
  }
  const git = (...args: readonly string[]): Promise<string> => repository.git(...args)
  const save = async (name: string, path: string, text: string): ReturnType<Stage['save']> => {
    await writeFiles(at(name), { [path]: text })
    return radar.saved(name, [path])
  }
  const state = (): string =>
    radar
      .pairs()
      .map(({ pair, state, files }) => [pair.join('-'), state, ...files].join(' '))
      .join('; ')
  return { radar, git, at, save, state, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('an uncommitted change that overlaps another is predicted when saved, and confirmed by a merge', async () => {
  await using s = await stage(['one', 'two', 'three'])
  expect(await s.save('one', 'src/a.ts', replaced(FILES['src/a.ts'], 5, 'five'))).toBe('changed')
  expect(s.state()).toBe('')
  await s.save('two', 'src/a.ts', replaced(FILES['src/a.ts'], 12, 'twelve'))
  expect(s.state()).toBe('one-two same-file')
  expect(await s.radar.verify()).toBe(0)
  await s.save('two', 'src/a.ts', replaced(FILES['src/a.ts'], 6, 'six'))
  expect(s.state()).toBe('one-two predicted')
  expect(await s.radar.verify()).toBe(1)
  expect(s.state()).toBe('one-two confirmed src/a.ts')
  expect(await s.radar.verify()).toBe(0)
  await s.save('two', 'src/a.ts', FILES['src/a.ts'])
  expect(s.state()).toBe('')
})

test('the same edit twice is no conflict, committed or not', async () => {
  await using s = await stage(['one', 'two'])
  const text = replaced(FILES['src/a.ts'], 5, 'five')
  await s.save('one', 'src/a.ts', text)
  await s.save('two', 'src/a.ts', text)
  expect(s.state()).toBe('')
  await s.save('two', 'src/a.ts', replaced(text, 15, 'fifteen'))
  expect(s.state()).toBe('one-two same-file')
})

test('what is committed, staged, untracked, deleted and renamed is found by reading the worktree', async () => {
  await using s = await stage(['one', 'two'])
  await writeFile(join(s.at('one'), 'src/a.ts'), replaced(FILES['src/a.ts'], 5, 'five'))
  await s.git('-C', s.at('one'), 'commit', '-qam', 'five')
  await writeFile(join(s.at('one'), 'src/new.ts'), 'one\n')
  await unlink(join(s.at('two'), 'src/a.ts'))
  await writeFile(join(s.at('two'), 'src/new.ts'), 'two\n')
  await rename(join(s.at('two'), 'lib/c.ts'), join(s.at('two'), 'lib/d.ts'))
  await writeFile(join(s.at('one'), 'lib/c.ts'), `${FILES['lib/c.ts']}more\n`)
  await s.radar.reconcile('one')
  await s.radar.reconcile('two')
  const [pair] = s.radar.pairs()
  expect(pair?.paths).toEqual([
    { path: 'lib/c.ts', clash: 'renamed' },
    { path: 'src/a.ts', clash: 'deleted' },
    { path: 'src/new.ts', clash: 'added' },
  ])
  await s.radar.verify()
  expect(s.state()).toBe('one-two confirmed src/a.ts src/new.ts')
})

test('ignored files are overlooked, new ones are not', async () => {
  await using s = await stage(['one', 'two'])
  expect(await s.save('one', 'dist/out.js', 'one\n')).toBe('same')
  await s.save('two', 'dist/out.js', 'two\n')
  expect(s.state()).toBe('')
  await s.save('one', 'src/x.ts', 'one\n')
  await s.save('two', 'src/x.ts/y.ts', 'two\n')
  expect(s.state()).toBe('one-two predicted')
  await s.radar.verify()
  expect(s.state()).toMatch(/^one-two confirmed src\/x\.ts/)
})

test('files added to a folder that another session moves are foreseen', async () => {
  await using s = await stage(['one', 'two'])
  await s.git('-C', s.at('one'), 'mv', 'src', 'code')
  await s.radar.reconcile('one')
  await s.save('two', 'src/z.ts', 'z\n')
  expect(s.radar.pairs().map(({ paths }) => paths)).toEqual([[{ path: 'src/z.ts', clash: 'folder-moved' }]])
  await s.radar.verify()
  expect(s.state()).toMatch(/^one-two confirmed/)
})

test('the index, its lock and the objects of the repository are left alone', async () => {
  await using s = await stage(['one', 'two'])
  const index = (await s.git('-C', s.at('one'), 'rev-parse', '--absolute-git-dir')).concat('/index')
  const before = [await readFile(index), (await stat(index)).mtimeMs]
  const objects = await s.git('count-objects')
  await writeFile(`${index}.lock`, '')
  await s.save('one', 'src/a.ts', replaced(FILES['src/a.ts'], 5, 'five'))
  await s.save('two', 'src/a.ts', replaced(FILES['src/a.ts'], 5, 'FIVE'))
  await s.radar.reconcile('one')
  await s.radar.verify()
  expect(s.state()).toBe('one-two confirmed src/a.ts')
  expect([await readFile(index), (await stat(index)).mtimeMs]).toEqual(before)
  expect(await s.git('count-objects')).toBe(objects)
  await rm(`${index}.lock`)
})

test('when the target moves, a worktree is compared as if it had been merged with it', async () => {
  await using s = await stage(['one', 'two'])
  await s.save('one', 'src/a.ts', replaced(FILES['src/a.ts'], 5, 'five'))
  await s.save('two', 'src/b.ts', replaced(FILES['src/b.ts'], 5, 'five'))
  const target = await commitOnMain(s, 'src/b.ts', replaced(FILES['src/b.ts'], 6, 'six'))
  s.radar.rebase(target)
  await s.radar.reconcile('one')
  await s.radar.reconcile('two')
  expect([...s.radar.againstTarget()]).toEqual([['two', ['src/b.ts']]])
  expect([...s.radar.matrix.overlay('one').keys()]).toEqual(['src/a.ts'])
  expect(s.state()).toBe('')
  // A path that the target has changed cannot be compared alone.
  expect(await s.save('one', 'src/b.ts', replaced(FILES['src/b.ts'], 18, 'eighteen'))).toBe('unclear')
  await s.radar.reconcile('one')
  expect([...s.radar.matrix.overlay('one').keys()].toSorted()).toEqual(['src/a.ts', 'src/b.ts'])
})

test('a session that starts from the branch of another does not conflict with it', async () => {
  await using s = await stage(['one', 'two'])
  await writeFile(join(s.at('one'), 'src/a.ts'), replaced(FILES['src/a.ts'], 5, 'five'))
  await s.git('-C', s.at('one'), 'commit', '-qam', 'five')
  await s.git('-C', s.at('two'), 'merge', '-q', 'one')
  await s.radar.reconcile('one')
  await s.radar.reconcile('two')
  await s.save('two', 'src/a.ts', replaced(FILES['src/a.ts'], 5, 'fünf'))
  await s.radar.verify()
  expect(s.state()).toBe('one-two same-file')
})

async function commitOnMain(s: Stage, path: string, text: string): Promise<string> {
  await s.git('checkout', '-q', '--detach')
  const root = await s.git('rev-parse', '--show-toplevel')
  await writeFile(join(root, path), text)
  await s.git('commit', '-qam', 'moved')
  return s.git('rev-parse', 'HEAD')
}

test('a file where the other has a folder is named as both know it', async () => {
  await using s = await stage(['one', 'two'])
  await s.save('one', 'thing', 'a file\n')
  await s.save('two', 'thing/inside', 'a folder\n')
  await s.radar.verify()
  expect(s.state()).toBe('one-two confirmed thing')
})

test('a worktree that cannot be read keeps no other pair from its verdict, and counts no more when it is lost', async () => {
  await using s = await stage(['one', 'two', 'three'])
  for (const [name, by] of [
    ['one', 'five'],
    ['two', 'cinq'],
    ['three', 'cinque'],
  ] as const)
    await s.save(name, 'src/a.ts', replaced(FILES['src/a.ts'], 5, by))
  await rm(s.at('three'), { recursive: true })
  await s.radar.verify()
  expect(s.state()).toContain('one-two confirmed src/a.ts')
  s.radar.lose('three')
  expect(s.state()).toBe('one-two confirmed src/a.ts')
})

test('a folder that goes or comes takes reading the whole; so does a file in its place', async () => {
  await using s = await stage(['one'])
  await rename(join(s.at('one'), 'src'), join(s.at('one'), 'moved'))
  expect(await s.radar.saved('one', ['src'])).toBe('unclear')
  expect(await s.radar.saved('one', ['moved'])).toBe('unclear')
  await s.radar.reconcile('one')
  await rm(join(s.at('one'), 'moved'), { recursive: true })
  expect(await s.radar.saved('one', ['moved'])).toBe('unclear')
  expect(await s.save('one', 'src', 'a file\n')).toBe('unclear')
})

test('new files that are saved together are asked for together, whatever lies behind a link', async () => {
  await using s = await stage(['one'])
  await symlink('src', join(s.at('one'), 'link'))
  const names = ['src/n1', 'src/n2', 'dist', 'src/n3']
  await writeFiles(s.at('one'), Object.fromEntries(names.map((name) => [name, 'new\n'])))
  await s.radar.saved('one', ['src/a.ts'])
  await using calls = await gitCalls()
  expect(await s.radar.saved('one', names)).toBe('changed')
  expect((await calls.take()).filter((verb) => verb === 'check-ignore')).toHaveLength(1)
  expect([...s.radar.matrix.overlay('one').keys()].toSorted()).toEqual(['src/n1', 'src/n2', 'src/n3'])
  await writeFiles(s.at('one'), { 'src/n4': 'new\n' })
  expect(await s.radar.saved('one', ['src/n4', 'link/gone'])).toBe('changed')
  expect(s.radar.matrix.overlay('one').has('src/n4')).toBe(true)
})

test('what git ignores is not read, however long it is', async () => {
  await using s = await stage(['one'])
  // Longer than can be read at once; it takes no room.
  await using file = await open(join(s.at('one'), 'dist'), 'w')
  await file.truncate(3 * 1024 ** 3)
  expect(await s.radar.saved('one', ['dist', 'src/a.ts'])).toBe('same')
})

test('a long file is known by its content, and read once for all who say meanwhile that it was written', async () => {
  await using s = await stage(['one', 'two'])
  const text = numbered(300_000)
  await writeFiles(s.at('one'), { 'src/long.ts': text })
  const saves = Array.from({ length: 20 }, () => s.radar.saved('one', ['src/long.ts']))
  const answers = await Promise.all(saves)
  expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1)
  await s.save('two', 'src/long.ts', text)
  expect(s.state()).toBe('')
  await s.radar.reconcile('one')
  expect(await s.radar.saved('one', ['src/long.ts'])).toBe('same')
})

test('of what is saved again and again the last state counts', async () => {
  await using s = await stage(['one', 'two'])
  for (let round = 0; round < 20; round += 1) {
    const path = `src/new${round}.ts`
    await writeFiles(s.at('two'), { [path]: 'last\n' })
    await s.radar.saved('two', [path])
    await writeFiles(s.at('one'), { [path]: 'first\n' })
    const first = s.radar.saved('one', [path])
    await writeFiles(s.at('one'), { [path]: 'last\n' })
    await Promise.all([first, s.radar.saved('one', [path])])
  }
  // The same on both sides is no conflict.
  expect(s.state()).toBe('')
})

test('what cannot be read takes nothing else along, and the whole is read for it', async () => {
  await using s = await stage(['one'])
  await writeFiles(s.at('one'), { 'src/a.ts': 'changed\n' })
  const tooLong = 'x'.repeat(300)
  expect(await s.radar.saved('one', [`src/${tooLong}`, 'src/a.ts'])).toBe('unclear')
  expect(s.radar.matrix.overlay('one').has('src/a.ts')).toBe(true)
  expect(s.radar.stamp('one')).toBeNull()
  await s.radar.reconcile('one')
  // Git itself cannot be asked where its folder of the worktree is gone.
  await rename(join(s.at('one'), '.git'), join(s.at('one'), 'away'))
  await writeFiles(s.at('one'), { 'src/new.ts': 'new\n', 'src/b.ts': 'changed\n' })
  expect(await s.radar.saved('one', ['src/new.ts', 'src/b.ts'])).toBe('unclear')
  expect(s.radar.matrix.overlay('one').has('src/b.ts')).toBe(true)
})

test('a tree that is made counts as written to the scratch store', async () => {
  await using s = await stage(['one'])
  const before = s.radar.writes
  await s.save('one', 'src/a.ts', 'changed\n')
  await s.radar.tree('one')
  await s.radar.tree('one')
  expect(s.radar.writes).toBe(before + 1)
})
