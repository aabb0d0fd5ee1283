// The repository's own hooks beside the guards: git's default folder, husky's way of setting core.hooksPath, settings
// of the worktree alone, and what becomes of the repository's configuration.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { gitIn } from '../../support/repository.ts'
import { guardState, installGuards, removeGuards } from '../../../src/workspace/guard/install.ts'
import { guardedRepository, guardSpec, writeAll, type GuardedRepository } from './session.ts'

/** Notes its name, arguments, input and folder in a file, and ends with the code that stands in another. */
const NOTING = (top: string): string => `#!/bin/sh
printf '%s|%s|%s|%s\\n' "\${0##*/}" "$*" "$(cat | tr '\\n' ' ')" "$PWD" >> '${top}/noted'
exit "$(cat '${top}/code' 2>/dev/null || echo 0)"
`

async function noted(guarded: GuardedRepository): Promise<string[]> {
  const text = await guarded.read('noted').catch(() => '')
  await writeFile(join(guarded.top, 'noted'), '')
  return text.split('\n').filter((line) => line !== '')
}

const commit = async (guarded: GuardedRepository, files: Record<string, string>): Promise<number> => {
  await guarded.stage(files)
  return (await guarded.git(['commit', '--quiet', '-m', 'x'])).code
}

describe("the repository's own hooks", () => {
  test('run after ours, with the same arguments and input, in the same folder; their code counts', async () => {
    await using guarded = await guardedRepository()
    for (const name of [
      'pre-commit',
      'commit-msg',
      'post-commit',
      'reference-transaction',
      'post-rewrite',
      'pre-push',
    ]) {
      await guarded.executable(`.git/hooks/${name}`, NOTING(guarded.top))
    }
    await guarded.install()
    expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
    const [tip, before] = await Promise.all(
      ['HEAD', 'main'].map((ref) => gitIn(guarded.path, 'rev-parse', ref)),
    )
    const moves = `${before} ${tip} HEAD ${before} ${tip} refs/heads/quintet/r-1/auth/work `
    const at = `|${guarded.path}`
    expect(await noted(guarded)).toEqual([
      `pre-commit||${at}`,
      `commit-msg|${guarded.repo.commonDir}/worktrees/auth/COMMIT_EDITMSG|${at}`,
      `reference-transaction|prepared|${moves}${at}`,
      `reference-transaction|committed|${moves}${at}`,
      `post-commit||${at}`,
    ])
    await guarded.git(['commit', '--quiet', '--amend', '--no-verify', '-m', 'y'])
    expect((await noted(guarded)).at(-1)).toMatch(/^post-rewrite\|amend\|[0-9a-f]{40} [0-9a-f]{40} \|/)
    await gitIn(guarded.top, 'init', '--quiet', '--bare', 'remote.git')
    const remote = join(guarded.top, 'remote.git')
    await guarded.git(['push', '--quiet', remote, 'HEAD'])
    const work = 'refs/heads/quintet/r-1/auth/work'
    expect((await noted(guarded))[0]).toMatch(
      new RegExp(`^pre-push\\|${remote} ${remote}\\|HEAD [0-9a-f]{40} ${work} 0{40} \\|`),
    )
    await writeFile(join(guarded.top, 'code'), '3')
    expect(await commit(guarded, { 'src/auth/m.ts': '' })).toBe(1)
    expect((await noted(guarded)).map((line) => line.split('|')[0])).toEqual(['pre-commit'])
  })

  test.each<[string, string[]]>([
    ['pre-commit', ['commit', '--quiet', '-m', 'x']],
    ['prepare-commit-msg', ['commit', '--quiet', '-m', 'x']],
    ['commit-msg', ['commit', '--quiet', '-m', 'x']],
    ['reference-transaction', ['commit', '--quiet', '-m', 'x']],
    ['pre-merge-commit', ['merge', '--quiet', '--no-edit', 'quintet/r-1/auth/side']],
    ['pre-rebase', ['rebase', '--quiet', 'quintet/r-1/auth/side']],
    ['pre-push', ['push', '--quiet', '../remote.git', 'HEAD']],
  ])('can stop what is done: %s', async (name, command) => {
    await using guarded = await guardedRepository()
    await gitIn(guarded.top, 'init', '--quiet', '--bare', 'remote.git')
    await guarded.stage({ 'src/auth/side.ts': '' })
    await guarded.git(['commit', '--quiet', '-m', 'side'])
    await guarded.git(['branch', 'quintet/r-1/auth/side'])
    await guarded.git(['reset', '--quiet', '--hard', 'HEAD~1'])
    await guarded.stage({ 'src/auth/n.ts': '' })
    if (command[0] !== 'commit') await guarded.git(['commit', '--quiet', '-m', 'x'])
    const before = await gitIn(guarded.path, 'rev-parse', 'HEAD')
    await guarded.executable(`.git/hooks/${name}`, '#!/bin/sh\ncat > /dev/null\necho no >&2\nexit 7\n')
    await guarded.install()
    const { code, stderr } = await guarded.git(command)
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining('no')])
    expect(await gitIn(guarded.path, 'rev-parse', 'HEAD')).toBe(before)
    await rm(join(guarded.repo.root, '.git/hooks', name))
    // A merge that was stopped is still under way; of the others there is nothing to be given up.
    await guarded.git(['merge', '--abort'])
    expect((await guarded.git(command)).code).toBe(0)
  })

  test('do not run when ours refuse', async () => {
    await using guarded = await guardedRepository()
    await guarded.executable('.git/hooks/pre-commit', NOTING(guarded.top))
    expect(await commit(guarded, { 'src/api/n.ts': '' })).toBe(1)
    expect(await noted(guarded)).toEqual([])
  })

  test('that come later are passed on from the next commit on', async () => {
    await using guarded = await guardedRepository()
    await guarded.executable('.git/hooks/commit-msg', NOTING(guarded.top))
    expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
    expect((await noted(guarded)).map((line) => line.split('|')[0])).toEqual(['commit-msg'])
  })

  test('that cannot be executed are overlooked, as git does', async () => {
    await using guarded = await guardedRepository()
    await writeAll(guarded.repo.commonDir, { 'hooks/pre-commit': '#!/bin/sh\nexit 1\n' })
    expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
  })
})

describe('a foreign core.hooksPath', () => {
  /** As husky does it: a folder in each worktree, made by an install, named relative to the worktree. */
  async function husky(guarded: GuardedRepository, where: string): Promise<void> {
    const script = `#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n`
    const shared = `n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ -f "$s" ] && exec sh -e "$s" "$@"\nexit 0\n`
    await writeAll(where, {
      '.husky/_/h': shared,
      '.husky/_/pre-commit': script,
      '.husky/_/commit-msg': script,
      '.husky/pre-commit': `echo husky-pre-commit >> '${guarded.top}/noted'\n`,
      '.husky/commit-msg': `echo "husky-commit-msg $(cat "$1")" >> '${guarded.top}/noted'\n`,
      '.gitignore': '.husky/\n',
    })
    for (const name of ['pre-commit', 'commit-msg']) {
      await chmod(join(where, '.husky/_', name), 0o755)
    }
  }

  test('that was there before is followed, relative to the worktree', async () => {
    await using guarded = await guardedRepository(async (repo) => {
      await gitIn(repo.root, 'config', 'core.hooksPath', '.husky/_')
    })
    await husky(guarded, guarded.path)
    await guarded.install()
    await writeAll(guarded.path, { 'src/auth/n.ts': '' })
    await guarded.git(['add', 'src'])
    expect((await guarded.git(['commit', '--quiet', '-m', 'x'])).stderr).toBe('')
    expect(await noted(guarded)).toEqual(['husky-pre-commit', 'husky-commit-msg x'])
    expect((await guarded.git(['tag', 'v1'])).code).not.toBe(0)
  })

  test('that is set while the session works is followed at once, and does not switch the guards off', async () => {
    await using guarded = await guardedRepository()
    await husky(guarded, guarded.path)
    await gitIn(guarded.path, 'config', 'core.hooksPath', '.husky/_')
    await writeAll(guarded.path, { 'src/auth/n.ts': '' })
    await guarded.git(['add', 'src'])
    expect((await guarded.git(['commit', '--quiet', '-m', 'x'])).stderr).toBe('')
    expect(await noted(guarded)).toEqual(['husky-pre-commit', 'husky-commit-msg x'])
    expect((await guarded.git(['tag', 'v1'])).code).not.toBe(0)
  })

  test.each(['before', 'after'])(
    'that is absolute is followed when it is set %s the session',
    async (when) => {
      const set = async (root: string): Promise<void> => {
        await gitIn(root, 'config', 'core.hooksPath', join(root, 'own-hooks'))
      }
      await using guarded = await guardedRepository(async ({ root }) => {
        if (when === 'before') await set(root)
      })
      for (const name of ['pre-commit', 'commit-msg']) {
        await guarded.executable(`own-hooks/${name}`, NOTING(guarded.top))
      }
      await guarded.executable('.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n')
      if (when === 'after') await set(guarded.repo.root)
      expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
      expect((await noted(guarded)).map((line) => line.split('|')[0])).toEqual(['pre-commit', 'commit-msg'])
      expect((await guarded.git(['tag', 'v1'])).code).not.toBe(0)
      expect(await commit(guarded, { 'src/api/n.ts': '' })).toBe(1)
      await writeFile(join(guarded.top, 'code'), '9')
      await guarded.git(['reset', '--quiet'])
      expect(await commit(guarded, { 'src/auth/m.ts': '' })).toBe(1)
    },
  )

  test('that is written below our line is followed too, once the guards are set again', async () => {
    await using guarded = await guardedRepository()
    const file = join(guarded.repo.commonDir, 'config')
    const own = join(guarded.repo.root, 'own-hooks')
    await writeFile(file, `${await readFile(file, 'utf8')}[core]\n\thooksPath = ${own}\n`)
    await guarded.executable('own-hooks/pre-commit', NOTING(guarded.top))
    expect((await guarded.git(['tag', 'v0'])).code).toBe(0)
    expect(await guarded.install()).toEqual({ active: true })
    expect((await guarded.git(['tag', 'v1'])).code).not.toBe(0)
    expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
    expect(await noted(guarded)).toHaveLength(1)
    await removeGuards({ repo: guarded.repo, run: 'r-1', piece: 'auth' })
    expect(await readFile(file, 'utf8')).toMatch(/\[core\]\n\thooksPath = [^\n]*own-hooks\n$/)
  })

  test('of the user is followed, and another one of the repository instead of it', async () => {
    await using guarded = await guardedRepository()
    const global = join(guarded.top, 'user.gitconfig')
    await writeFile(global, `[core]\n\thooksPath = ${join(guarded.top, 'user-hooks')}\n`)
    await writeAll(guarded.top, { 'user-hooks/pre-commit': NOTING(guarded.top) })
    await chmod(join(guarded.top, 'user-hooks/pre-commit'), 0o755)
    await guarded.executable('own-hooks/commit-msg', NOTING(guarded.top))
    vi.stubEnv('GIT_CONFIG_GLOBAL', global)
    try {
      expect(await guarded.install()).toEqual({ active: true })
      expect(await commit(guarded, { 'src/auth/n.ts': '' })).toBe(0)
      expect((await noted(guarded)).map((line) => line.split('|')[0])).toEqual(['pre-commit'])
      await gitIn(guarded.repo.root, 'config', 'core.hooksPath', join(guarded.repo.root, 'own-hooks'))
      expect(await commit(guarded, { 'src/auth/m.ts': '' })).toBe(0)
      expect((await noted(guarded)).map((line) => line.split('|')[0])).toEqual(['commit-msg'])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('of the worktree alone gives way, and is followed', async () => {
    await using guarded = await guardedRepository(async (repo, path) => {
      await gitIn(repo.root, 'config', 'extensions.worktreeConfig', 'true')
      await gitIn(path, 'config', '--worktree', 'core.hooksPath', join(repo.root, 'own-hooks'))
    })
    await guarded.executable('own-hooks/post-commit', NOTING(guarded.top))
    for (let round = 0; round < 2; round += 1) {
      expect(await guarded.install()).toEqual({ active: true })
      expect(await commit(guarded, { [`src/auth/${round}.ts`]: '' })).toBe(0)
      expect(await noted(guarded)).toHaveLength(1)
    }
    expect((await guarded.git(['tag', 'v1'])).code).not.toBe(0)
  })
})

describe("the repository's configuration", () => {
  const config = (guarded: GuardedRepository): Promise<string> =>
    readFile(join(guarded.repo.commonDir, 'config'), 'utf8')

  test('has one line more while there are sessions, and is what it was afterwards', async () => {
    let before = ''
    await using guarded = await guardedRepository(async (repo) => {
      const file = join(repo.commonDir, 'config')
      await writeFile(
        file,
        `${await readFile(file, 'utf8')}# mine\n[include]\n\tpath = /gone\n[alias]\n\tx = status\n`,
      )
      before = await readFile(file, 'utf8')
    })
    const session = { repo: guarded.repo, run: 'r-1', piece: 'auth', path: guarded.path }
    expect(await guarded.install()).toEqual({ active: true })
    expect(await config(guarded)).toBe(`${before}[includeIf "gitdir:**"]\n\tpath = quintet/guards/config\n`)
    const tidying = ['gc.auto', 'maintenance.auto'].map((key) =>
      gitIn(guarded.repo.root, 'config', '--show-origin', key),
    )
    expect(await Promise.all(tidying)).toEqual([
      expect.stringMatching(/quintet\/guards\/config\t0$/),
      expect.stringMatching(/quintet\/guards\/config\tfalse$/),
    ])
    await expect(gitIn(guarded.repo.root, 'config', 'core.hooksPath')).rejects.toThrow()
    await removeGuards(session)
    expect(await config(guarded)).toBe(before)
    await expect(readFile(join(guarded.repo.commonDir, 'quintet/guards/config'))).rejects.toThrow('ENOENT')
    expect(await guardState(session)).toMatchObject({ active: false })
    expect((await guarded.git(['tag', 'v1'])).code).toBe(0)
    await removeGuards(session)
  })

  test('keeps the guards of the other sessions', async () => {
    await using guarded = await guardedRepository()
    const path = join(guarded.top, 'a [b] *c "d"')
    await gitIn(guarded.repo.root, 'worktree', 'add', '--quiet', '-b', 'quintet/r-1/api/work', path)
    const api = { repo: guarded.repo, run: 'r-1', piece: 'api', path }
    expect(await installGuards(api, guardSpec('api'))).toEqual({ active: true })
    await removeGuards({ repo: guarded.repo, run: 'r-1', piece: 'auth' })
    expect((await guarded.git(['tag', 'v1'])).code).toBe(0)
    expect((await guarded.git(['tag', 'v2'], path)).code).not.toBe(0)
    expect(await guardState(api)).toEqual({ active: true })
  })

  test('that cannot be written is said, and nothing else fails', async () => {
    await using guarded = await guardedRepository()
    await removeGuards({ repo: guarded.repo, run: 'r-1', piece: 'auth' })
    await writeFile(join(guarded.repo.commonDir, 'config.lock'), '')
    expect(await guarded.install()).toEqual({
      active: false,
      reason: expect.stringContaining('cannot be set'),
    })
  })

  test('whose setting is overruled is told', async () => {
    await using guarded = await guardedRepository()
    const session = { repo: guarded.repo, run: 'r-1', piece: 'auth', path: guarded.path }
    await gitIn(guarded.repo.root, 'config', 'extensions.worktreeConfig', 'true')
    await gitIn(guarded.path, 'config', '--worktree', 'core.hooksPath', '/elsewhere')
    expect(await guardState(session)).toEqual({
      active: false,
      reason: expect.stringContaining('/elsewhere'),
    })
  })
})
