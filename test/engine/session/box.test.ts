// The box of a session on a real worktree: its level, its network, and what runs in it beside the agent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_HOME } from '../../../src/agents/home.ts'
import type { AgentCommand } from '../../../src/agents/presets.ts'
import type { Workspace } from '../../../src/contract/session.ts'
import { requireLevel, sessionBox, type SessionBox } from '../../../src/engine/session/box.ts'
import { gatherEvidence } from '../../../src/engine/session/evidence.ts'
import { prepareSession } from '../../../src/engine/session/prepare.ts'
import { sessionSpec, type SessionSpec } from '../../../src/engine/session/spec.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { runBoxed } from '../../../src/process/run-boxed.ts'
import { guardState } from '../../../src/workspace/guard/install.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const BOXED = (await boxAvailable()).available
const STREAM = 'work-1/session/a'
const AGENT: AgentCommand = {
  name: 'any',
  command: ['true'],
  env: {},
  writes: [],
  home: NO_HOME,
  network: 'shared',
}

let home: Awaited<ReturnType<typeof temporaryFolder>>
const operators = process.env['HOME']
beforeAll(async () => {
  home = await temporaryFolder()
  process.env['HOME'] = home.path
})
afterAll(async () => {
  process.env['HOME'] = operators
  await home[Symbol.asyncDispose]()
})

interface Scene extends Stage {
  readonly session: SessionSpec
  readonly workspace: Workspace
  box(agent?: Partial<AgentCommand>): Promise<SessionBox>
}

async function scene(
  scope: readonly string[],
  {
    plan = {},
    files = {},
    config = {},
  }: { plan?: object; files?: Record<string, string>; config?: object } = {},
): Promise<Scene> {
  const it = await stage({ 'src/a/main.txt': 'a\n', 'src/b/main.txt': 'b\n', ...files })
  it.configure(config)
  await it.run({
    ...plan,
    pieces: [piece('a', { scope: { include: [...scope] }, agent: 'any' }), piece('b')],
  })
  const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
  const prepared = await prepareSession(it.services, it.effect(STREAM), session, null)
  if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared))
  const { workspace } = prepared
  const box = async (agent: Partial<AgentCommand> = {}): Promise<SessionBox> => {
    const guards = await guardState({ repo: it.services.repo, ...session.name, path: workspace.path })
    return await sessionBox(it.services, { session, workspace, agent: { ...AGENT, ...agent }, guards })
  }
  return { ...it, session, workspace, box, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

/** Exit code of a script in the box. */
async function sh({ workspace }: Scene, { box, env }: SessionBox, script: string): Promise<number | null> {
  const options = { cwd: workspace.path, env, box: box ?? undefined, timeout: 20_000 }
  return (await runBoxed('sh', ['-c', script], options)).exitCode
}

describe.skipIf(!BOXED)('the level', () => {
  test.for<[string, string[]]>([
    ['a file', ['/src/a/main.txt']],
    ['files by their spelling', ['/src/a/*.txt']],
    ['a pattern anywhere', ['**/*.test.ts']],
  ])('of %s is guarded, and says why', async ([, scope]) => {
    await using it = await scene(scope)
    const { level, gaps } = await it.box()
    expect([level, gaps.length]).toEqual(['guarded', 1])
  })

  test('of whole folders is enforced, and then nothing else can be written, the top of the worktree neither', async () => {
    await using it = await scene(['/src/a/'], { files: { '.gitignore': 'dist/\nnode_modules\n*.log\n' } })
    const made = await it.box()
    expect([made.level, made.gaps]).toEqual(['enforced', []])
    for (const path of ['src/a/x', 'dist/x', 'node_modules/x'])
      expect(await sh(it, made, `echo x > ${path}`)).toBe(0)
    for (const path of ['x', 'x.log', 'src/x', 'src/b/x'])
      expect(await sh(it, made, `echo x > ${path}`)).not.toBe(0)
    const status = ['-C', it.workspace.path, 'status', '--porcelain', '--untracked-files=all']
    expect(await it.repository.git(...status)).toBe('?? src/a/x')
  })

  test('is not lowered by ignored files at the top of the main worktree, for which there is no room then', async () => {
    await using it = await scene(['/src/a/'], { files: { '.gitignore': '*.log\n.eslintcache\n' } })
    for (const name of ['debug.log', '.eslintcache']) await writeFile(join(it.repository.path, name), '')
    const made = await it.box()
    expect([made.level, made.gaps]).toEqual(['enforced', []])
    expect(await sh(it, made, 'echo x > debug.log')).not.toBe(0)
    await writeFile(join(it.workspace.path, 'debug.log'), '')
    const again = await it.box()
    expect(again.level).toBe('enforced')
    expect(await sh(it, again, 'echo x > debug.log')).toBe(0)
  })

  test('is guarded where the configuration opens the top, and not where the plan demands more', async () => {
    for (const enforcement of ['guarded', 'enforced'] as const) {
      const config = { open_top: true }
      await using it = await scene(['/src/a/'], { config, plan: { enforcement } })
      const made = await it.box()
      expect([made.level, made.gaps.length]).toEqual([enforcement, enforcement === 'guarded' ? 1 : 0])
      expect((await sh(it, made, 'echo x > other.log')) === 0).toBe(enforcement === 'guarded')
      expect(await sh(it, made, 'echo x > src/b/main.txt')).not.toBe(0)
    }
  })

  test('below the one that the plan demands refuses the session', async () => {
    await using it = await scene(['/src/a/'], { plan: { enforcement: 'enforced' } })
    const enforced = await it.box()
    expect(() => requireLevel(it.session, enforced)).not.toThrow()
    await rm(join(it.workspace.path, 'src/a'), { recursive: true })
    await writeFile(join(it.workspace.path, 'src/a'), 'a file where a folder was')
    const guarded = { ...enforced, level: 'guarded' as const, gaps: ['It is a file.'] }
    expect(() => requireLevel(it.session, guarded)).toThrow(
      expect.objectContaining({ code: 'E_ENFORCEMENT', message: expect.stringContaining('It is a file.') }),
    )
  })
})

test.skipIf(!BOXED)('without a network nothing but a loopback of its own can be reached', async () => {
  await using it = await scene(['/src/a/'])
  const server = createServer((_request, response) => response.end('pong'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = `node -e 'fetch("http://127.0.0.1:${port}").then(() => process.exit(0), () => process.exit(3))'`
  const own =
    `node -e 'const s = require("http").createServer((_, r) => r.end("x")).listen(0, "127.0.0.1", ` +
    `() => fetch("http://127.0.0.1:" + s.address().port).then(() => process.exit(0), () => process.exit(3)))'`
  try {
    expect(await sh(it, await it.box(), ask)).toBe(0)
    const alone = await it.box({ network: 'none' })
    expect(await sh(it, alone, ask)).toBe(3)
    expect(await sh(it, alone, own)).toBe(0)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test.skipIf(!BOXED)(
  'what may be written in the home folder besides is said by the configuration',
  async () => {
    await using it = await scene(['/src/a/'], { config: { home_writes: ['.tool/'] } })
    const made = await it.box()
    expect(await sh(it, made, 'echo x > "$HOME/.tool/x"')).toBe(0)
    expect(await sh(it, made, 'echo x > "$HOME/.profile"')).not.toBe(0)
    expect(await readFile(join(home.path, '.tool/x'), 'utf8')).toBe('x\n')
    expect(await sh(it, made, 'mkdir -p "$HOME/.npm/_npx/hostile" "$HOME/.cache/hostile"')).toBe(0)
    expect([await readdir(join(home.path, '.npm')), await readdir(join(home.path, '.cache'))]).toEqual([
      [],
      [],
    ])
  },
)

test.skipIf(!BOXED)('a file in a folder of others below its scope stays, whatever is renamed', async () => {
  await using it = await stage({ 'src/a/main.txt': 'a\n', 'src/a/x/keep/main.txt': 'b\n' })
  it.configure({ agents: { any: { command: ['true'] } } })
  await it.run({
    pieces: [
      piece('a', { scope: { include: ['/src/a/'], exclude: ['/src/a/x/keep/'] }, agent: 'any' }),
      piece('b', { scope: { include: ['/src/a/x/keep/'] } }),
    ],
  })
  const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
  const prepared = await prepareSession(it.services, it.effect(STREAM), session, null)
  if (prepared.kind !== 'ready') throw new Error('not ready')
  const { workspace } = prepared
  const guards = await guardState({ repo: it.services.repo, ...session.name, path: workspace.path })
  const made = await sessionBox(it.services, { session, workspace, agent: AGENT, guards })
  const at = { ...it, session, workspace, box: () => Promise.resolve(made) }
  expect([made.level, made.gaps]).toEqual(['enforced', []])
  expect(await sh(at, made, 'mv src/a/x src/a/y')).not.toBe(0)
  expect(await sh(at, made, 'echo x > src/a/x/new.txt && rm src/a/x/new.txt')).toBe(0)
})

test.skipIf(!BOXED)(
  'a set-up on the work of a session runs in a box, one on the base of the run does not',
  async () => {
    const outside = (path: string): string => join(path, '..', 'outside.txt')
    await using it = await scene(['/src/a/'])
    const setup = [
      'sh',
      '-c',
      `mkdir -p dist && echo x > dist/x; echo x >> '${outside(it.repository.path)}'; true`,
    ]
    await mkdir(join(it.repository.path, '.git/info'), { recursive: true })
    await writeFile(join(it.repository.path, '.git/info/exclude'), 'dist/\n')
    it.configure({ setup })
    const again = async (): Promise<void> => {
      await rm(it.workspace.path, { recursive: true, force: true })
      const mended = await prepareSession(it.services, it.effect(STREAM), it.session, it.workspace.base)
      expect(mended).toMatchObject({ kind: 'ready' })
      expect(existsSync(join(it.workspace.path, 'dist/x'))).toBe(true)
    }
    await again()
    expect(existsSync(outside(it.repository.path))).toBe(true)
    await rm(outside(it.repository.path))
    it.fact(STREAM, 'attempt.started', {
      attempt: 1,
      how: 'new',
      conversation: 'c',
      agent: 'any',
      version: '1',
      mode: { wanted: null, actual: null },
      boxed: true,
    })
    await again()
    expect(existsSync(outside(it.repository.path))).toBe(false)
  },
)

test.skipIf(!BOXED)(
  'the checks of a session whose agent is gone run in a box that is made for them',
  async () => {
    await using it = await stage({ 'src/a/main.txt': 'a\n', 'src/b/main.txt': 'b\n' })
    it.configure({ agents: { any: { command: ['true'] } } })
    const probe = {
      name: 'probe',
      run: ['sh', '-c', 'echo x > src/a/x; ! echo x >> src/b/main.txt; rm src/a/x'],
    }
    await it.run({
      pieces: [piece('a', { scope: { include: ['/src/a/'] }, agent: 'any', checks: [probe] }), piece('b')],
    })
    const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
    const prepared = await prepareSession(it.services, it.effect(STREAM), session, null)
    if (prepared.kind !== 'ready') throw new Error('not ready')
    const { workspace } = prepared
    await writeFile(join(workspace.path, 'src/a/main.txt'), 'a 2\n')
    await it.repository.git('-C', workspace.path, 'commit', '--quiet', '--all', '--message=work')
    const found = await gatherEvidence(it.services, it.effect(STREAM), {
      session,
      workspace,
      attempt: 1,
      turn: 1,
      look: 1,
    })
    expect(found).toMatchObject({
      kind: 'evidence',
      evidence: { uncommitted: [], checks: [{ name: 'probe', green: true }] },
    })
  },
)
