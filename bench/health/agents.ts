// Labelled sessions of six agents: every way of being stuck and every kind of healthy work, in every agent's dialect.
import { LATER_LABOURS, LATER_PLIGHTS } from './agents-later.ts'
import { LABOURS } from './agents-healthy.ts'
import type { Plight } from './agents-stuck.ts'
import { PLIGHTS } from './agents-stuck.ts'
import type { Dialect } from './dialects.ts'
import { code, DIALECTS } from './dialects.ts'
import type { Random } from './random.ts'
import { generator } from './random.ts'
import type { Labelled } from './stuck.ts'
import { TraceWriter } from './trace.ts'

const REPETITIONS = 10

export interface AgentSession extends Labelled {
  readonly shape: string
  readonly agent: string
}

/** Every shape in every dialect, `each` times; every second one with looks and other edits between the tries. */
export function agentSessions(each: number, seed = 1): AgentSession[] {
  return [
    ...told(PLIGHTS, { each, seed, stuck: true }),
    ...told(LABOURS, { each, seed: seed + 5000, stuck: false }),
  ]
}

/** The same of shapes that the rules were not made by. */
export function laterSessions(each: number, seed = 1): AgentSession[] {
  return [
    ...told(LATER_PLIGHTS, { each, seed: seed + 9000, stuck: true }),
    ...told(LATER_LABOURS, { each, seed: seed + 15_000, stuck: false }),
  ]
}

function told(
  shapes: Readonly<Record<string, Plight>>,
  { each, seed, stuck }: { each: number; seed: number; stuck: boolean },
): AgentSession[] {
  return Object.entries(shapes).flatMap(([shape, plight], index) =>
    DIALECTS.flatMap((to, which) =>
      Array.from({ length: each }, (_, round) => {
        const random = generator(seed * 7907 + index * 1009 + which * 131 + round)
        const writer = new TraceWriter()
        writer.user('Please solve the task that is described in /task.md.')
        for (let left = 4 + random.int(14); left > 0; left--) ordinary(writer, to, random)
        const onset = stuck ? writer.next : null
        for (let at = 0; at < REPETITIONS; at++) {
          writer.steps(plight({ to, at, random }))
          if (round % 2 === 1 && random.chance(0.5)) ordinary(writer, to, random)
        }
        return { name: `${shape} (${to.name})`, shape, agent: to.name, events: writer.events, onset }
      }),
    ),
  )
}

function ordinary(writer: TraceWriter, to: Dialect, random: Random): void {
  const path = `src/${random.word()}${random.int(50)}.py`
  const steps = [
    () => to.read(path, code(random, 14), 1 + random.int(300)),
    () => to.read(path, code(random, 14), 1 + random.int(300)),
    () => to.search(random.word(), `${path}:${random.int(400)}:${code(random, 1)}`),
    () => to.edit(path, code(random, 1), code(random, 1)),
    () => to.run(`ls ${path}`, 0, `${random.word()}.py\n${random.word()}.py`),
  ]
  const step = steps[random.int(steps.length)]
  if (step !== undefined) writer.step(step())
}
