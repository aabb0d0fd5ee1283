import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import {
  checkoutCommit,
  integrationWorktreePath,
  note,
  prepareIntegrationWorktree,
  releaseIntegrationWorktree,
} from '../../src/integration/worktree.ts'
import { commitOn } from '../support/branches.ts'
import { mountAt } from '../support/mount.ts'
import { gitIn, temporaryRepository, writeFiles } from '../support/repository.ts'

async function scene() {
  const repository = await temporaryRepository({
    files: { 'a.txt': 'one\n', '.gitignore': 'node_modules/\ndist/\n*.log\n' },
  })
  const first = await repository.git('rev-parse', 'main')
  const second = await commitOn(repository, 'next', [{ 'a.txt': 'two\n', 'b.txt': 'new\n' }])
  const repo = await openRepository(repository.path)
  const path = join(repository.path, '..', 'repo.quintet', 'run-1', '_integration')
  const at = { repo, path, run: 'run-1' }
  return {
    repository,
    repo,
    path,
    at,
    first,
    second,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

const backups = async (repository: { git(...args: string[]): Promise<string> }) =>
  (await repository.git('for-each-ref', '--format=%(refname)', 'refs/quintet/backup'))
    .split('\n')
    .filter(Boolean)

describe('prepareIntegrationWorktree', () => {
  it('saves what the index hides, and puts the files of the commit there all the same', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await gitIn(it.path, 'update-index', '--skip-worktree', 'a.txt')
    await writeFiles(it.path, { 'a.txt': 'mine\n' })
    const { saved } = await prepareIntegrationWorktree(it.at, it.second)
    expect(await it.repository.git('show', `${saved ?? ''}:a.txt`)).toBe('mine')
    expect(await readFile(join(it.path, 'a.txt'), 'utf8')).toBe('two\n')
  })

  it('makes a detached, locked worktree with the files of the commit', async () => {
    await using it = await scene()
    expect(await prepareIntegrationWorktree(it.at, it.first)).toEqual({ saved: null })
    expect(await readFile(join(it.path, 'a.txt'), 'utf8')).toBe('one\n')
    const entry = (await listWorktrees(it.repo)).find(({ path }) => path === it.path)
    expect(entry).toMatchObject({ head: it.first, branch: null, locked: 'quintet:integration run-1' })
    expect(await gitIn(it.path, 'status', '--porcelain')).toBe('')
  })

  it('takes the worktree that is there to another commit, of ignored files only with what is to be kept', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await writeFiles(it.path, {
      'node_modules/x/index.js': 'x',
      'dist/main.js': 'built from the first commit',
      'tool.log': 'ran on the first commit',
    })
    const keeps = (path: string) => path === 'node_modules/'
    expect(await prepareIntegrationWorktree(it.at, it.second, keeps)).toEqual({ saved: null })
    expect(await prepareIntegrationWorktree(it.at, it.second, keeps)).toEqual({ saved: null })
    expect((await readdir(it.path)).toSorted()).toEqual([
      '.git',
      '.gitignore',
      'a.txt',
      'b.txt',
      'node_modules',
    ])
    expect(await gitIn(it.path, 'rev-parse', 'HEAD')).toBe(it.second)
    expect(await readFile(join(it.path, 'b.txt'), 'utf8')).toBe('new\n')
    expect(await readFile(join(it.path, 'node_modules/x/index.js'), 'utf8')).toBe('x')
    expect(await backups(it.repository)).toEqual([])
  })

  it('saves what the operator did in it, once', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await writeFiles(it.path, { 'a.txt': 'tried by hand\n', 'notes.txt': 'notes\n' })
    const { saved } = await prepareIntegrationWorktree(it.at, it.second)
    expect(saved).toMatch(/^refs\/quintet\/backup\/integration\/[0-9a-f]{12}-[0-9a-f]{12}$/)
    expect(await it.repository.git('show', `${saved}:a.txt`)).toBe('tried by hand')
    expect(await it.repository.git('show', `${saved}:notes.txt`)).toBe('notes')
    expect(await gitIn(it.path, 'status', '--porcelain')).toBe('')
    await expect(lstat(join(it.path, 'notes.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
    await checkoutCommit(it.at, it.first)
    await writeFiles(it.path, { 'a.txt': 'tried by hand\n', 'notes.txt': 'notes\n' })
    expect(await checkoutCommit(it.at, it.second)).toEqual({ saved })
    expect(await backups(it.repository)).toHaveLength(1)
  })

  it('saves commits that were made in it', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await gitIn(it.path, 'commit', '--quiet', '--allow-empty', '--message=by hand')
    const made = await gitIn(it.path, 'rev-parse', 'HEAD')
    const { saved } = await prepareIntegrationWorktree(it.at, it.second)
    expect(await it.repository.git('rev-parse', `${saved}`)).toBe(made)
  })

  it('saves nothing of what an interrupted checkout or check left', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await note(it.path, null)
    await writeFiles(it.path, { 'a.txt': 'half\n', 'b.txt': 'half\n' })
    expect(await prepareIntegrationWorktree(it.at, it.second)).toEqual({ saved: null })
    expect(await gitIn(it.path, 'status', '--porcelain')).toBe('')
    expect(await readFile(join(it.path, 'b.txt'), 'utf8')).toBe('new\n')
  })

  it('goes on after a crash between registration and checkout', async () => {
    await using it = await scene()
    await it.repository.git(
      'worktree',
      'add',
      '--quiet',
      '--detach',
      '--no-checkout',
      '--lock',
      '--reason',
      'quintet:integration',
      it.path,
      it.first,
    )
    expect(await prepareIntegrationWorktree(it.at, it.second)).toEqual({ saved: null })
    expect(await gitIn(it.path, 'status', '--porcelain')).toBe('')
  })

  it('makes it anew when the folder was deleted by hand', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await rm(it.path, { recursive: true })
    await prepareIntegrationWorktree(it.at, it.second)
    expect(await gitIn(it.path, 'rev-parse', 'HEAD')).toBe(it.second)
    expect((await listWorktrees(it.repo)).filter(({ path }) => path === it.path)).toHaveLength(1)
  })

  it('takes over a worktree whose lock names no run, and leaves that of another run alone', async () => {
    await using it = await scene()
    const add = ['worktree', 'add', '--quiet', '--detach', '--lock', '--reason']
    await it.repository.git(...add, 'quintet:integration', it.path, it.first)
    expect(await prepareIntegrationWorktree(it.at, it.second)).toEqual({ saved: null })
    const other = { ...it.at, run: 'run-2' }
    await it.repository.git('worktree', 'unlock', it.path)
    await it.repository.git('worktree', 'lock', '--reason', 'quintet:integration run-1', it.path)
    await expect(prepareIntegrationWorktree(other, it.first)).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    expect(await releaseIntegrationWorktree(other)).toMatchObject({ kind: 'kept' })
    expect(await integrationWorktreePath(it.repo, 'run-1')).toBe(it.path)
    expect(await integrationWorktreePath(it.repo, 'run-2')).toBeNull()
  })

  it('refuses a folder or worktree that is not ours', async () => {
    await using it = await scene()
    await mkdir(it.path, { recursive: true })
    await writeFile(join(it.path, 'precious'), 'precious')
    await expect(prepareIntegrationWorktree(it.at, it.first)).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    expect(await readdir(it.path)).toEqual(['precious'])
    await rm(it.path, { recursive: true })
    await it.repository.git('worktree', 'add', '--quiet', it.path, 'next')
    await expect(prepareIntegrationWorktree(it.at, it.first)).rejects.toMatchObject({ code: 'E_PATH_TAKEN' })
    expect(await gitIn(it.path, 'rev-parse', 'HEAD')).toBe(it.second)
  })
})

describe('releaseIntegrationWorktree', () => {
  it('moves the worktree to the trash and strikes it off', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    expect(await releaseIntegrationWorktree(it.at)).toEqual({ kind: 'removed', saved: null })
    await expect(lstat(it.path)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await listWorktrees(it.repo)).toHaveLength(1)
    const trash = join(it.repo.commonDir, 'quintet', 'trash')
    expect(await readdir(trash)).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)])
    expect(await releaseIntegrationWorktree(it.at)).toEqual({ kind: 'absent' })
  })

  it('saves first, and completes a removal that was cut off', async () => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await writeFiles(it.path, { 'notes.txt': 'notes\n' })
    const released = await releaseIntegrationWorktree(it.at)
    expect(released).toMatchObject({
      kind: 'removed',
      saved: expect.stringContaining('refs/quintet/backup/'),
    })
    await prepareIntegrationWorktree(it.at, it.first)
    await rm(it.path, { recursive: true })
    expect(await releaseIntegrationWorktree(it.at)).toEqual({ kind: 'removed', saved: null })
    expect(await listWorktrees(it.repo)).toHaveLength(1)
  })

  it('keeps it while something is mounted in it', async ({ skip }) => {
    await using it = await scene()
    await prepareIntegrationWorktree(it.at, it.first)
    await using mount = await mountAt(join(it.repository.path, '..'), join(it.path, 'dist/data'))
    if (mount === null) return skip('mounting is not permitted here')
    const why = `something is mounted at ${mount.at}`
    expect(await releaseIntegrationWorktree(it.at)).toEqual({ kind: 'kept', why })
    expect(await readdir(mount.at)).toEqual(['precious.txt'])
  })

  it('keeps what is not ours', async () => {
    await using it = await scene()
    await mkdir(it.path, { recursive: true })
    await writeFile(join(it.path, 'precious'), 'precious')
    expect(await releaseIntegrationWorktree(it.at)).toMatchObject({ kind: 'kept' })
    expect(await readdir(it.path)).toEqual(['precious'])
    await rm(it.path, { recursive: true })
    await it.repository.git('worktree', 'add', '--quiet', '--lock', '--reason', 'mine', it.path, 'next')
    expect(await releaseIntegrationWorktree(it.at)).toEqual({ kind: 'kept', why: 'it is locked: mine' })
    expect(await gitIn(it.path, 'rev-parse', 'HEAD')).toBe(it.second)
  })
})
