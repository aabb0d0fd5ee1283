// Commands, agents and scripts that a plan names: everything that will be started must be there. Pure.
import { EXTERNAL } from '../contract/external.ts'
import type { Check, Piece, PlanFile } from '../contract/plan.ts'
import type { PlanFacts } from './facts.ts'
import { enumerate, finding, quote, type Finding } from './findings.ts'
import { likelyTest, TEST_PROGRAMS } from './detect.ts'
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
    ...(plan.integration.checks.length > 0 ? [] : [noChecks(plan, facts)]),
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
  if (TEST_PROGRAMS.has(program)) return [notInstalled(what, program)]
  const words = program.split(/\s+/)
  const split =
    words.length > 1
      ? [{ text: `A command is a list of words: run = [${words.map(quote).join(', ')}].` }]
      : []
  const install = { text: 'Install it, correct the name, or see what is there.', command: 'quintet doctor' }
  const message = `${what} is not a command: there is no program ${quote(program)} on the PATH, in the repository or in node_modules/.bin.`
  return [finding('E_CHECK_COMMAND', message, { hints: [...split, install] })]
}

/** A program that everybody knows is no slip of the pen: this machine lacks it. */
function notInstalled(what: string, program: string): Finding {
  const message = `${what} cannot be started: the program ${quote(program)} was not found.`
  const hints = [{ text: 'Install it, or see what is there.', command: 'quintet doctor' }]
  return finding('E_CHECK_PROGRAM', message, { hints })
}

function noChecks(plan: PlanFile, { files }: PlanFacts): Finding {
  const instead = plan.pieces.some(({ checks }) => checks.length > 0)
    ? 'so only the checks of the merged pieces are run on the merged tree'
    : 'and no piece has any, so nothing proves the merged tree'
  return finding('W_NO_INTEGRATION_CHECKS', `The plan has no integration checks, ${instead}.`, {
    hints: [
      {
        text: `Add for example [integration] checks = [{ name = "test", run = [${likelyTest([...files])
          .map(quote)
          .join(', ')}] }].`,
      },
    ],
  })
}

/** What is wrong with the agents and scripts of a plan. What the machine lacks is told once for all pieces. */
export function agentFindings(plan: PlanFile, facts: PlanFacts): readonly Finding[] {
  const played = plan.pieces.map((piece) => ({ piece, agent: agentOf(piece, facts.defaultAgent) }))
  const nameless = played.flatMap(({ piece, agent }) => (agent === null ? [piece.id] : []))
  return [
    ...(nameless.length === 0 ? [] : [noAgent(nameless, facts)]),
    ...missingPrograms(played, facts),
    ...played.flatMap(({ piece, agent }) => [
      ...unknownAgent(piece.id, agent, facts),
      ...scriptProblem(piece, agent, facts),
    ]),
  ]
}

interface Played {
  readonly piece: Piece
  readonly agent: string | null
}

/** A finding is about one piece or about none. */
function alone(pieces: readonly string[]): { readonly piece?: string } {
  const [piece] = pieces
  return pieces.length === 1 && piece !== undefined ? { piece } : {}
}

function noAgent(pieces: readonly string[], facts: PlanFacts): Finding {
  const installed = Object.entries(facts.agents).flatMap(([name, command]) =>
    facts.programs.includes(command) ? [name] : [],
  )
  const text =
    installed[0] === undefined
      ? 'No agent was found; this shows which are known. Install one, then set agent = "…" in .quintet/config.toml.'
      : `Set agent = ${quote(installed[0])} in .quintet/config.toml; this shows what else is there.`
  const who = pieces.length === 1 ? 'piece' : 'pieces'
  const message = `The ${who} ${enumerate(pieces)} ${pieces.length === 1 ? 'names' : 'name'} no agent, and the configuration has no default.`
  return finding('E_AGENT_NONE', message, {
    ...alone(pieces),
    hints: [{ text, command: 'quintet doctor' }],
  })
}

function missingPrograms(played: readonly Played[], facts: PlanFacts): readonly Finding[] {
  const missing = Object.entries(facts.agents).filter(
    ([name, command]) => name !== SCRIPTED && !facts.programs.includes(command),
  )
  return missing.flatMap(([name, command]) => {
    const pieces = played.flatMap(({ piece, agent }) => (agent === name ? [piece.id] : []))
    if (pieces.length === 0) return []
    const message = `The agent ${quote(name)} of ${enumerate(pieces)} cannot be started: its program ${quote(command)} was not found.`
    const hints = [{ text: 'Install it, or see what is there.', command: 'quintet doctor' }]
    return [finding('E_AGENT_PROGRAM', message, { ...alone(pieces), hints })]
  })
}

function unknownAgent(piece: string, agent: string | null, facts: PlanFacts): readonly Finding[] {
  if (agent === null || agent === SCRIPTED || agent === EXTERNAL) return []
  if (Object.hasOwn(facts.agents, agent)) return []
  const known = [...Object.keys(facts.agents), SCRIPTED, EXTERNAL]
  const meant = nearest(agent, known)
  const hints = [
    ...(meant === null ? [] : [{ text: `Perhaps ${quote(meant)} was meant.` }]),
    {
      text: `Known are ${enumerate(known)}; add [agents.${agent}] with its command to .quintet/config.toml.`,
    },
  ]
  return [
    finding('E_AGENT_UNKNOWN', `The agent ${quote(agent)} of ${piece} is not in the configuration.`, {
      piece,
      hints,
    }),
  ]
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
