// One test for each attempt and each legitimate action. An arena in which nothing at all has changed serves the next one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Arena, type Deed, type Outcome } from './arena.ts'
import { ATTEMPTS, type Attempt } from './attempts.ts'
import { LEGITIMATE } from './legitimate.ts'
import { makeTemplate, type Template } from './template.ts'
import { expectedOf, hasWorked, refusedByHooks, untried, verdictOn, type Judged } from './verdict.ts'

declare module 'vitest' {
  interface TaskMeta {
    judged?: Judged
  }
}

interface Arenas {
  try(deed: Deed): Promise<Outcome>
  /** Runs a script where the session's box does not hold it; null when it did what it is after, else what it said. */
  unheld(script: string): Promise<string | null>
}

/** Arenas for the tests of one file, one at a time. */
function arenas(): Arenas {
  let template: Template | undefined
  let spare: Arena | undefined
  beforeAll(async () => {
    template = await makeTemplate()
  })
  afterAll(async () => {
    await spare?.[Symbol.asyncDispose]()
    await template?.[Symbol.asyncDispose]()
  })
  const take = async (): Promise<Arena> => {
    const arena = spare ?? (await Arena.make(template?.path ?? ''))
    spare = undefined
    return arena
  }
  return {
    async try(deed) {
      const arena = await take()
      const outcome = await arena.try(deed)
      if (outcome.outside.length === 0 && (await arena.isPristine())) spare = arena
      else await arena[Symbol.asyncDispose]()
      return outcome
    },
    async unheld(script) {
      await using arena = await take()
      const { exitCode, stdout } = await arena.behindOuterWalls(script)
      return exitCode === 0 ? null : `${exitCode}: ${stdout.toString('utf8')}`
    },
  }
}

/** Tests that every attempt of these groups is stopped, and by the layer that it names. */
export function testAttempts(...groups: readonly string[]): void {
  const ground = arenas()
  describe.for(groups)('%s', (group) => {
    const mine = ATTEMPTS.filter((one) => one.group === group)
    test.for(mine.map((one) => [one.name, one] as const))('%s', async ([, attempt], { task }) => {
      const { judged, problem } = await judgeAttempt(ground, attempt)
      task.meta.judged = judged
      expect(problem).toBe('')
    })
  })
}

/** The verdict, and what is not as it should be; empty: nothing. */
async function judgeAttempt(
  ground: Arenas,
  attempt: Attempt,
): Promise<{ readonly judged: Judged; readonly problem: string }> {
  const { group, name, layer, checks = false } = attempt
  const outcome = await ground.try(attempt)
  const verdict = verdictOn(attempt, outcome)
  const problems = [
    untried(outcome),
    verdict === expectedOf(layer) ? null : `It is ${verdict}.`,
    ['readers', 'private'].includes(layer) && outcome.exitCode !== 0 ? 'The trap was not set.' : null,
    layer === 'hooks' && !refusedByHooks(outcome) ? 'It was not the hooks.' : null,
    layer === 'box' && refusedByHooks(outcome) ? 'It was the hooks.' : null,
    checks && outcome.green === null ? 'The checks were not run.' : null,
  ].filter((problem) => problem !== null)
  return {
    judged: { kind: 'escape', group, name, layer, verdict },
    problem: problems.length === 0 ? '' : `${problems.join(' ')} ${told(outcome)}`,
  }
}

const told = (outcome: Outcome): string => JSON.stringify(outcome, null, 2)

/** Tests that attempts of these groups succeed where the session's box does not hold them: that they are attempts. */
export function testUnheld(...groups: readonly string[]): void {
  const ground = arenas()
  const real = ATTEMPTS.filter(({ group, control = true }) => groups.includes(group) && control)
  test.for(real.map(({ group, name, script }) => [`${group}: ${name}`, script] as const))(
    '%s',
    async ([, script]) => {
      expect(await ground.unheld(script)).toBeNull()
    },
  )
}

/** Tests that all legitimate actions work. */
export function testLegitimate(...groups: readonly string[]): void {
  const ground = arenas()
  describe.for(groups)('%s', (group) => {
    const mine = LEGITIMATE.filter((one) => one.group === group)
    test.for(mine.map((one) => [one.name, one] as const))('%s', async ([, action], { task }) => {
      const outcome = await ground.try(action)
      const worked = hasWorked(action, outcome)
      task.meta.judged = { kind: 'legitimate', group, name: action.name, worked }
      expect(worked ? '' : told(outcome)).toBe('')
    })
  })
}
