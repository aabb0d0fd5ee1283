import { describe, expect, it } from 'vitest'
import type { Fact, FactData } from '../../../../src/contract/facts.ts'
import { answerUnheard } from '../../../../src/engine/session/turn/unheard.ts'

type Outcome = FactData<'turn.ended'>['outcome']

const QUESTION = { kind: 'question', text: 'How many days?', options: [] } as const
const LOST: Outcome = { kind: 'lost', exitCode: null, signal: 'SIGKILL', stderr: '' }
const STOPPED: Outcome = { kind: 'stopped', reason: 'end_turn' }

function asked(question: string, text: string = QUESTION.text): Fact {
  return { type: 'question.asked', data: { question, kind: 'question', text, options: [], paths: [] } }
}

function answered(question: string, answer: string): Fact {
  return { type: 'question.answered', data: { question, answer, by: 'operator' } }
}

function started(turn: number): Fact {
  return { type: 'turn.started', data: { attempt: turn, turn, prompt: '' } }
}

function ended(turn: number, outcome: Outcome): Fact {
  return { type: 'turn.ended', data: { attempt: turn, turn, outcome } }
}

describe('the answer that a lost agent did not hear', () => {
  it('is given to the agent that asks the same again', () => {
    const facts = [started(1), asked('a'), answered('a', '7'), ended(1, LOST), started(2)]
    expect(answerUnheard(facts, QUESTION, 2)).toBe('7')
  })

  it('is kept however many agents are lost', () => {
    const facts = [started(1), asked('a'), answered('a', '7'), ended(1, LOST), started(2), ended(2, LOST)]
    expect(answerUnheard([...facts, started(3)], QUESTION, 3)).toBe('7')
  })

  it('is not an answer to another question, to other options, or to none', () => {
    const facts = [started(1), asked('a', 'How many weeks?'), answered('a', '7'), asked('b'), ended(1, LOST)]
    expect(answerUnheard([...facts, started(2)], QUESTION, 2)).toBeNull()
    const options = [{ id: '1', label: 'one', effect: 'answer' }] as const
    expect(
      answerUnheard([asked('b'), answered('b', '7'), ended(1, LOST)], { ...QUESTION, options }, 2),
    ).toBeNull()
  })

  it('is heard when the turn ended, so that the question is put anew', () => {
    const facts = [started(1), asked('a'), answered('a', '7'), ended(1, STOPPED), started(2)]
    expect(answerUnheard(facts, QUESTION, 2)).toBeNull()
  })

  it('never stands for a question that is put twice in one turn, nor for a permission', () => {
    expect(answerUnheard([started(1), asked('a'), answered('a', '7')], QUESTION, 1)).toBeNull()
    const facts = [started(1), asked('a'), answered('a', '7'), ended(1, LOST), started(2)]
    expect(answerUnheard(facts, { ...QUESTION, kind: 'permission' }, 2)).toBeNull()
  })
})
