import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { FACTS } from '../../../src/contract/facts.ts'
import type { Alarm } from '../../../src/contract/health.ts'
import { ignoring } from '../../../src/contract/errors.ts'
import { scratchId } from '../../../src/contract/scratch.ts'
import type { ScriptStep } from '../../../src/contract/script.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { freshRun } from '../../../src/engine/health/fresh/fresh.ts'
import { inScratch, sweepScratches } from '../../../src/engine/health/fresh/scratch.ts'
import { tracePath } from '../../../src/engine/health/session-trace.ts'
import { branchName } from '../../../src/engine/names.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { FIRST_RUNG } from '../../../src/health/ladder.ts'
import { traceLine } from '../../../src/health/trace/format.ts'
import { isAlive, identify } from '../../../src/process/identity.ts'
import { trashEntries } from '../../../src/store/trash.ts'
import { writeJournal } from '../../../src/workspace/journal.ts'
import { prepareWorkspace } from '../../../src/workspace/prepare.ts'
import { preparedSession, type PreparedSession } from '../../support/prepared.ts'
import { gitIn, writeFiles } from '../../support/repository.ts'
import { piece } from '../../support/services.ts'

const NEVER = new AbortController().signal
const A = { run: 'work-1', piece: 'a' }
const GIVEN = { attempt: 1, turn: 1 }

/** Green where the file says "good". */
const CHECK = {
  name: 'good',
  run: [
    process.execPath,
    '-e',
    "process.exit(require('fs').readFileSync('src/a/one.txt','utf8')==='good\\n'?0:1)",
  ],
}
/** Green where the session may commit, and has. */
const COMMITTED = { name: 'committed', run: ['git', 'diff', '--quiet', 'HEAD', '--', 'src/a/one.txt'] }
const GOOD: ScriptStep = { write: { path: 'src/a/one.txt', content: 'good\n' } }

const call = (a: number, cmd: string, text: string, exit: number): readonly TraceEvent[] => [
  { t: 'call', a, id: `${a}`, tool: 'Bash', kind: 'exec', cmd },
  { t: 'result', a, id: `${a}`, ok: exit === 0, exit, text, chars: text.length, hash: `${a}` },
]
const PROMPT: TraceEvent = { t: 'user', text: 'Do it.', meta: true }

interface Scene {
  /** What the clean conversation does. */
  readonly steps?: readonly ScriptStep[]
  readonly checks?: readonly (typeof CHECK)[]
  /** What the session did. */
  readonly did?: readonly TraceEvent[]
  readonly others?: readonly string[]
}

/** The session `a`, which an agent has worked on. */
async function worked({
  steps = [],
  checks = [],
  did = [PROMPT],
  others = [],
}: Scene): Promise<PreparedSession> {
  const script = JSON.stringify({ schema: 1, name: 'a', steps })
  const it = await preparedSession({ 'src/a/one.txt': 'bad\n', 'script.json': script }, [
    piece('a', { agent: 'scripted', script: 'script.json', checks }),
    ...others.map((id) => piece(id)),
  ])
  const session = sessionSpec(it.services, A)
  const base = await it.repository.git('rev-parse', 'main')
  const ready = { path: it.path, branch: it.branch, base, ports: { first: 0, count: 0 } }
  it.services.store.append({
    stream: session.stream,
    key: 'workspace.ready:1',
    type: 'workspace.ready',
    data: ready,
  })
  const trace = tracePath(it.services.state, session.name, 1)
  await mkdir(dirname(trace), { recursive: true })
  const header: TraceEvent = {
    t: 'session',
    v: 1,
    id: 'work-1/a/1',
    source: 'quintet',
    agent: 'scripted',
    cwd: it.path,
  }
  await writeFile(trace, [header, ...did].map(traceLine).join(''))
  return it
}

function alarmed(scene: PreparedSession): void {
  const alarm: Alarm = {
    a: 3,
    symptom: 'repetitive errors',
    rule: 'errorRecurs',
    family: 'errors',
    strength: 'strong',
    evidence: {
      signature: 'E',
      count: 4,
      actions: [0, 1, 2, 3],
      turns: [1],
      text: '4 runs, same failure: E.',
    },
  }
  const ladder = { ...FIRST_RUNG, rung: 'nudge', alarms: [alarm] }
  scene.fact(sessionSpec(scene.services, A).stream, 'health.ladder', { ladder })
}

/** Everything that a scratch workspace could leave behind. */
async function remains({ services, repository }: PreparedSession): Promise<readonly string[]> {
  const names = async (folder: string): Promise<string[]> =>
    (await ignoring(['ENOENT'], readdir(join(services.state, folder, 'work-1')))) ?? []
  const [refs, worktrees, ...folders] = await Promise.all([
    repository.git('for-each-ref', '--format=%(refname)'),
    repository.git('worktree', 'list', '--porcelain'),
    ...['workspaces', 'homes', 'boxes', 'guards', 'kept'].map(names),
  ])
  const trash = await trashEntries(services.repo)
  return [...refs.split('\n'), ...worktrees.split('\n'), ...folders.flat(), ...trash].filter(
    (line) => line.includes('_fresh') || trash.includes(line),
  )
}

describe('freshRun', () => {
  it('leaves a piece alone that is named after the other one, with its commits and its processes', async () => {
    await using scene = await worked({ steps: [GOOD], others: ['a-fresh'] })
    const { services, workspace, repository } = scene
    const other = sessionSpec(services, { run: 'work-1', piece: 'a-fresh' })
    const path = join(dirname(scene.path), 'a-fresh')
    const { marker, branch } = other
    await prepareWorkspace({ ...workspace, ...other.name, path, branch, marker }, NEVER)
    await writeFiles(path, { 'src/a-fresh/precious.txt': 'work\n' })
    await gitIn(path, 'add', '--all')
    await gitIn(path, 'commit', '-qm', 'Precious work')
    const precious = await gitIn(path, 'rev-parse', 'HEAD')
    await writeFiles(path, { 'src/a-fresh/open.txt': 'not committed\n' })
    const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"], {
      env: { ...process.env, QUINTET_SESSION: marker },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const agent = await identify(child.pid ?? 0)
    try {
      await freshRun(services, A, GIVEN, NEVER)
      expect(await repository.git('rev-parse', `refs/heads/${branch}`)).toBe(precious)
      expect(await gitIn(path, 'status', '--porcelain')).toBe('?? src/a-fresh/open.txt')
      expect(agent !== null && (await isAlive(agent))).toBe(true)
      expect(await remains(scene)).toEqual([])
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('says "context" where the session is stuck and the fresh run is green, and keeps what that has made', async () => {
    const did = [PROMPT, ...[0, 1, 2, 3].flatMap((a) => call(a, 'npm test', 'Error: E\n 1 failed', 1))]
    await using scene = await worked({ steps: [GOOD, { commit: 'Good' }], checks: [CHECK, COMMITTED], did })
    const { services, repository, path } = scene
    await writeFiles(path, { 'src/a/half.txt': 'half\n' })
    alarmed(scene)
    const found = await freshRun(services, A, GIVEN, NEVER)
    expect(found).toMatchObject({
      verdict: 'context',
      stuck: ['4 runs, same failure: E.'],
      state: { old: { green: false, failing: 1 }, fresh: { green: true } },
      sameTree: false,
      actions: { old: 4, fresh: 2 },
      first: { files: { fresh: ['src/a/one.txt'] }, commands: { old: ['npm test'] } },
    })
    const { ref, commit } = found.kept ?? { ref: '', commit: '' }
    expect(ref).toBe(`refs/quintet/backup/work-1/a/fresh-${commit.slice(0, 12)}`)
    expect(await repository.git('show', `${ref}:src/a/one.txt`)).toBe('good')
    expect(await repository.git('show', '--name-only', '--format=', ref)).toBe('src/a/one.txt')
    expect(found.next.map(({ command }) => command)).toEqual([
      `quintet reset work-1/a 'A fresh conversation came further. Take over what it did: git cherry-pick --no-commit ${commit}'`,
      `git show ${commit}`,
      `quintet recover work-1/a/fresh-${commit.slice(0, 12)}`,
    ])
    // What was offered does what it says, in the session's own worktree with its work still open.
    await gitIn(path, 'cherry-pick', '--no-commit', commit)
    expect(await gitIn(path, 'diff', '--cached', '--name-only')).toBe('src/a/one.txt')
    expect(await gitIn(path, 'status', '--porcelain', '--', 'src/a/half.txt')).toBe('?? src/a/half.txt')
    const facts = [...services.store.events({ types: ['health.fresh'] })]
    expect(facts.map(({ data }) => v.parse(FACTS['health.fresh'], data))).toEqual([
      { attempt: 1, result: found },
    ])
    expect(await remains(scene)).toEqual([])
  })

  it('does not say so of a healthy session that did the same, nor of one that is only not there yet', async () => {
    const did = [PROMPT, ...call(0, 'ls', 'one.txt', 0)]
    {
      await using done = await worked({ steps: [GOOD], checks: [CHECK], did })
      await done.commit({ 'src/a/one.txt': 'good\n' })
      expect(await freshRun(done.services, A, GIVEN, NEVER)).toMatchObject({
        verdict: 'undecided',
        because: 'The checks are green on what the session has: nothing is wrong.',
        state: { old: { green: true }, fresh: { green: true } },
        kept: null,
      })
    }
    await using early = await worked({ steps: [GOOD], checks: [CHECK], did })
    expect(await freshRun(early.services, A, GIVEN, NEVER)).toMatchObject({
      verdict: 'undecided',
      state: { old: { green: false }, fresh: { green: true } },
      kept: { ref: expect.stringContaining('refs/quintet/backup/work-1/a/fresh-') },
    })
  })

  it('judges the fresh run by what it did, not by what the checks of the old side left lying about', async () => {
    const litter = {
      name: 'litter',
      run: [
        process.execPath,
        '-e',
        "const fs=require('fs');const was=fs.existsSync('src/a/litter.txt');fs.writeFileSync('src/a/litter.txt','');fs.writeFileSync('src/a/one.txt','changed');process.exit(was?1:0)",
      ],
    }
    await using scene = await worked({ checks: [litter] })
    expect(await freshRun(scene.services, A, GIVEN, NEVER)).toMatchObject({
      state: { old: { green: true }, fresh: { green: true } },
    })
  })

  it('can be played twice at once', async () => {
    await using scene = await worked({ steps: [GOOD], checks: [CHECK] })
    const found = await Promise.all([1, 2].map(() => freshRun(scene.services, A, GIVEN, NEVER)))
    expect(found.map(({ state }) => state.fresh.green)).toEqual([true, true])
    expect([...scene.services.store.events({ types: ['health.fresh'] })]).toHaveLength(2)
    expect(await remains(scene)).toEqual([])
  })
})

describe('a scratch workspace', () => {
  const unique = '0123abcd'
  const name = { run: 'work-1', piece: scratchId(unique) }
  const branch = branchName(name)

  it('is refused where a branch or a journal of its name is there, which stay as they are', async () => {
    await using scene = await worked({})
    const { services, repository, workspace } = scene
    const commit = await scene.commit()
    const request = { session: sessionSpec(services, A), commit, unique }
    const make = (): Promise<void> => inScratch(services, request, NEVER, () => Promise.resolve())
    await repository.git('update-ref', `refs/heads/${branch}`, commit)
    await expect(make()).rejects.toMatchObject({ code: 'E_SCRATCH_TAKEN' })
    expect(await repository.git('rev-parse', branch)).toBe(commit)
    await repository.git('update-ref', '-d', `refs/heads/${branch}`)
    await writeJournal(services.repo, {
      version: 1,
      ...name,
      path: scene.path,
      branch,
      base: workspace.base,
      done: [],
      unsettled: [],
    })
    await expect(make()).rejects.toMatchObject({ code: 'E_SCRATCH_TAKEN' })
    expect(await repository.git('worktree', 'list')).toContain(scene.path)
  })

  it('that a killed daemon has left is found and taken away with its processes and its commits', async () => {
    await using scene = await worked({})
    const { services, repository } = scene
    const request = { session: sessionSpec(services, A), commit: await scene.commit(), unique }
    const killed = Promise.withResolvers<never>()
    const made = Promise.withResolvers<string>()
    // On disk everything is as after kill -9 from here on: nothing is done any more.
    const look = inScratch(services, request, NEVER, ({ workspace }) => {
      made.resolve(workspace.path)
      return killed.promise
    })
    const path = await made.promise
    await writeFiles(path, { 'src/a/two.txt': 'by the double\n' })
    await gitIn(path, 'commit', '-qam', 'By the double')
    const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"], {
      env: { ...process.env, QUINTET_SESSION: sessionSpec(services, A).marker.replace(/a$/, name.piece) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    try {
      expect(await remains(scene)).not.toEqual([])
      await sweepScratches(services)
      expect(child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))).not.toBeNull()
      expect(await remains(scene)).toEqual([])
      expect(await repository.git('for-each-ref', 'refs/quintet/')).toBe('')
      expect(await gitIn(scene.path, 'status', '--porcelain')).toBe('')
    } finally {
      child.kill('SIGKILL')
      killed.reject(new Error('over'))
      await expect(look).rejects.toThrow('over')
    }
  })
})
