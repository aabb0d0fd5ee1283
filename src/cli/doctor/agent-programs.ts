// Which agents are installed, and what keeps those from starting.
import { PRESETS } from '../../agents/presets.ts'
import { presetOf } from '../../agents/presets/login.ts'
import { loadConfig } from '../../plan/config.ts'
import { programFile } from '../../process/spawn.ts'
import { agentFindings, agentObstacles, type AgentProgram, type DoctorFinding } from './finding.ts'
import { hiddenProgram } from './hidden-program.ts'

type Known = Pick<AgentProgram, 'name' | 'program' | 'install' | 'wanted'>

/** What is found of the agents that plans of the repository at `root` can name. Throws what loading a configuration throws. */
export async function examineAgents(root: string): Promise<readonly DoctorFinding[]> {
  const config = await loadConfig(root, process.env)
  const known: Known[] = [
    ...Object.entries(config.agents).map(([name, { command }]) => ({
      name,
      program: command[0] ?? '',
      wanted: true,
    })),
    ...Object.entries(PRESETS)
      .filter(([name]) => !Object.hasOwn(config.agents, name))
      .map(([name, { command, install }]) => ({
        name,
        program: command[0] ?? '',
        install,
        wanted: config.agent === name,
      })),
  ]
  const programs = await Promise.all(known.map((agent) => installedAgent(agent, root)))
  return [...agentFindings(programs), ...agentObstacles(programs)]
}

async function installedAgent(agent: Known, root: string): Promise<AgentProgram> {
  const file = await programFile(agent.program, { cwd: root })
  if (file === null) return { ...agent, file }
  // By its program alone, where it is described: the name of a preset does not make another program that.
  const name = agent.install === undefined ? '' : agent.name
  const needs = presetOf({ name, command: [agent.program] }, PRESETS)?.needs ?? []
  const found = await Promise.all(needs.map((needed) => programFile(needed, { cwd: root })))
  const hidden = await hiddenProgram(file, root)
  return {
    ...agent,
    file,
    lacks: needs.filter((_, at) => found[at] === null),
    ...(hidden === null ? {} : { hidden }),
  }
}
