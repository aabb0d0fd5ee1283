// Ignored files of which neither the time nor the name tells what they are.
import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recover, savedThings } from '../../src/engine/recover.ts'
import { entriesIn } from '../../src/git/entries.ts'
import { decode } from '../../src/git/text.ts'
import { loadJournal, writeJournal } from '../../src/workspace/journal.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { releaseWorkspace } from '../../src/workspace/release.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { writeFiles } from '../support/repository.ts'
import { ground, type Ground } from './sessions.ts'

let here: Ground
/** Where something was made before the session. */
let outside: string
const never = new AbortController().signal

beforeEach(async () => {
  here = await ground({ 'src/a.ts': '', '.gitignore': 'local/\n*.dat\n' })
  outside = join(here.top, 'outside')
})
afterEach(() => here[Symbol.asyncDispose]())

async function prepared(changes: Partial<WorkspaceSpec> = {}): Promise<WorkspaceSpec> {
  const spec = await here.spec('auth', changes)
  await prepareWorkspace(spec, never)
  return spec
}

/** Releases it; the folder of what was kept. */
async function released(spec: WorkspaceSpec): Promise<string | undefined> {
  const outcome = await releaseWorkspace(spec, { mode: 'keep-work' })
  if (outcome.kind !== 'removed') throw new Error(JSON.stringify(outcome))
  return outcome.files === undefined ? undefined : join(outcome.files, 'files')
}

const kept = async (spec: WorkspaceSpec): Promise<readonly string[]> => {
  const files = await released(spec)
  const found = files === undefined ? [] : await readdir(files, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice((files?.length ?? 0) + 1))
    .sort()
}

describe('what was moved in is kept', () => {
  it.each([
    ['a folder', 'sub/notes.txt', '.', 'local', ['local/sub/notes.txt']],
    ['a folder in one that was there', 'sub/notes.txt', 'sub', 'local/sub', ['local/sub/notes.txt']],
    ['a folder that git would not ignore', 'local/a.txt', '.', 'tools', ['tools/local/a.txt']],
    ['one file', 'notes.txt', 'notes.txt', 'local/notes.txt', ['local/notes.txt']],
    ['one file that a pattern names', 'a.dat', 'a.dat', 'a.dat', ['a.dat']],
  ])('%s', async (_, ...[file, from, to, expected]) => {
    await writeFiles(outside, { [file]: 'precious' })
    const spec = await prepared()
    if (to.startsWith('local/')) await mkdir(join(spec.path, 'local'))
    const { ctimeMs } = await stat(join(outside, file))
    await rename(join(outside, from), join(spec.path, to))
    // The case is what it claims to be: of a file in a folder that was moved nothing has changed.
    const moved = await stat(join(spec.path, expected[0] ?? ''))
    expect(moved.ctimeMs === ctimeMs).toBe(from !== file)
    expect(await kept(spec)).toEqual(expected)
  })

  it('and not what the set-up made beside it', async () => {
    const code = `fs.mkdirSync('local/deep', { recursive: true }); fs.writeFileSync('local/deep/made', '')`
    const spec = await prepared({ setup: [process.execPath, '-e', code] })
    await writeFiles(spec.path, { 'local/mine': 'mine', 'local/deep/mine': 'mine', 'new.ts': '' })
    expect(await kept(spec)).toEqual(['local/deep/mine', 'local/mine'])
  })
})

it('what was written after the clock was set back is kept', async () => {
  const spec = await prepared()
  const journal = await loadJournal(spec)
  if (journal === null) throw new Error('There is no journal.')
  await writeJournal(here.repo, { ...journal, readyAt: Date.now() + 3_600_000 })
  await writeFiles(spec.path, { 'local/notes.txt': 'precious' })
  expect(await kept(spec)).toEqual(['local/notes.txt'])
})

it('what a worktree holds of which nothing was written down is kept', async () => {
  const spec = await prepared({ setup: ['sh', '-c', 'echo made > made.dat'] })
  await writeFiles(spec.path, { 'local/notes.txt': 'precious' })
  const admin = (await readFile(join(spec.path, '.git'), 'utf8')).slice('gitdir: '.length).trim()
  await writeFile(join(admin, 'quintet-ready'), '')
  expect(await kept(spec)).toEqual(['local/notes.txt', 'made.dat'])
})

// A Mac has no such names.
it.skipIf(process.platform === 'darwin')(
  'what has a name that is no text is kept, and comes back',
  async () => {
    const raw = (path: string): Buffer => Buffer.from(path, 'latin1')
    const spec = await prepared()
    const folder = join(spec.path, 'local')
    await mkdir(raw(`${folder}/d\u00e9p\u00f4t`), { recursive: true })
    for (const name of ['caf\u00e9.txt', 'd\u00e9p\u00f4t/a.txt', 'ok.txt'])
      await writeFile(raw(`${folder}/${name}`), name)
    await writeFile(raw(`${spec.path}/caf\u00e9.dat`), 'precious')
    await symlink(raw('caf\u00e9.txt'), `${folder}/link`)
    const files = (await released(spec)) ?? ''
    const names = async (at: string) => (await entriesIn(at)).map(({ name }) => name).sort()
    const [cafe, depot] = [decode(raw('caf\u00e9')), decode(raw('d\u00e9p\u00f4t'))]
    expect(await names(files)).toEqual([`${cafe}.dat`, 'local'].sort())
    expect(await names(join(files, 'local'))).toEqual([`${cafe}.txt`, depot, 'link', 'ok.txt'].sort())
    expect(await readFile(raw(`${files}/local/d\u00e9p\u00f4t/a.txt`), 'latin1')).toBe(
      'd\u00c3\u00a9p\u00c3\u00b4t/a.txt',
    )

    const saved = (await savedThings(here.repo)).find(({ kind }) => kind === 'files')
    await recover(here.repo, saved?.name ?? '', join(here.top, 'back'))
    expect(await names(join(here.top, 'back/files/local'))).toEqual(await names(join(files, 'local')))
  },
)
