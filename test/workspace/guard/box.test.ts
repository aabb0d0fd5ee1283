// The guards inside of a session's box: the hooks of git and of the agent judge there as they do outside, with no daemon
// anywhere near, and refuse where what they need is gone.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { claudeSettings } from '../../../src/agents/guards/claude.ts'
import { toolHook } from '../../../src/agents/guards/tool-hook.ts'
import type { GuardRecord } from '../../../src/contract/guard.ts'
import { stateFolder } from '../../../src/git/repository.ts'
import { boxAvailable, boxed, type Box } from '../../../src/process/box.ts'
import { run } from '../../../src/process/run.ts'
import { recordedMap } from '../../../src/scope/recorded.ts'
import { prepareBox } from '../../../src/workspace/box/survey.ts'
import { guardRecordFile, loadGuardRecord } from '../../../src/workspace/guard/install.ts'
import { gitIn } from '../../support/repository.ts'
import { guardedRepository, guardSpec, type GuardedRepository, type Ran } from './session.ts'

let guarded: GuardedRepository
let box: Box
let env: Readonly<Record<string, string>>
let home: string
let record: GuardRecord
let file: string

/** Their objects may still be in the box alone. */
const references = (): Promise<string> =>
  gitIn(guarded.repo.root, 'for-each-ref', '--format=%(objectname) %(refname)')

/** Runs a script in the box of the session `auth`. */
async function sh(script: string, input = ''): Promise<Ran> {
  const { program, args } = boxed('sh', ['-c', script], { cwd: guarded.path, box })
  const { exitCode, stdout, stderr } = await run(program, args, {
    cwd: guarded.path,
    env: { ...env, HOME: home },
    input,
  })
  return { code: exitCode ?? -1, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
}

const { available } = await boxAvailable()

describe.skipIf(!available)('in the box of a session', () => {
  beforeAll(async () => {
    guarded = await guardedRepository(async ({ root }) => {
      await gitIn(root, 'branch', 'quintet/r-1/api/work')
    })
    home = join(stateFolder(guarded.repo), 'homes/r-1/auth')
    await mkdir(home, { recursive: true })
    await guarded.install(guardSpec('auth', { writable: [home] }))
    const session = { repo: guarded.repo, run: 'r-1', piece: 'auth' }
    file = guardRecordFile(session)
    const found = await loadGuardRecord(session)
    if (found === null) throw new Error('The session has no guards.')
    record = found
    const map = recordedMap(record)
    const prepared = await prepareBox({
      ...session,
      state: stateFolder(guarded.repo),
      path: guarded.path,
      base: await gitIn(guarded.path, 'rev-parse', 'HEAD'),
      scope: map.scopeOf('auth'),
      owns: (path) => map.owns('auth', path),
      ignoreCase: false,
      coordinationFolder: null,
      home,
      operator: { writes: [], caches: [], own: [], settings: [], programs: [], logins: [], copies: [] },
      network: 'shared',
      command: ['sh'],
    })
    ;({ box, env } = prepared)
  })
  beforeEach(async () => {
    await sh('git reset --quiet; git checkout --quiet -- src/auth')
  })
  afterAll(() => guarded[Symbol.asyncDispose]())

  const staged = (path: string): string =>
    `git update-index --add --cacheinfo "100644,$(echo x | git hash-object -w --stdin),${path}"`

  test('a commit of own paths goes through, by their spelling and by the map', async () => {
    const script = `echo b > src/auth/b.ts && git add src/auth && git commit --quiet -m one &&
      ${staged('test/deep/auth-x.ts')} && git commit --quiet -m two && git log --format=%s -n 2`
    expect(await sh(script)).toEqual({ code: 0, stdout: 'two\none\n', stderr: '' })
  })

  test('a commit of a foreign path is refused, with its owner and how to ask', async () => {
    const { code, stderr } = await sh(`${staged('src/api/b.ts')} && git commit --quiet -m x`)
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([
      'quintet: This commit holds paths that the session r-1/auth may not write:',
      '  src/api/b.ts belongs to the piece api (Price list)',
      '  The scope of this session (auth) is src/auth/, *.css, test/**/auth-*.ts.',
      '  Take them out with: git restore --staged -- <path>',
      '  Ask for it with scope_request.',
    ])
  })

  // The kernel is faster than the hook here: git makes its lock first.
  test.each<[string, string]>([
    ['the target', 'git update-ref refs/heads/main "$(git commit-tree -m x HEAD^{tree})"'],
    ["another session's branch", 'git update-ref -d refs/heads/quintet/r-1/api/work'],
    ['the stash', 'echo y >> src/auth/a.ts && git stash'],
    ['a tag', 'git tag v1'],
    ['a note', 'git notes add -m x'],
    ['a branch', 'git branch other'],
    ['a worktree with a branch', 'git worktree add --quiet -b other /tmp/other'],
    ['a worktree', 'git worktree add --quiet --detach /tmp/other'],
  ])('%s is refused at once, and by the kernel', async (_, script) => {
    const before = await references()
    const { code, stderr } = await sh(script)
    const refusal = /Read-only file system|unable to create directory|Cannot save the current/
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(refusal)])
    expect(await references()).toBe(before)
    expect((await gitIn(guarded.repo.root, 'worktree', 'list')).split('\n')).toHaveLength(2)
  })

  describe('the hook of the agent', () => {
    const command = (changed: Partial<GuardRecord> = {}, path = file): string =>
      toolHook({ ...record, ...changed }, path, 'Write').hooks[0]?.command ?? ''
    const event = (path: string): string =>
      JSON.stringify({
        hook_event_name: 'PreToolUse',
        cwd: guarded.path,
        tool_name: 'Write',
        tool_input: { file_path: path, content: '' },
      })

    test('is what the settings of Claude call', () => {
      expect(JSON.stringify(claudeSettings(record, file))).toContain(JSON.stringify(command()).slice(1, -1))
    })

    test('lets the session write its scope, its temporary folder and its home', async () => {
      for (const path of ['src/auth/x.ts', '/tmp/x', `${env['TMPDIR'] ?? ''}/deep/y`, join(home, '.notes')]) {
        expect([path, await sh(command(), event(path))]).toEqual([path, { code: 0, stdout: '', stderr: '' }])
      }
      expect(
        (await sh('mkdir -p "$TMPDIR/deep" && echo y > "$TMPDIR/deep/y" && echo n > "$HOME/.notes"')).code,
      ).toBe(0)
    })

    test('refuses the rest, with the owner', async () => {
      const { code, stderr } = await sh(command(), event('src/api/b.ts'))
      expect([code, stderr]).toEqual([2, expect.stringContaining('src/api/b.ts belongs to the piece api')])
      expect((await sh(command(), event(join(guarded.repo.root, 'src/auth/a.ts')))).code).toBe(2)
      expect((await sh(command(), event(join(guarded.repo.commonDir, 'config')))).code).toBe(2)
    })

    test('refuses everything where it cannot be played: no Node, no program, no record', async () => {
      const own = event('src/auth/x.ts')
      const [node, program] = record.program
      expect((await sh(command({ program: ['/gone/node', program] }), own)).code).toBe(2)
      expect((await sh(command({ program: [node, '/gone/main.js'] }), own)).code).toBe(2)
      expect((await sh(command({}, '/gone/record.json'), own)).code).toBe(2)
    })
  })

  test('without Node in the box commits that must be judged by the map are refused', async () => {
    await guarded.install(guardSpec('auth', { writable: [home], program: ['/gone/node', '/gone/main.js'] }))
    const own = await sh('echo n > src/auth/n.ts && git add src/auth && git commit --quiet -m own')
    const { code, stderr } = await sh(`${staged('test/deep/auth-y.ts')} && git commit --quiet -m x`)
    await guarded.install(guardSpec('auth', { writable: [home] }))
    expect([own.code, code, stderr]).toEqual([0, 1, expect.stringContaining('Node is gone')])
  })
})
