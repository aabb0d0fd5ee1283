import { describe, expect, test } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { testAgentDriver } from '../suite.ts'

const support = await boxAvailable()

testAgentDriver({ name: 'acp', driver: acpDriver(), box: false, conversations: true })
if (support.available)
  testAgentDriver({ name: 'acp in a box', driver: acpDriver(), box: true, conversations: false })
else
  describe.skip(`driver acp in a box: ${support.reason}`, () =>
    test('is skipped', () => expect(support.available).toBe(true)))
