import { spawnSync } from 'node:child_process'
import { lstat, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readOwnStatus, writeSessionFolder, type SessionFolder } from '../../src/coordination/folder.ts'
import { STATUS_LIMIT } from '../../src/coordination/status.ts'
import { openRepository } from '../../src/git/repository.ts'
import { gitIn, temporaryFolder, temporaryRepository, writeFiles } from '../support/repository.ts'

const FOLDER = '.quintet/session'

/** A repository with a linked worktree, and what would be written there. */
async function session(more: Partial<SessionFolder> = {}, files?: Record<string, string>) {
  const repository = await temporaryRepository(files === undefined ? {} : { files })
  const worktree = join(repository.path, '..', 'linked')
  await repository.git('worktree', 'add', '--quiet', '-b', 'work', worktree)
  const repo = await openRepository(repository.path)
  const input: SessionFolder = {
    repo,
    worktree,
    folder: FOLDER,
    decisions: '# Decisions\n',
    context: '# Context\n',
    statuses: { data: '## Completed\n- schema\n' },
    template: '## Completed\n',
    ...more,
  }
  return { repository, worktree, input, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

const read = (...parts: string[]) => readFile(join(...parts), 'utf8')

describe('writeSessionFolder', () => {
  it('writes the projections and keeps them out of every diff', async () => {
    await using it = await session()
    await writeSessionFolder(it.input)
    const folder = join(it.worktree, FOLDER)
    expect(await read(folder, 'decisions.md')).toBe('# Decisions\n')
    expect(await read(folder, 'context.md')).toBe('# Context\n')
    expect(await read(folder, 'status.md')).toBe('## Completed\n')
    expect(await read(folder, 'status', 'data.md')).toBe('## Completed\n- schema\n')
    expect((await lstat(join(folder, 'status', 'data.md'))).mode & 0o777).toBe(0o444)
    expect(await gitIn(it.worktree, 'status', '--porcelain', '--untracked-files=all')).toBe('')
    await gitIn(it.worktree, 'add', '--all')
    expect(await gitIn(it.worktree, 'diff', '--cached', '--name-only')).toBe('')
  })

  it('leaves committed files beside the folder visible', async () => {
    await using it = await session()
    await writeSessionFolder(it.input)
    await writeFiles(it.worktree, { '.quintet/config.toml': 'x' })
    expect(await gitIn(it.worktree, 'status', '--porcelain', '--untracked-files=all')).toBe(
      '?? .quintet/config.toml',
    )
  })

  it('refreshes the projections, never the own status, and touches nothing that is right', async () => {
    await using it = await session()
    await writeSessionFolder(it.input)
    const folder = join(it.worktree, FOLDER)
    await writeFile(join(folder, 'status.md'), 'mine')
    await writeFile(join(folder, 'notes.txt'), 'mine too')
    const before = await lstat(join(folder, 'context.md'))
    await writeSessionFolder({ ...it.input, decisions: '# Two\n', statuses: { data: 'new', api: 'first' } })
    expect(await read(folder, 'decisions.md')).toBe('# Two\n')
    expect(await read(folder, 'status', 'data.md')).toBe('new')
    expect(await read(folder, 'status', 'api.md')).toBe('first')
    expect(await read(folder, 'status.md')).toBe('mine')
    expect(await read(folder, 'notes.txt')).toBe('mine too')
    const after = await lstat(join(folder, 'context.md'))
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
  })

  it('stands in any folder', async () => {
    await using it = await session({ folder: '.claude/coordi[n]ation *' })
    await writeSessionFolder(it.input)
    expect(await gitIn(it.worktree, 'status', '--porcelain', '--untracked-files=all')).toBe('')
    expect(await read(it.worktree, '.claude/coordi[n]ation *', 'status.md')).toBe('## Completed\n')
  })

  it('refuses a folder with tracked files and writes nothing', async () => {
    await using it = await session({}, { [`${FOLDER}/decisions.md`]: 'tracked' })
    await expect(writeSessionFolder(it.input)).rejects.toMatchObject({
      code: 'E_SESSION_FOLDER',
      kind: 'precondition',
    })
    expect(await gitIn(it.worktree, 'status', '--porcelain')).toBe('')
  })

  it('refuses a folder that the repository shows again', async () => {
    await using it = await session({}, { '.gitignore': '!.quintet/session/\n' })
    await expect(writeSessionFolder(it.input)).rejects.toMatchObject({ code: 'E_SESSION_FOLDER' })
  })

  it.each(['../out', '/tmp/x', '.git/x', '', 'a/../../b'])('refuses %j', async (folder) => {
    await using it = await session({ folder })
    await expect(writeSessionFolder(it.input)).rejects.toMatchObject({ code: 'E_SESSION_FOLDER' })
  })

  it.each([['.quintet'], ['.quintet/session'], ['.quintet/session/status']])(
    'refuses %s as a symbolic link and writes nothing behind it',
    async (link) => {
      await using it = await session()
      await using outside = await temporaryFolder()
      await mkdir(join(outside.path, 'session', 'status'), { recursive: true })
      await mkdir(join(it.worktree, link, '..'), { recursive: true })
      await symlink(outside.path, join(it.worktree, link))
      await expect(writeSessionFolder(it.input)).rejects.toMatchObject({ code: 'E_SESSION_FOLDER' })
      await expect(read(outside.path, 'decisions.md')).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(read(outside.path, 'session', 'decisions.md')).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  it('replaces a link in the place of a projection and leaves what it points at alone', async () => {
    await using it = await session()
    await using outside = await temporaryFolder()
    await writeFile(join(outside.path, 'precious'), 'precious')
    await mkdir(join(it.worktree, FOLDER), { recursive: true })
    await symlink(join(outside.path, 'precious'), join(it.worktree, FOLDER, 'decisions.md'))
    await symlink(join(outside.path, 'precious'), join(it.worktree, FOLDER, 'status.md'))
    await writeSessionFolder(it.input)
    expect(await read(outside.path, 'precious')).toBe('precious')
    expect(await read(it.worktree, FOLDER, 'decisions.md')).toBe('# Decisions\n')
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
  })
})

describe('readOwnStatus', () => {
  it('reads what the agent wrote, whole or not at all', async () => {
    await using it = await session()
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
    await writeFiles(it.worktree, { [`${FOLDER}/status.md`]: '\uFEFF## Blocked on\r\n- the schema\r\n' })
    expect(await readOwnStatus(it.worktree, FOLDER)).toEqual({
      completed: [],
      inProgress: [],
      blockedOn: ['the schema'],
      verbatim: '\uFEFF## Blocked on\r\n- the schema\r\n',
    })
  })

  it('is bounded', async () => {
    await using it = await session()
    await writeFiles(it.worktree, {
      [`${FOLDER}/status.md`]: `## Done\n- a\n${'x'.repeat(STATUS_LIMIT * 3)}`,
    })
    const status = await readOwnStatus(it.worktree, FOLDER)
    expect(status?.verbatim).toHaveLength(STATUS_LIMIT)
    expect(status?.completed[0]).toMatch(/^a x/)
  })

  it('does not follow links, block on pipes or trip over folders', async () => {
    await using it = await session()
    await mkdir(join(it.worktree, FOLDER), { recursive: true })
    const own = join(it.worktree, FOLDER, 'status.md')
    await symlink('/etc/passwd', own)
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
    await rm(own)
    expect(spawnSync('mkfifo', [own]).status).toBe(0)
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
    await rm(own)
    await mkdir(own)
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
    await using outside = await temporaryFolder()
    await writeFiles(outside.path, { 'status.md': 'outside' })
    await rename(join(it.worktree, FOLDER), join(it.worktree, 'elsewhere'))
    await symlink(outside.path, join(it.worktree, FOLDER))
    expect(await readOwnStatus(it.worktree, FOLDER)).toBeNull()
  })
})
