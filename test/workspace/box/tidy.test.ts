import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { boxFolder, GIT_FOLDER, KEEPER, refFolders } from '../../../src/workspace/box/places.ts'
import { tidyGit } from '../../../src/workspace/box/tidy.ts'
import { closeBox } from '../../../src/workspace/box/close.ts'
import { ground, type Ground } from '../sessions.ts'

const exec = promisify(execFile)
const SESSION = { run: 'r-1', piece: 'a' }

interface Place {
  readonly state: string
  readonly gitDir: string
  readonly refs: string
  readonly logs: string
}

/** What a box leaves behind: its folder with the note, and folders of references with a branch. */
async function opened(at: Ground): Promise<Place> {
  const { repo } = at
  const state = join(repo.commonDir, 'quintet')
  await at.git('branch', 'quintet/r-1/a/work')
  await at.git('worktree', 'add', '--quiet', join(repo.root, '../a'), 'quintet/r-1/a/work')
  const gitDir = join(repo.commonDir, 'worktrees/a')
  await mkdir(boxFolder(state, SESSION), { recursive: true })
  await writeFile(join(boxFolder(state, SESSION), GIT_FOLDER), gitDir)
  const [refs = '', logs = ''] = refFolders(repo.commonDir, SESSION)
  await writeFile(join(refs, KEEPER), '')
  return { state, gitDir, refs, logs }
}

test('pipes and links go, files and folders stay', async () => {
  await using at = await ground()
  const { state, gitDir, refs, logs } = await opened(at)
  await mkdir(join(refs, 'deep/er'), { recursive: true })
  await exec('mkfifo', [join(refs, 'pipe'), join(refs, 'deep/er/pipe'), join(gitDir, 'FETCH_HEAD')])
  await symlink('/', join(refs, 'all'))
  await symlink('/etc/hostname', join(logs, 'link'))
  await tidyGit(at.repo, state, SESSION)
  expect((await readdir(refs, { recursive: true })).sort()).toEqual(['deep', 'deep/er', KEEPER, 'work'])
  expect(await readdir(logs)).toEqual(['work'])
  expect(await readdir(gitDir)).not.toContain('FETCH_HEAD')
  expect(await at.git('for-each-ref', '--format=%(refname)', 'refs/heads/quintet')).toBe(
    'refs/heads/quintet/r-1/a/work',
  )
})

test('a worktree without a HEAD has one again', async () => {
  await using at = await ground()
  const { state, gitDir } = await opened(at)
  await rm(join(gitDir, 'HEAD'))
  await exec('mkfifo', [join(gitDir, 'HEAD')])
  await tidyGit(at.repo, state, SESSION)
  expect(await readFile(join(gitDir, 'HEAD'), 'utf8')).toBe('ref: refs/heads/quintet/r-1/a/work\n')
  expect(await at.git('worktree', 'list')).toContain('[quintet/r-1/a/work]')
})

test('nothing outside is touched through a link in the place of a folder', async () => {
  await using at = await ground()
  const { state, refs } = await opened(at)
  const outside = join(at.top, 'outside')
  await mkdir(outside)
  await symlink('/nowhere', join(outside, 'link'))
  await symlink(outside, join(refs, 'folder'))
  await tidyGit(at.repo, state, SESSION)
  expect(await readdir(outside)).toEqual(['link'])
})

test('where there was no box nothing is looked at', async () => {
  await using at = await ground()
  await expect(tidyGit(at.repo, join(at.top, 'none'), SESSION)).resolves.toBeUndefined()
})

test('a box that is closed leaves nothing, and its branch where it has one', async () => {
  await using at = await ground()
  const { state, refs } = await opened(at)
  await closeBox(at.repo, state, SESSION)
  expect(await readdir(refs)).toEqual(['work'])
  expect(await readdir(state)).toEqual(expect.arrayContaining(['boxes', 'trash']))
  await expect(readdir(boxFolder(state, SESSION))).rejects.toThrow('ENOENT')
  await at.git('worktree', 'remove', '--force', join(at.top, 'a'))
  await at.git('branch', '-D', 'quintet/r-1/a/work')
  await closeBox(at.repo, state, SESSION)
  await expect(readdir(refs)).rejects.toThrow('ENOENT')
})

test('the keeper is in the way of no branch', async () => {
  await using at = await ground()
  const { refs } = await opened(at)
  for (const name of ['keep', 'keep-lock']) await at.git('branch', `quintet/r-1/a/${name}`)
  await at.git('pack-refs', '--all')
  expect(await readdir(refs)).toEqual([KEEPER])
  await at.git('branch', 'quintet/r-1/a/other')
  await at.git('fsck', '--strict')
})
