// What every agent driver must do, whatever it drives: the definition of AgentDriver. The agent is the scripted one, so a
// driver is tested together with a real executable in a real process tree. processes.ts is the part that depends on how
// the process is kept, conversations.ts the part that does not.
import type { AgentDriver } from '../../src/agents/driver.ts'
import { testConversations } from './suite/conversations.ts'
import { testProcesses } from './suite/processes.ts'

export interface DriverUnderTest {
  readonly name: string
  readonly driver: AgentDriver
  readonly box: boolean
}

/** Defines the tests of a driver. */
export function testAgentDriver(subject: DriverUnderTest): void {
  testProcesses(subject)
  testConversations(subject)
}
