// Questions, our own tools, and agents that an agent starts.
import { playMark } from '../../../agents/conformance/model/script.ts'
import { absent, fail, pass, type ConformanceCase } from '../case.ts'
import { COMMIT, DONE, EDIT, landedEdit, READ } from './edits.ts'

const QUESTION = 'Which greeting is wanted?'

export const question: ConformanceCase = {
  name: 'question',
  title: 'Asks the operator and goes on with the answer',
  script: {
    name: 'question',
    turns: [
      READ,
      {
        text: 'I have a question.',
        calls: [
          { kind: 'tool', tool: 'ask_operator', input: { question: QUESTION, options: ['short', 'long'] } },
        ],
      },
      DONE,
      READ,
      EDIT,
      COMMIT,
      DONE,
    ],
  },
  async judge(stage) {
    await stage.play()
    const asking = stage.model.seen.find(({ turn }) => turn === 1)
    if (asking?.notOffered.length !== 0) return absent('it was offered no tool to ask with')
    const asked = await stage.facts('question.asked')
    if (!asked.some(({ text }) => text.includes(QUESTION))) return fail('its question did not arrive')
    const { exitCode, stderr } = await stage.quintet('answer', 'auth', 'short')
    if (exitCode !== 0) return fail(`the answer was refused: ${stderr.toString('utf8').trim()}`)
    await stage.play()
    if (!stage.model.seen.some(({ told }) => told.includes('short'))) return fail('it never heard the answer')
    return landedEdit(stage)
  },
}

export const ownTools: ConformanceCase = {
  name: 'tool call',
  title: 'Reports its status with a tool of ours',
  script: {
    name: 'tools',
    turns: [
      READ,
      { calls: [{ kind: 'tool', tool: 'report_status', input: { in_progress: ['The greeting'] } }] },
      EDIT,
      COMMIT,
      DONE,
    ],
  },
  async judge(stage) {
    await stage.play()
    const calling = stage.model.seen.find(({ turn }) => turn === 1)
    if (calling?.notOffered.length !== 0) return absent('it was offered no tool of ours')
    const read = await stage.facts('status.read')
    if (!JSON.stringify(read).includes('The greeting')) return fail('its status did not arrive')
    return landedEdit(stage)
  },
}

/** What an agent tells its model when its own rules, and none of ours, forbid a tool. */
const OWN_POLICY = /denied by policy/

export const subAgent: ConformanceCase = {
  name: 'sub-agent',
  title: 'Starts an agent of its own, which writes elsewhere',
  script: {
    name: 'parent',
    turns: [
      READ,
      {
        text: 'I delegate.',
        calls: [{ kind: 'delegate', prompt: `Look around. ${playMark('child', 'one')}` }],
      },
      EDIT,
      COMMIT,
      DONE,
    ],
  },
  more: [
    {
      name: 'child',
      turns: [
        { text: 'Mine.', calls: [{ kind: 'run', command: 'echo yes > src/auth/child.txt' }] },
        { text: 'Elsewhere.', calls: [{ kind: 'run', command: 'echo no > src/api/foreign.txt' }] },
        { text: 'Nothing special here.' },
      ],
    },
  ],
  async judge(stage) {
    await stage.play()
    const delegating = stage.model.seen.find(({ script, turn }) => script === 'parent' && turn === 1)
    if (delegating?.notOffered.length !== 0) return absent('it has no tool to start another agent')
    if (!stage.model.seen.some(({ script }) => script === 'child')) {
      const next = stage.model.seen.find(({ turn }) => turn === 2)
      return next !== undefined && OWN_POLICY.test(next.told)
        ? absent('its own policy refuses to start another agent without a person at its terminal')
        : fail('the other agent never began')
    }
    if (await stage.exists('src/api/foreign.txt')) return fail('the other agent wrote elsewhere')
    if ((await stage.landed('src/auth/child.txt')) === null)
      return fail('nothing of what the other agent did landed')
    const landed = await landedEdit(stage)
    return landed.kind === 'pass'
      ? pass('the other agent worked, was held to the scope, and all of it landed')
      : landed
  },
}
