import { describe, expect, test } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { testAgentDriver } from '../suite.ts'
import { testProcesses } from '../suite/processes.ts'

const support = await boxAvailable()
const driver = acpDriver()

testAgentDriver({ name: 'acp', driver, box: false })

// In a box the conversation is the same; how its process starts and ends is not.
describe.runIf(support.available)(`boxed${support.available ? '' : `: ${support.reason}`}`, () => {
  testProcesses({ name: 'acp in a box', driver, box: true })

  test('the box is there', () => {
    expect(support).toMatchObject({ available: true })
  })
})
