// How `quintet agents` shows what is known of the agents: a line each, and below it what has to be said of it. Pure.
import { surprises, testedRange } from '../agents/measured/judge.ts'
import type { SurveyedAgent, Untried } from '../agents/measured/survey.ts'
import { PRESETS } from '../agents/presets.ts'
import { loginHint } from '../agents/presets/login.ts'
import type { Preset } from '../agents/presets/preset.ts'
import { errorData } from '../contract/errors.ts'
import { quoted, typedWords } from '../contract/shell.ts'
import { toned, type Tone } from '../tui/style.ts'
import { oneLine, pad, truncate } from '../tui/text.ts'

const HEAD = ['AGENT', 'VERSION', 'TRIED WITH', 'GOES ON BY', 'FORKS', 'TOOLS', 'MODE', 'USAGE'] as const
const GUTTER = '  '
const UNKNOWN = '-'
const MODE_WIDTH = 28

/** An agent as `--json` tells it. */
export interface AgentView extends Omit<SurveyedAgent, 'preset'> {
  readonly tested: string | null
  readonly install: string | null
  readonly login: string | null
  readonly notes: readonly string[]
}

/** An agent whose file cannot be understood. */
export function brokenAgent(name: string, error: unknown): SurveyedAgent {
  const nothing = { command: [], file: null, preset: null, source: null, untried: null, found: null }
  return { name, from: 'configuration', ...nothing, error: errorData(error) }
}

/** What is told of an agent beside its figures, and the commands that help. */
export function agentView({ preset, ...agent }: SurveyedAgent): AgentView {
  return {
    ...agent,
    tested: preset === null ? null : testedRange(preset.tested),
    install: agent.from === 'preset' && agent.file === null && preset !== null ? preset.install : null,
    login:
      agent.found?.measured.login == null || preset === null ? null : (loginHint(preset).command ?? null),
    notes: [
      ...missing(agent),
      ...(agent.found === null ? [] : [...surprises(preset, agent.found.measured), ...unasked(preset)]),
    ],
  }
}

/** Of an agent that is described, and of a preset whose name it takes. */
function missing({
  name,
  file,
  source,
  command: [program],
}: Omit<SurveyedAgent, 'preset'>): readonly string[] {
  if (file !== null || source === null || program === undefined) return []
  const instead = Object.hasOwn(PRESETS, name) ? `, instead of the agent of that name that Quintet knows` : ''
  return [`${source} describes it${instead}; its program ${program} is not there.`]
}

function unasked(preset: Preset | null): readonly string[] {
  if (preset?.permissions.style !== 'unasked') return []
  return ['It writes without asking: only a box, the hooks of git and the gate hold it to its scope.']
}

/** The table, a line or more for every agent. */
export function agentLines(agents: readonly SurveyedAgent[], colour: boolean): readonly string[] {
  const rows = agents.map(cells)
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join(GUTTER)
      .trimEnd()
  return [
    toned(line(HEAD), 'quiet', colour),
    ...agents.flatMap((agent, at) => [line(rows[at] ?? []), ...notes(agent, colour)]),
  ]
}

function cells({ name: said, file, found, preset, command, untried }: SurveyedAgent): readonly string[] {
  const name = oneLine(said)
  const tried = preset === null ? UNKNOWN : testedRange(preset.tested)
  const usage = preset === null ? UNKNOWN : preset.usage.source
  if (found === null) {
    const absent = command.length === 0 ? 'not readable' : 'not installed'
    const state = file === null ? absent : untried === null ? 'does not start' : 'not tried'
    return [name, state, tried, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, usage]
  }
  const { version, fork, tools, session } = found.measured
  const ways = (['resume', 'load'] as const).filter((way) => found.measured[way])
  return [
    name,
    oneLine(version),
    tried,
    ways.join(', ') || 'nothing',
    fork ? 'yes' : 'no',
    tools.join(', ') || 'none',
    session === null ? 'needs a login' : truncate(oneLine(modeOf(preset, session.mode.actual)), MODE_WIDTH),
    usage,
  ]
}

/** What an agent calls its modes has nothing to do with asking where it never asks. Some name theirs by an address. */
function modeOf(preset: Preset | null, actual: string | null): string {
  if (actual === null || preset?.permissions.style === 'unasked') return UNKNOWN
  return actual.split('#').at(-1) ?? actual
}

function notes(agent: SurveyedAgent, colour: boolean): readonly string[] {
  const { install, notes: said } = agentView(agent)
  const note = (text: string, tone: Tone): string => `  ${toned(oneLine(text), tone, colour)}`
  const lines = said.map((text) => note(text, 'attention'))
  if (install !== null) lines.push(`  → run: ${install}`)
  if (agent.untried !== null) lines.push(...untriedLines(agent.untried, agent, note))
  if (agent.error !== null) lines.push(note(agent.error.message, 'bad'))
  if (agent.found?.measured.login != null) lines.push(...loginLines(agent, note))
  return lines
}

const UNTRIED: Readonly<Record<Untried, string>> = {
  repository: 'The repository describes it, so it is started only when you say so',
  download: 'It is downloaded when it is started, so that is done only when you say so',
}

function untriedLines(
  why: Untried,
  { name, command }: SurveyedAgent,
  note: (text: string, tone: Tone) => string,
): readonly string[] {
  return [
    note(`${UNTRIED[why]}: ${typedWords(command)}`, 'quiet'),
    `  → run: quintet agents ${oneLine(quoted(name))}`,
  ]
}

function loginLines(
  { preset, found }: SurveyedAgent,
  note: (text: string, tone: Tone) => string,
): readonly string[] {
  const said = note(`It opens no session without a login: ${found?.measured.login?.said ?? ''}`, 'attention')
  if (preset === null) return [said]
  const { text, command } = loginHint(preset)
  return [said, `  ${text}`, `  → run: ${command ?? ''}`]
}
