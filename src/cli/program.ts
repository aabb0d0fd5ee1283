// Turns the words of the command line into the command that was meant. Nothing of a command is loaded here.
import { Command, CommanderError } from 'commander'
import type { Chosen, CommandSpec } from './command.ts'
import { usageError } from './failure.ts'
import type { Hint } from '../contract/errors.ts'
import { COMMANDS, GLOBAL_OPTIONS } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { nearest } from '../contract/nearest.ts'
import { typedWords } from '../contract/shell.ts'

export interface ParseOptions {
  readonly version: string
  /** Receives help and version. */
  readonly write: (text: string) => void
}

/** The command that `argv` names, or null when help or the version was written. Throws `E_USAGE`. */
export function parseArguments(argv: readonly string[], options: ParseOptions): Chosen | null {
  const holder: { chosen: Chosen | null } = { chosen: null }
  const program = buildProgram(options, (chosen) => {
    holder.chosen = chosen
  })
  if (argv.length === 0) {
    program.outputHelp()
    return null
  }
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (
      error.code === 'commander.helpDisplayed' ||
      error.code === 'commander.help' ||
      error.code === 'commander.version'
    )
      return null
    throw usageFrom(error, argv)
  }
  return holder.chosen
}

function buildProgram({ version, write }: ParseOptions, choose: (chosen: Chosen) => void): Command {
  const program = new Command('quintet')
    .exitOverride()
    .showSuggestionAfterError(false)
    .helpOption('-h, --help')
    .helpCommand('help [command]')
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .configureHelp({ formatHelp: () => programHelp(COMMANDS, GLOBAL_OPTIONS) })
    .version(version, '-V, --version')
  for (const { flags, summary } of GLOBAL_OPTIONS) program.option(flags, summary)
  for (const spec of COMMANDS) {
    const words = spec.name.split(' ')
    const parent = words.length === 1 ? program : group(program, words[0] ?? '')
    addCommand(parent, words.at(-1) ?? '', { spec, choose })
  }
  return program
}

function group(program: Command, name: string): Command {
  const existing = program.commands.find((command) => command.name() === name)
  if (existing !== undefined) return existing
  return program
    .command(name)
    .configureHelp({ formatHelp: () => programHelp(COMMANDS, GLOBAL_OPTIONS, name) })
    .action((_options: unknown, command: Command) => {
      throw unknownCommand(command.args[0], name)
    })
    .allowExcessArguments()
}

function addCommand(
  parent: Command,
  word: string,
  { spec, choose }: { readonly spec: CommandSpec; readonly choose: (chosen: Chosen) => void },
): void {
  const command = parent
    .command(word)
    .configureHelp({ formatHelp: () => commandHelp(spec, GLOBAL_OPTIONS, below(spec)) })
    .allowExcessArguments(false)
  for (const { name, summary } of spec.arguments ?? []) command.argument(name, summary)
  for (const { flags, summary } of spec.options ?? []) command.option(flags, summary)
  command.action(() => {
    choose({
      spec,
      arguments: command.processedArgs.map(asText),
      words: command.processedArgs.flatMap(wordsOf),
      options: command.optsWithGlobals(),
    })
  })
}

/** Commands that begin with the words of this one. */
function below({ name }: CommandSpec): readonly CommandSpec[] {
  return COMMANDS.filter((other) => other.hidden !== true && other.name.startsWith(`${name} `))
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}

function asText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'string' ? value : undefined
}

function unknownCommand(word: string | undefined, group: string): Error {
  const names = COMMANDS.filter((spec) => spec.hidden !== true && spec.name.startsWith(`${group} `)).map(
    (spec) => spec.name.slice(group.length + 1),
  )
  if (word === undefined) {
    return usageError(`The command ${group} needs one of ${names.join(', ')}.`, [
      { text: 'See what they do.', command: `quintet ${group} --help` },
    ])
  }
  return noCommand(
    `${group} ${word}`,
    names.map((name) => `${group} ${name}`),
  )
}

function noCommand(word: string, candidates: readonly string[]): Error {
  const meant = meantBy(word, candidates)
  return usageError(
    `There is no command ${word}.${didYouMean(meant)}`,
    meant === null
      ? [{ text: 'See what there is.', command: 'quintet --help' }]
      : [{ text: 'See how it is called.', command: `quintet ${meant} --help` }],
  )
}

/** An option that there is not, or that was given a value and takes none. */
function noOption(given: string, spec: CommandSpec | undefined): Error {
  const known = optionsFor(spec)
  const word = given.split('=')[0] ?? given
  const text = known.includes(word)
    ? `The option ${word} takes no value.`
    : `There is no option ${word}.${didYouMean(meantBy(word, known))}`
  return usageError(text, [helpOf(spec)])
}

const meantBy = (word: string, candidates: readonly string[]): string | null =>
  word.length > 2 ? nearest(word, candidates) : null
const didYouMean = (meant: string | null): string => (meant === null ? '' : ` Did you mean ${meant}?`)

function helpOf(spec: CommandSpec | undefined): Hint {
  return spec === undefined
    ? { text: 'See what there is.', command: 'quintet --help' }
    : { text: 'See how it is called.', command: `quintet ${spec.name} --help` }
}

/** The parser's own errors, said in our words; the quoted word is the one it could not place. */
function usageFrom(error: CommanderError, argv: readonly string[]): Error {
  const word = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  if (error.code === 'commander.unknownCommand') {
    const top = [
      ...new Set(
        COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name.split(' ')[0] ?? ''),
      ),
    ]
    return noCommand(word, top)
  }
  const spec = commandIn(argv)
  if (error.code === 'commander.unknownOption') return optionOfOther(word, argv) ?? noOption(word, spec)
  const text = error.message.replace(/^error: /, '').split('\n')[0] ?? ''
  if (error.code === 'commander.excessArguments' && spec !== undefined && below(spec).length > 0)
    return unknownCommand(argv[argv.indexOf(spec.name) + 1], spec.name)
  return usageError(`${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`, [helpOf(spec)])
}

/** An option that belongs to the program that is to run in a shell; null when it does not. */
function optionOfOther(word: string, argv: readonly string[]): Error | null {
  if (commandIn(argv)?.name !== 'shell') return null
  const [session, ...program] = argv.slice(argv.indexOf('shell') + 1)
  if (session === undefined || session.startsWith('-') || program.indexOf(word) < 1) return null
  return usageError(`The option ${word} is not one of shell; what runs in it stands behind --.`, [
    { text: 'Say so.', command: `quintet shell ${typedWords([session])} -- ${typedWords(program)}` },
  ])
}

function commandIn(argv: readonly string[]): CommandSpec | undefined {
  const words = new Set(argv)
  const meant = COMMANDS.filter(({ name }) => name.split(' ').every((part) => words.has(part)))
  // The longer one, where a command is also the first word of others.
  return meant.toSorted((a, b) => b.name.split(' ').length - a.name.split(' ').length)[0]
}

function optionsFor(spec: CommandSpec | undefined): string[] {
  return [...(spec?.options ?? []), ...GLOBAL_OPTIONS, { flags: '--help' }, { flags: '--version' }].map(
    ({ flags }) => flags.split(/[ ,]/)[0] ?? '',
  )
}
