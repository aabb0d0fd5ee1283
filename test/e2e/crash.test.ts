// The demo under kill -9: of the daemon, of an agent, of both, and now and then of the command itself. The same command
// goes on, the result is the same, nothing is done twice that matters, and nothing is left. `npm run bench -- crash`
// plays as many points as asked for.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import { resolveConflict } from '../../src/integration/resolve/resolve.ts'
import { seeded } from '../scope/random.ts'
import { crashPoints, type DemoOptions, type DemoResult, differences, playDemo } from '../support/crash.ts'
import { factsIn, factsOf, type Home, Machine } from '../support/cli.ts'
import { temporaryFolder } from '../support/repository.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/quintet.js', import.meta.url))
const SEED = 20_250
const POINTS = 20
/** A little less than the log of a demo holds, so that there is something to kill at every point. */
const EVENTS = 140

async function play(options: Pick<DemoOptions, 'point'>): ReturnType<typeof playDemo> {
  await using folder = await temporaryFolder()
  return await playDemo({ program: PROGRAM, speed: 0.1, folder: join(folder.path, 'demo'), ...options })
}

describe('the demo under kill -9', () => {
  let reference: DemoResult

  beforeAll(async () => {
    const { result, events, stderr } = await play({})
    const problems = differences(result, result)
    if (problems.length > 0 || events < EVENTS)
      throw new Error(`The undisturbed demo: ${events} events. ${problems.join(' ')}\n${stderr}`)
    reference = result
  })

  test.each(crashPoints(seeded(SEED), POINTS, EVENTS))(
    'killed: $victim at event $event + $delayMs ms (the command too: $command)',
    async (point) => {
      const { result, killed, stderr } = await play({ point })
      expect({ differences: differences(result, reference), stderr }).toEqual({ differences: [], stderr })
      expect(killed).not.toEqual([])
    },
  )
})

describe('what a session has resolved is remembered when it has landed', () => {
  /** A run whose only session meets a change by hand, and merges it. */
  async function scene(machine: Machine): Promise<Home> {
    const merge = [{ run: ['git', 'merge', 'main'], expect: 1 }, ...work('a', 'both\n')]
    const steps = [ask('Go on?', 'yes'), ...work('a'), { endTurn: true as const }, ...merge]
    return await machine.repository(planFiles({ pieces: { a: { steps } } }))
  }

  /** A folder with a git that kills the daemon when it is asked for the `n`-th time to remember something. */
  async function killingGit(home: Home, n: number): Promise<string> {
    const tools = join(home.machine.path, 'tools')
    await mkdir(tools)
    const lines = [
      '#!/bin/sh',
      'for word; do last=$word; done',
      `if [ "$last" = rerere ] && echo >>'${tools}/calls' && [ "$(wc -l <'${tools}/calls')" -eq ${n} ]; then`,
      `  touch '${tools}/killed'`,
      `  kill -9 "$(grep -o '"pid": *[0-9]*' '${home.path}/.git/quintet/daemon.json' | grep -o '[0-9]*')"`,
      'fi',
      `PATH='${home.machine.env['PATH'] ?? ''}' exec git "$@"`,
    ]
    await writeFile(join(tools, 'git'), `${lines.join('\n')}\n`)
    await chmod(join(tools, 'git'), 0o755)
    return tools
  }

  test.each([
    [1, 'the conflict'],
    [2, 'its resolution'],
  ])('killed: daemon in the step "remember", at call %i of git, which notes %s', async (n) => {
    await using machine = await Machine.make()
    const home = await scene(machine)
    const tools = await killingGit(home, n)
    const env = { PATH: [tools, machine.env['PATH']].join(delimiter) }
    const run = home.call(['run', 'work', '--json'], { env })
    await run.until('question.asked')
    await home.commit({ 'src/a/main.txt': 'by hand\n' })
    await home.quintet('answer', 'a', 'yes')
    const { code, stdout } = await run.ended
    expect([code, await readdir(tools)]).toEqual([0, expect.arrayContaining(['killed'])])
    const facts = factsIn(stdout)
    expect(factsOf(facts, 'integration.handed-back')).toHaveLength(1)
    expect(factsOf(facts, 'integration.landed')).toHaveLength(1)
    expect(factsOf(facts, 'session.landed').map(({ data }) => data.how)).toEqual(['ancestor'])
    expect(factsOf(facts, 'integration.noted')).toEqual([])
    const [theirs, ours] = [await home.git('rev-parse', 'main^2^1'), await home.git('rev-parse', 'main^2^2')]
    const again = { repo: await openRepository(home.path), ours, theirs, mode: 'safe' as const }
    expect(await resolveConflict(again)).toMatchObject({
      kind: 'resolved',
      by: ['src/a/main.txt by rerere'],
    })
    expect(await home.git('show', 'main:src/a/main.txt')).toBe('both')
  })
})
