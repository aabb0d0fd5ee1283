import { expect, it } from 'vitest'
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
