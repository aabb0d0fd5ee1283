// The demo under kill -9: of the daemon, of an agent, of both, and now and then of the command itself. The same command
// goes on, the result is the same, nothing is done twice that matters, and nothing is left. `npm run bench -- crash`
// plays as many points as asked for.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../scope/random.ts'
import { crashPoints, type DemoOptions, type DemoResult, differences, playDemo } from '../support/crash.ts'
import { temporaryFolder } from '../support/repository.ts'

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
