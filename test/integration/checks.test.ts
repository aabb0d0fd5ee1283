import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../../src/contract/session.ts'
import { openRepository } from '../../src/git/repository.ts'
import { runChecks } from '../../src/integration/checks.ts'
import { prepareIntegrationWorktree } from '../../src/integration/worktree.ts'
import { gitIn, temporaryRepository, writeFiles } from '../support/repository.ts'

async function scene() {
  const repository = await temporaryRepository({ files: { 'a.txt': 'one\n', '.gitignore': 'build/\n' } })
  const commit = await repository.git('rev-parse', 'main')
  const worktree = join(repository.path, '..', 'integration')
  const at = { repo: await openRepository(repository.path), path: worktree, run: 'run-1' }
  await prepareIntegrationWorktree(at, commit)
  const logs = join(repository.path, '..', 'logs', 'run')
  return {
    repository,
    worktree,
    commit,
    logs,
    at,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

const check = (name: string, ...run: [string, ...string[]]) => ({ name, run, timeout_seconds: 20 })
const node = (name: string, script: string) => check(name, process.execPath, '-e', script)
const WRITE = `const { writeFileSync: w, mkdirSync: m, readFileSync: r, existsSync: e } = require('node:fs');`

describe('runChecks', () => {
  it('runs all in order in the worktree, red ones included, with a log each', async () => {
    await using it = await scene()
    const seen: CheckResult[] = []
    const { results, interference } = await runChecks({
      ...it,
      checks: [
        node('where', 'console.log(process.cwd(), process.env.PORT)'),
        node('Red one', 'console.error("boom"); process.exit(3)'),
        check('missing', 'no-such-program-anywhere'),
        node('last', ''),
      ],
      env: { PORT: '4100' },
      onResult: (result) => seen.push(result),
    })
    expect(results.map(({ name, green, exitCode }) => [name, green, exitCode])).toEqual([
      ['where', true, 0],
      ['Red one', false, 3],
      ['missing', false, null],
      ['last', true, 0],
    ])
    expect(results[0]?.output).toBe(`${it.worktree} 4100`)
    expect(results[1]?.log).toBe(join(it.logs, '2-red-one.log'))
    expect(await readFile(join(it.logs, '2-red-one.log'), 'utf8')).toContain('boom')
    expect(interference).toEqual([])
    expect(seen).toEqual(results)
  })

  it('names failing tests from the report files of an unknown runner, and runs it whole when asked for one', async () => {
    await using it = await scene()
    const xml =
      '<testsuite name="s"><testcase classname="A" name="b"><failure message="no"/></testcase></testsuite>'
    const script = `${WRITE} m('build', { recursive: true }); w('build/TEST-A.xml', ${JSON.stringify(xml)}); process.exit(1)`
    const checks = [{ ...node('unit', script), report: 'build/*.xml' }]
    const whole = await runChecks({ ...it, checks })
    const [seen] = whole.seen
    expect(seen?.verdict).toMatchObject({ kind: 'red', failed: [{ id: 'A b', message: 'no' }] })
    const failed = seen?.verdict.kind === 'red' ? seen.verdict.failed : []
    const again = await runChecks({ ...it, checks, only: new Map([['unit', failed]]) })
    expect(again.seen).toMatchObject([{ verdict: { kind: 'red', failed: [{ id: 'A b' }] }, unseen: [] }])
    // What lies there from before says nothing about a run that writes nothing.
    const silent = [{ ...node('unit', 'process.exit(1)'), report: 'build/*.xml' }]
    expect((await runChecks({ ...it, checks: silent })).seen).toMatchObject([{ verdict: { kind: 'broken' } }])
  })

  it('puts the tree back after a check that edits files, and says so', async () => {
    await using it = await scene()
    const { results, interference } = await runChecks({
      ...it,
      checks: [
        node(
          'formatter',
          `${WRITE} w('a.txt', 'changed'); w('left.txt', ''); m('build'); w('build/out', 'x')`,
        ),
        node(
          'sees the commit',
          `${WRITE} process.exit(r('a.txt', 'utf8') === 'one\\n' && e('build/out') ? 0 : 1)`,
        ),
      ],
    })
    expect(results.map(({ green }) => green)).toEqual([false, true])
    expect(results[0]?.output).toMatch(/^The check changed tracked files and is not green .*: a\.txt\.$/)
    expect(interference).toEqual([{ check: 'formatter', files: ['a.txt'], movedHead: false }])
    expect(await gitIn(it.worktree, 'status', '--porcelain')).toBe('')
    expect((await lstat(join(it.worktree, 'build/out'))).isFile()).toBe(true)
    expect(await prepareIntegrationWorktree(it.at, it.commit)).toEqual({ saved: null })
  })

  it('is not green when a check mends what it tests, and names the tests that fail all the same', async () => {
    await using it = await scene()
    const mend = `${WRITE} w('a.txt', 'mended');`
    const tap = "console.log('TAP version 13\\nnot ok 1 - one is one\\n1..1')"
    const { results, seen } = await runChecks({
      ...it,
      checks: [
        node('mends', `${mend} process.exit(r('a.txt', 'utf8') === 'mended' ? 0 : 1)`),
        node('fails', `${mend} ${tap}; process.exitCode = 1`),
      ],
    })
    expect(results.map(({ green, exitCode }) => [green, exitCode])).toEqual([
      [false, 0],
      [false, 1],
    ])
    expect(seen.map(({ verdict }) => verdict)).toMatchObject([
      { kind: 'broken' },
      { kind: 'red', failed: [{ name: 'one is one' }] },
    ])
  })

  it('is red when a check moves HEAD', async () => {
    await using it = await scene()
    const { results, interference } = await runChecks({
      ...it,
      checks: [
        check('committer', 'git', 'commit', '--quiet', '--allow-empty', '--message=no'),
        node('next', ''),
      ],
    })
    expect(results.map(({ green }) => green)).toEqual([false, true])
    expect(interference).toEqual([{ check: 'committer', files: [], movedHead: true }])
    expect(await gitIn(it.worktree, 'rev-parse', 'HEAD')).toBe(it.commit)
  })

  it('refuses a tree that is not the commit', async () => {
    await using it = await scene()
    await writeFiles(it.worktree, { 'a.txt': 'edited' })
    await expect(runChecks({ ...it, checks: [node('x', '')] })).rejects.toMatchObject({
      code: 'E_INTEGRATION_TREE',
      details: { files: ['a.txt'] },
    })
    const other = await it.repository.git('commit-tree', '-m', 'other', `${it.commit}^{tree}`)
    await prepareIntegrationWorktree(it.at, it.commit)
    await expect(runChecks({ ...it, commit: other, checks: [] })).rejects.toMatchObject({
      code: 'E_INTEGRATION_TREE',
    })
  })

  it('stops when aborted, and what was left is not taken for the operator’s', async () => {
    await using it = await scene()
    const controller = new AbortController()
    const running = runChecks({
      ...it,
      checks: [
        node('first', `${WRITE} w('a.txt', 'half'); w('left.txt', ''); console.log('there')`),
        node('never', 'setInterval(() => {}, 1000)'),
      ],
      signal: controller.signal,
      onResult: () => controller.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    expect(await prepareIntegrationWorktree(it.at, it.commit)).toEqual({ saved: null })
    expect(await gitIn(it.worktree, 'status', '--porcelain')).toBe('')
  })
})
