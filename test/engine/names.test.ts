import * as v from 'valibot'
import { expect, it } from 'vitest'
import { PlanFile } from '../../src/contract/plan.ts'
import { isScratch, scratchId } from '../../src/contract/scratch.ts'
import { branchName, nextRunId, sessionOfWorkflow, sessionWorkflowId } from '../../src/engine/names.ts'

it('numbers the runs of a plan', () => {
  expect(nextRunId('demo', [])).toBe('demo-1')
  expect(nextRunId('demo', ['demo-1', 'demo-9', 'demo-x', 'other-12'])).toBe('demo-10')
})

it('makes a branch-safe id of any plan name', () => {
  expect(nextRunId('My Plan!', [])).toBe('my-plan-1')
  expect(nextRunId('***', [])).toBe('run-1')
})

it('gives a session one folder of refs', () => {
  expect(branchName({ run: 'demo-1', piece: 'auth' })).toBe('quintet/demo-1/auth/work')
})

it('finds the session of a workflow id', () => {
  const name = { run: 'demo-1', piece: 'auth' }
  expect(sessionOfWorkflow(sessionWorkflowId(name))).toEqual(name)
  expect(sessionOfWorkflow('demo-1/run')).toBeNull()
})

it('has an id for scratch workspaces that no plan can give to a piece', () => {
  const plan = (id: string) => ({
    goal: 'Do it.',
    pieces: [{ id, title: 'It', brief: 'Do it.', scope: { include: ['src/**'] } }],
  })
  const id = scratchId('0123abcd')
  expect(isScratch(id)).toBe(true)
  expect(v.is(PlanFile, plan('a-fresh'))).toBe(true)
  expect(v.is(PlanFile, plan(id))).toBe(false)
  expect(['a', 'a-fresh', 'fresh', '_integration', '_fresh-', '_fresh-a'].filter(isScratch)).toEqual([])
})
