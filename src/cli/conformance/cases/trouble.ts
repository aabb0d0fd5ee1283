// What goes wrong between an agent and its model, and with the agent's process.
import type { ScriptedTurn } from '../../../agents/conformance/model/script.ts'
import { absent, fail, pass, type ConformanceCase } from '../case.ts'
import { COMMIT, DONE, EDIT, landedEdit, READ } from './edits.ts'

/** Requests that the four failures take. */
const FAULTS = 5

export const faults: ConformanceCase = {
  name: '429, 529, 500, reset',
  title: 'Meets every failure of its model and recovers',
  script: {
    name: 'faults',
    turns: [
      READ,
      { fault: { kind: 'status', status: 529, message: 'Overloaded' } },
      { fault: { kind: 'status', status: 429, message: 'Too many requests', retryAfterSeconds: 1 } },
      { fault: { kind: 'status', status: 500, message: 'Internal error' } },
      {
        text: 'This answer is cut off in the middle of its stream.',
        fault: { kind: 'reset', when: 'middle' },
      },
      EDIT,
      COMMIT,
      DONE,
    ],
  },
  async judge(stage) {
    await stage.play()
    const met = stage.model.seen.filter(({ kind }) => kind === 'turn').length
    if (met < FAULTS) return fail(`it gave up. ${await stage.obstacle()}`.trim())
    return landedEdit(stage)
  },
}

const ENOUGH: ScriptedTurn = { text: 'Enough for now.' }
/** To read the same file for a third time would be taken for a loop. */
const LOOK: ScriptedTurn = { text: 'Looking.', calls: [{ kind: 'run', command: 'git log --oneline' }] }
const HANGS_AT = 3
const HOW = { resumed: 'resumed', loaded: 'loaded again' } as const

export const killed: ConformanceCase = {
  name: 'kill -9 and resume',
  title: 'Is killed in the middle of a turn and goes on',
  // It has ended a turn before: some agents write nothing of their first prompt down before that.
  script: {
    name: 'killed',
    turns: [READ, ENOUGH, LOOK, { fault: { kind: 'hang' } }, READ, EDIT, COMMIT, DONE],
  },
  async judge(stage) {
    const reached = await stage.playUntil(HANGS_AT, async () => {
      const [first] = await stage.facts('process.started')
      if (first !== undefined) process.kill(first.pid, 'SIGKILL')
    })
    if (!reached) return fail('it never came to the turn in which it is killed')
    const starts = await stage.facts('attempt.started')
    const how = starts[1]?.how
    if (how === undefined) return fail('it was not started again')
    const landed = await landedEdit(stage)
    if (landed.kind !== 'pass') return landed
    return how === 'new'
      ? absent('its conversation could not be continued after the kill; a new one did the work')
      : pass(`it was killed and ${HOW[how]}`)
  },
}

export const cancelled: ConformanceCase = {
  name: 'cancel',
  title: 'Is cancelled in the middle of a turn',
  script: { name: 'cancelled', turns: [READ, { fault: { kind: 'hang' } }, DONE] },
  async judge(stage) {
    const reached = await stage.playUntil(1, async () => {
      await stage.quintet('session', 'abandon', 'auth', 'enough')
    })
    if (!reached) return fail('it never came to the turn in which it is cancelled')
    const outcome = (await stage.facts('turn.ended')).at(-1)?.outcome
    if (outcome?.kind !== 'interrupted') return fail('its turn went on')
    if ((await stage.facts('session.abandoned')).length === 0) return fail('it was not abandoned')
    if (await stage.runs()) return fail('its process is still there')
    return pass('its turn ended, and nothing of it is left running')
  },
}
