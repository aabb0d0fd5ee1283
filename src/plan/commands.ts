// Commands, agents and scripts that a plan names: everything that will be started must be there. Pure.
import type { Check, Piece, PlanFile } from '../contract/plan.ts'
import type { PlanFacts } from './facts.ts'
import { enumerate, finding, quote, type Finding } from './findings.ts'
import { nearest } from '../contract/nearest.ts'

/** The agent that plays a script; it needs no configuration. */
const SCRIPTED = 'scripted'

/** The agent of a piece: its own, the scripted one if it has a script, else the default; null when there is none. */
function agentOf(piece: Pick<Piece, 'agent' | 'script'>, fallback: string | null): string | null {
  return piece.agent ?? (piece.script === undefined ? fallback : SCRIPTED)
}

/** What is wrong with the commands of a plan. */
export function commandFindings(plan: PlanFile, facts: PlanFacts): readonly Finding[] {
  const available = new Set([...facts.programs, ...facts.files])
  const setup = facts.setup === null ? [] : unavailable('The setup command', facts.setup, available)
  return [
    ...setup,
    ...plan.pieces.flatMap((piece) =>
      checkFindings(`of ${piece.id}`, piece.checks, available).map((found) => ({
        ...found,
        piece: piece.id,
      })),
    ),
    ...checkFindings('of the integration', plan.integration.checks, available),
    ...(plan.integration.checks.length > 0 ? [] : [noChecks(plan)]),
  ]
}

function checkFindings(
  where: string,
  checks: readonly Check[],
  available: ReadonlySet<string>,
): readonly Finding[] {
  return checks.flatMap((check, index) => {
    const first = checks.findIndex(({ name }) => name === check.name)
    const twice =
      first < index
        ? [finding('E_CHECK_TWICE', `Two checks ${where} have the name ${quote(check.name)}.`)]
        : []
    return [...twice, ...unavailable(`The check ${quote(check.name)} ${where}`, check.run, available)]
  })
}

function unavailable(
  what: string,
  command: readonly string[],
  available: ReadonlySet<string>,
): readonly Finding[] {
  const program = command[0] ?? ''
  if (available.has(program) || available.has(program.replace(/^\.\//, ''))) return []
  const words = program.split(/\s+/)
  const split =
    words.length > 1
      ? [{ text: `A command is a list of words: run = [${words.map(quote).join(', ')}].` }]
      : []
  const install = { text: 'Install it, correct the name, or see what is there.', command: 'quintet doctor' }
  const message = `${what} is not a command: there is no program ${quote(program)} on the PATH, in the repository or in node_modules/.bin.`
  return [finding('E_CHECK_COMMAND', message, { hints: [...split, install] })]
}

function noChecks(plan: PlanFile): Finding {
  const instead = plan.pieces.some(({ checks }) => checks.length > 0)
    ? 'so only the checks of the merged pieces are run on the merged tree'
    : 'and no piece has any, so nothing proves the merged tree'
  return finding('W_NO_INTEGRATION_CHECKS', `The plan has no integration checks, ${instead}.`, {
    hints: [{ text: 'Add for example [integration] checks = [{ name = "test", run = ["npm", "test"] }].' }],
  })
}

/** What is wrong with the agents and scripts of a plan. */
export function agentFindings(plan: PlanFile, facts: PlanFacts): readonly Finding[] {
  return plan.pieces.flatMap((piece) => {
    const agent = agentOf(piece, facts.defaultAgent)
    return [...agentProblem(piece.id, agent, facts), ...scriptProblem(piece, agent, facts)]
  })
}

function agentProblem(piece: string, agent: string | null, facts: PlanFacts): readonly Finding[] {
  if (agent === SCRIPTED) return []
  if (agent === null) {
    const hints = [
      {
        text: 'This finds the agents that are installed and writes the configuration.',
        command: 'quintet init',
      },
    ]
    const message = `The piece ${piece} names no agent, and the configuration has no default.`
    return [finding('E_AGENT_NONE', message, { piece, hints })]
  }
  const known = Object.keys(facts.agents)
  const command = facts.agents[agent]
  if (!Object.hasOwn(facts.agents, agent) || command === undefined) {
    const meant = nearest(agent, [...known, SCRIPTED])
    const hints = [
      ...(meant === null ? [] : [{ text: `Perhaps ${quote(meant)} was meant.` }]),
      {
        text: `Known are ${enumerate([...known, SCRIPTED])}; add [agents.${agent}] with its command to .quintet/config.toml.`,
      },
    ]
    return [
      finding('E_AGENT_UNKNOWN', `The agent ${quote(agent)} of ${piece} is not in the configuration.`, {
        piece,
        hints,
      }),
    ]
  }
  if (facts.programs.includes(command)) return []
  const message = `The agent ${quote(agent)} of ${piece} cannot be started: its program ${quote(command)} was not found.`
  const hints = [{ text: 'Install it, or see what is there.', command: 'quintet doctor' }]
  return [finding('E_AGENT_PROGRAM', message, { piece, hints })]
}

function scriptProblem(piece: Piece, agent: string | null, facts: PlanFacts): readonly Finding[] {
  const { id, script } = piece
  if (agent !== SCRIPTED) {
    if (script === undefined || agent === null) return []
    const hints = [{ text: `Set agent = "${SCRIPTED}", or take the script out.` }]
    return [
      finding('E_SCRIPT_UNUSED', `The piece ${id} has a script, but its agent is ${quote(agent)}.`, {
        piece: id,
        hints,
      }),
    ]
  }
  if (script === undefined) {
    return [
      finding('E_SCRIPT_MISSING', `The piece ${id} has the scripted agent but no script.`, { piece: id }),
    ]
  }
  if (facts.scripts.includes(script)) return []
  const message = `The script ${quote(script)} of ${id} cannot be used: there is no such file in the repository.`
  return [finding('E_SCRIPT_MISSING', message, { piece: id })]
}
