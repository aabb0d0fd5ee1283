// The reference of the agents that can be used without configuration, from their presets.
import { testedRange } from '../../src/agents/measured/judge.ts'
import { PRESETS } from '../../src/agents/presets.ts'
import type { Preset } from '../../src/agents/presets/preset.ts'

const STYLES: Readonly<Record<Preset['permissions']['style'], string>> = {
  asks: 'asks',
  refuses: 'its own sandbox refuses',
  unasked: 'writes unasked',
}

/** The page of presets. */
export function presetsPage(): string {
  return `${[
    '# Agents',
    'Agents that can be named in a plan once they are installed. `quintet agents` says what is installed on a machine and what it can do there; what stands here was measured with the versions that are named. Other agents are described in `.quintet/config.toml` or `.quintet/agents/<name>.json`.',
    table(
      ['name', 'agent', 'tried with', 'started as', 'mode', 'mode in a box'],
      (id, { name, tested, command, mode = '-', boxedMode = mode }) => [
        code(id),
        name,
        testedRange(tested),
        code(command.join(' ')),
        mode,
        boxedMode,
      ],
    ),
    table(
      ['name', 'before it writes a file', 'when it is refused, the turn', 'context told by', 'compaction'],
      (id, { permissions, usage, compaction }) => [
        code(id),
        STYLES[permissions.style],
        permissions.afterRefusal,
        usage.source === 'none' ? 'nobody' : `${usage.source}, ${usage.told}`,
        compaction,
      ],
    ),
    table(['name', 'goes on by', 'forks', 'MCP servers of a session'], (id, { expects }) => [
      code(id),
      (['resume', 'load'] as const).filter((way) => expects[way]).join(', '),
      expects.fork ? 'yes' : 'no',
      expects.tools.join(', ') || 'none',
    ]),
    ...Object.entries(PRESETS).map(([id, preset]) => section(id, preset)),
  ].join('\n\n')}\n`
}

function table(head: readonly string[], row: (id: string, preset: Preset) => readonly string[]): string {
  const rows = Object.entries(PRESETS).map(([id, preset]) => row(id, preset))
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function section(id: string, { name, description, install, login, loginSteps, sandbox }: Preset): string {
  const steps = loginSteps === undefined ? '' : `, ${loginSteps}`
  return [
    `## ${id}`,
    `${name}: ${description}.`,
    `Install: \`${install}\``,
    `Log in: \`${login}\`${steps}`,
    sandbox.map((sentence) => `- ${sentence}`).join('\n'),
  ].join('\n\n')
}

const code = (text: string): string => `\`${text}\``
