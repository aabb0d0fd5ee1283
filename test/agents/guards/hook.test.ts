// The program that hooks call, as a process: what it lets through, what it refuses with which words, and that whatever
// goes wrong refuses too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guardProgram } from '../../../src/agents/guards/hook/location.ts'
import { rulesFile } from '../../../src/contract/guard.ts'
import { guardRecordFile, loadGuardRecord, updateGuards } from '../../../src/workspace/guard/install.ts'
import { gitIn } from '../../support/repository.ts'
import {
  guardedRepository,
  guardSpec,
  ran,
  writeAll,
  type GuardedRepository,
  type Ran,
} from '../../workspace/guard/session.ts'

let guarded: GuardedRepository
let file: string
const home = (): string => join(guarded.repo.commonDir, 'quintet/homes/r-1/auth')

beforeAll(async () => {
  guarded = await guardedRepository()
  await guarded.install(guardSpec('auth', { writable: ['.quintet/session/status.md', home()] }))
  file = guardRecordFile({ repo: guarded.repo, run: 'r-1', piece: 'auth' })
  await writeAll(guarded.path, { '.gitignore': 'node_modules/\n*.log\n', 'src/auth/a.ts': 'a\n' })
  await gitIn(guarded.repo.root, 'worktree', 'add', '--quiet', '-b', 'by-hand', join(guarded.top, 'by-hand'))
})
afterAll(() => guarded[Symbol.asyncDispose]())

function ask(tool: string, input: Record<string, unknown>): Promise<Ran> {
  const event = {
    hook_event_name: 'PreToolUse',
    cwd: guarded.path,
    tool_name: tool,
    tool_input: input,
    extra: 1,
  }
  return raw(JSON.stringify(event))
}

function raw(text: string, record = file): Promise<Ran> {
  const [node, program] = guardProgram()
  return ran(node, [program, 'tool', record], guarded.top, text)
}

const write = (path: string): Promise<Ran> =>
  ask('Write', { file_path: join(guarded.path, path), content: '' })

describe('lets through', () => {
  test.each([
    'src/auth/new.ts',
    'src/auth/x/y.ts',
    'a.css',
    '.quintet/session/status.md',
    'run.log',
    'node_modules/x/y.js',
  ])('writing %s', async (path) => {
    expect(await write(path)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test.each<[string, Record<string, unknown>]>([
    ['Read', { file_path: '/etc/passwd' }],
    ['Agent', { prompt: 'x' }],
    ['mcp__quintet__scope_request', { paths: ['src/api/x'] }],
    ['Bash', { command: 'npm test > /tmp/out 2>/dev/null; echo x > src/auth/y; rm -rf node_modules' }],
    ['Bash', { command: 'cd src/auth && echo x > z && git commit -m "a > b"' }],
    [
      'Bash',
      { command: 'git stash list; git tag; git tag --list v1; git worktree list; git notes show; git gc -h' },
    ],
    [
      'Bash',
      {
        command:
          'git -C /tmp/other tag v1; cd /tmp/other && git stash; cd ../../other && git tag v1; cd "$X" && git tag v1',
      },
    ],
    ['Bash', { command: 'git commit -m "git stash" && git log --grep "git tag v1" && echo git stash' }],
    [
      'apply_patch',
      { command: '*** Begin Patch\n*** Update File: src/auth/a.ts\n@@\n-a\n+b\n*** End Patch' },
    ],
  ])('%s %j', async (tool, input) => {
    expect(await ask(tool, input)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test("writing into the agent's own home", async () => {
    expect((await ask('Write', { file_path: join(home(), '.claude/notes.md') })).code).toBe(0)
  })
})

describe('refuses, with the owner and the way to ask', () => {
  test.each<[string, string]>([
    ['src/api/x.ts', 'src/api/x.ts belongs to the piece api (Price list).'],
    ['README.md', 'README.md belongs to no piece of the plan.'],
    ['package.json', 'package.json is shared, and the operator alone writes it.'],
    ['.git', '.git may be written by nobody: The folder .git belongs to git.'],
    ['.quintet/session/decisions.md', '.quintet/session/decisions.md may be written by nobody'],
  ])('writing %s', async (path, said) => {
    const { code, stdout, stderr } = await write(path)
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)])
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([
      'The scope of this session (auth) is src/auth/, *.css, test/**/auth-*.ts.',
      'Ask for it with scope_request.',
    ])
  })

  test.each<[string, () => Record<string, unknown>, string]>([
    ['Edit', () => ({ file_path: join(guarded.repo.root, 'src/auth/a.ts') }), 'is in another worktree'],
    ['Write', () => ({ file_path: join(guarded.top, 'by-hand/src/auth/a.ts') }), 'is in another worktree'],
    ['Write', () => ({ file_path: join(guarded.repo.commonDir, 'config') }), 'belongs to git and to Quintet'],
    [
      'NotebookEdit',
      () => ({ notebook_path: join(guarded.path, 'src/api/n.ipynb') }),
      'src/api/n.ipynb belongs to',
    ],
    ['Bash', () => ({ command: 'echo x > src/api/x.ts' }), 'src/api/x.ts belongs to'],
    ['Bash', () => ({ command: 'cd src && rm -r api' }), 'src/api belongs to no piece'],
    ['Bash', () => ({ command: `touch ${guarded.repo.root}/x` }), 'is in another worktree'],
    [
      'Bash',
      () => ({ command: "apply_patch <<'P'\n*** Begin Patch\n*** Add File: src/api/p.ts\nP" }),
      'src/api/p.ts',
    ],
    [
      'apply_patch',
      () => ({ command: '*** Update File: src/auth/a.ts\n*** Move to: src/api/a.ts' }),
      'src/api/a.ts',
    ],
  ])('%s outside of the scope', async (tool, input, said) => {
    const { code, stderr } = await ask(tool, input())
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
  })

  test.each<[string, string]>([
    [
      'git stash',
      'The stash is shared by all worktrees, so no session may use it; commit on quintet/r-1/auth/work',
    ],
    ['npm test || git stash push -m wip', 'The stash is shared'],
    ['cd src && git -c user.name=x tag v1', 'Tags are shared by all worktrees'],
    ['git notes add -m x', 'Notes are shared by all worktrees'],
    ['git worktree add ../more -b more', "The worktrees of the repository are the operator's"],
    ['git gc --prune=now; git maintenance run', 'Nobody tidies up the repository'],
  ])('%s, which all worktrees would feel', async (command, said) => {
    const { code, stderr } = await ask('Bash', { command })
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
  })

  test('writing through a link that leads out of the scope', async () => {
    await writeAll(guarded.path, { 'src/api/b.ts': 'b\n' })
    await symlink('../api', join(guarded.path, 'src/auth/link'))
    await symlink(join(guarded.repo.root, 'src'), join(guarded.path, 'src/auth/main'))
    expect((await write('src/auth/link/new.ts')).stderr).toContain('src/api/new.ts belongs to the piece api')
    expect((await write('src/auth/main/new.ts')).stderr).toContain('is in another worktree')
  })
})

describe('takes what goes wrong for a refusal', () => {
  test.each([
    ['no input', ''],
    ['no JSON', 'not json'],
    ['another event', '{"hook_event_name":"PostToolUse","cwd":"/","tool_name":"Write","tool_input":{}}'],
    [
      'a tool without its path',
      '{"hook_event_name":"PreToolUse","cwd":"/","tool_name":"Write","tool_input":{}}',
    ],
  ])('%s', async (_, text) => {
    const { code, stderr } = await raw(text)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/refused\.\n$/)])
  })

  test('a record that is missing or is none', async () => {
    expect((await raw('{}', join(guarded.top, 'missing.json'))).code).toBe(2)
    expect((await raw('{}', join(guarded.repo.commonDir, 'HEAD'))).code).toBe(2)
    const [node, program] = guardProgram()
    expect((await ran(node, [program], guarded.top, '{}')).code).toBe(2)
  })

  test('an input that never ends', { timeout: 40_000 }, async () => {
    const [node, program] = guardProgram()
    const child = spawn(node, [program, 'tool', file], { stdio: ['pipe', 'ignore', 'pipe'] })
    child.stdin.write('{')
    const [code] = await once(child, 'exit')
    expect(code).toBe(2)
  })
})

test('goes by the scope in force', async () => {
  const session = { repo: guarded.repo, run: 'r-1', piece: 'auth' }
  const record = await loadGuardRecord(session)
  await updateGuards(session, guardSpec('auth', { grants: [{ paths: ['src/api/x.ts'], to: 'auth' }] }))
  expect((await write('src/api/x.ts')).code).toBe(0)
  expect((await write('src/api/y.ts')).code).toBe(2)
  expect((await loadGuardRecord(session))?.theirs).toEqual(record?.theirs)
})

describe('the rules after a compaction', () => {
  const rules = (): Promise<Ran> => {
    const [node, program] = guardProgram()
    const event = { hook_event_name: 'SessionStart', source: 'compact', cwd: guarded.path }
    return ran(node, [program, 'rules', file], guarded.top, JSON.stringify(event))
  }

  test('are given where they stand beside the record, and nothing where they do not', async () => {
    expect(await rules()).toMatchObject({ code: 0, stdout: '' })
    await writeFile(rulesFile(file), 'PORT is 4100.')
    const { code, stdout } = await rules()
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: 'PORT is 4100.' },
    })
  })
})
