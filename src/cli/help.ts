// The help texts, made from the commands as data. Pure.
import { EXIT_CODES } from '../contract/errors.ts'
import type { CommandSpec, OptionSpec } from './command.ts'

const EXAMPLES = [
  'quintet init',
  'quintet plan check auth',
  'quintet run auth',
  'quintet blocked',
  'quintet demo',
]
const GUTTER = 2

interface Entry {
  readonly term: string
  readonly summary: string
}

/** Help of `quintet` itself, or of a group of commands when `group` is its first word. */
export function programHelp(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
  group = '',
): string {
  const shown = commands.filter(
    ({ name, hidden }) => hidden !== true && (group === '' || name.startsWith(`${group} `)),
  )
  const examples = group === '' ? EXAMPLES : shown.flatMap(({ examples: [first] }) => first ?? [])
  const first =
    group === ''
      ? 'Run several coding-agent sessions in parallel on one codebase, from a written plan to a green merge'
      : groupSummary(group)
  return sections([
    [first],
    ['Examples:', ...examples.map((example) => `  ${example}`)],
    ['Usage:', `  quintet ${group === '' ? '' : `${group} `}<command> [options]`],
    ['Commands:', ...entries(shown.map(entryOf))],
    ['Options:', ...entries(optionEntries([...globals, ...(group === '' ? VERSION : []), ...HELP]))],
    ...(group === '' ? [['Exit codes:', ...entries(exitCodes())]] : []),
  ])
}

const GROUPS: Readonly<Record<string, string>> = {
  health: 'Answer the alarms of a session, and examine sessions that were recorded',
  pool: 'Workspaces that are made before a session wants them',
  scope: 'See and decide who may write which path',
}

/** What the commands of a group have in common. */
export function groupSummary(group: string): string {
  return GROUPS[group] ?? `Work with one ${group}`
}

/** Help of one command; `below` are commands that begin with its words. */
export function commandHelp(
  spec: CommandSpec,
  globals: readonly OptionSpec[],
  below: readonly CommandSpec[] = [],
): string {
  const described = (spec.arguments ?? []).map(({ name, summary }) => ({ term: name, summary }))
  return sections([
    [spec.summary],
    ['Examples:', ...spec.examples.map((example) => `  ${example}`)],
    ['Usage:', `  quintet ${usage(spec)} [options]`],
    ...(described.length > 0 ? [['Arguments:', ...entries(described)]] : []),
    ...(below.length > 0 ? [['Commands:', ...entries(below.map(entryOf))]] : []),
    ['Options:', ...entries(optionEntries([...(spec.options ?? []), ...globals, ...HELP]))],
  ])
}

const HELP: readonly OptionSpec[] = [{ flags: '--help', summary: 'print this' }]
const VERSION: readonly OptionSpec[] = [{ flags: '--version', summary: 'print the version' }]

function entryOf(spec: CommandSpec): Entry {
  return { term: usage(spec), summary: spec.summary }
}

function usage({ name, arguments: words = [] }: CommandSpec): string {
  return [name, ...words.map((word) => word.name)].join(' ')
}

function optionEntries(options: readonly OptionSpec[]): Entry[] {
  return options.map(({ flags, summary }) => ({ term: flags, summary }))
}

function exitCodes(): Entry[] {
  const kinds = new Map<number, string[]>()
  for (const [kind, code] of Object.entries(EXIT_CODES)) kinds.set(code, [...(kinds.get(code) ?? []), kind])
  return [
    { term: '0', summary: 'done; for a run: it has landed' },
    ...[...kinds]
      .sort(([a], [b]) => a - b)
      .map(([code, names]) => ({ term: String(code), summary: exitMeaning(code, names) })),
    { term: '130', summary: 'interrupted (143: ended by SIGTERM); a run goes on without this process' },
  ]
}

const MEANINGS: Readonly<Record<number, string>> = {
  1: 'failed, or the run has not landed',
  2: 'wrong call, plan or configuration',
  3: 'refused before anything was changed',
  6: 'the operator has to decide',
}

function exitMeaning(code: number, kinds: readonly string[]): string {
  return `${MEANINGS[code] ?? 'failed'} (${kinds.join(', ')})`
}

function entries(list: readonly Entry[]): string[] {
  const width = Math.max(...list.map(({ term }) => term.length)) + GUTTER
  return list.map(({ term, summary }) => `  ${term.padEnd(width)}${summary}`)
}

function sections(parts: readonly (readonly string[])[]): string {
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}
