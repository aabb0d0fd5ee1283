// Checking a plan in a terminal where no daemon runs: what the repository has committed is not run by it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Output } from '../../src/cli/output.ts'
import { aheadLines, askAhead } from '../../src/cli/pool-ahead.ts'
import { stage } from '../support/services.ts'

const PLAN =
  'goal = "Do it."\nsetup = ["true"]\n[[pieces]]\nid = "a"\ntitle = "A"\nbrief = "Do it."\nscope.include = ["src/**"]\n'

/** As a command is called by somebody at a terminal, or by a script. */
function invocation(isTTY: boolean): Parameters<typeof askAhead>[2] {
  const stream = Object.assign(new PassThrough(), { isTTY })
  const output = new Output({ stdout: stream, stderr: stream, json: false, colour: false, env: {} })
  return { output, signal: new AbortController().signal }
}

test('in a repository in which nothing was run yet no daemon is started, and one line says what makes workspaces', async () => {
  await using it = await stage({
    '.quintet/plans/work.toml': PLAN,
    '.quintet/config.toml': '[pool]\nslots = 3\n',
  })
  const { repo, state } = it.services
  const answer = await askAhead(repo, 'work', invocation(true))
  expect(answer).toMatchObject({ wanted: 0, command: 'quintet pool fill work' })
  expect(aheadLines(answer)).toEqual([expect.stringContaining('quintet pool fill work')])
  expect(existsSync(join(state, 'daemon.json'))).toBe(false)
  expect(await askAhead(repo, 'work', invocation(false))).toBeNull()
})

test('where the pool is off, nothing is said', async () => {
  await using it = await stage({
    '.quintet/plans/work.toml': PLAN,
    '.quintet/config.toml': '[pool]\nslots = 0\n',
  })
  expect(aheadLines(await askAhead(it.services.repo, 'work', invocation(true)))).toEqual([])
})
