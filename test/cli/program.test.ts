import { expect, test } from 'vitest'
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/cli/commands.ts'
import { commandHelp, programHelp } from '../../src/cli/help.ts'
import { loadCommand } from '../../src/cli/modules.ts'
import { plainStatus } from '../../src/cli/plain-status.ts'
import { parseArguments } from '../../src/cli/program.ts'
import { EXIT_CODES, errorData } from '../../src/contract/errors.ts'

function parse(...argv: string[]): ReturnType<typeof parseArguments> & { written: string } {
  let written = ''
  const chosen = parseArguments(argv, { version: '1.2.3', write: (text) => (written += text) })
  if (chosen === null) throw new Error(`nothing was chosen: ${written}`)
  return { ...chosen, written }
}

function written(...argv: string[]): string {
  let text = ''
  expect(parseArguments(argv, { version: '1.2.3', write: (part) => (text += part) })).toBeNull()
  return text
}

function refusal(...argv: string[]): string {
  try {
    parse(...argv)
  } catch (error) {
    const { code, kind, message, hints } = errorData(error)
    const known = code === 'E_USAGE' && kind === 'usage' ? [] : [code, kind]
    return [...known, message, ...hints.map(({ command }) => command)].join(' → ')
  }
  throw new Error('it was not refused')
}

test('words, options and global options wherever they stand', () => {
  const {
    spec,
    arguments: words,
    options,
  } = parse('-C', '/x', 'run', 'auth', '--detach', '--no-wait', '--json')
  expect([spec.name, words]).toEqual(['run', ['auth']])
  expect(options).toMatchObject({ C: '/x', detach: true, wait: false, json: true })
  expect(parse('plan', 'check', 'auth', '-C', '/y').options).toMatchObject({ C: '/y' })
})

test('several words of one argument are one text; a dash is a word', () => {
  expect(parse('decide', 'use', 'UTC', 'everywhere').arguments).toEqual(['use UTC everywhere'])
  expect(parse('answer', '2', 'yes', 'do').arguments).toEqual(['2', 'yes do'])
  expect(parse('answer', '2').arguments[1] ?? '').toBe('')
  expect(parse('decide', '-').arguments).toEqual(['-'])
  expect(parse('decide', '--', '--json').arguments).toEqual(['--json'])
})

test.each([
  [['stauts'], 'There is no command stauts. Did you mean status? → quintet status --help'],
  [['plan', 'chek'], 'There is no command plan chek. Did you mean plan check? → quintet plan check --help'],
  [
    ['plan'],
    'The command plan needs one of check, list, facts, suggest, explain, split, merge, move, review. → quintet plan --help',
  ],
  [['run', '--detatch'], 'There is no option --detatch. Did you mean --detach? → quintet run --help'],
  [['status', '--json=1'], 'The option --json takes no value. → quintet status --help'],
  [['status', '--jsn'], 'There is no option --jsn. Did you mean --json? → quintet status --help'],
  [['--jsn'], 'There is no option --jsn. Did you mean --json? → quintet --help'],
  [['xyzzy'], 'There is no command xyzzy. → quintet --help'],
  [['plan', 'check'], "Missing required argument 'plan'. → quintet plan check --help"],
  [
    ['plan', 'check', 'a', 'b'],
    "Too many arguments for 'check'. Expected 1 argument but got 2: a, b. → quintet plan check --help",
  ],
  [
    ['shell', 'a', 'ls', '-la', 'my dir'],
    "The option -la is not one of shell; what runs in it stands behind --. → quintet shell a -- ls -la 'my dir'",
  ],
  [['shell', '--hlep', 'a'], 'There is no option --hlep. Did you mean --help? → quintet shell --help'],
  [['-C'], "Option '-C <dir>' argument missing. → quintet --help"],
])('%j: %s', (argv, message) => {
  expect(refusal(...argv)).toBe(message)
})

test.each([
  [['status']],
  [['--json', 'status']],
  [['status', '-C', '/x', '--no-color', '--json']],
  [['-C', 'status', 'status']],
])('the plain status %j is understood as the parser understands it', (argv) => {
  const { spec, arguments: words, options } = parse(...argv)
  const plain = plainStatus(argv)
  expect(plain?.spec).toBe(spec)
  expect(plain?.arguments.filter((word) => word !== undefined)).toEqual(
    words.filter((word) => word !== undefined),
  )
  expect({ color: true, ...plain?.options }).toEqual(options)
})

test.each([['--help'], ['auth-1'], ['--watch'], ['--jsn'], ['-C'], ['status'], ['--'], ['--json=1']])(
  'status %s is left to the parser',
  (word) => {
    expect(plainStatus(['status', word])).toBeNull()
  },
)

test('help and version are written and choose nothing', () => {
  expect(written('--version')).toBe('1.2.3\n')
  expect(written('--help')).toBe(programHelp(COMMANDS, GLOBAL_OPTIONS))
  expect(written()).toBe(written('--help'))
  expect(written('help', 'run')).toBe(written('run', '--help'))
  expect(written('plan', '--help')).toContain('  plan check <plan>')
})

test('every help text: an imperative line, then examples that parse as the command they show', () => {
  for (const spec of COMMANDS) {
    const help = commandHelp(spec, GLOBAL_OPTIONS)
    const [first = '', , second] = help.split('\n')
    expect(first).toMatch(/^[A-Z][a-z]+ .*[^.]$/)
    expect(second).toBe('Examples:')
    for (const example of spec.examples.filter((text) => text.startsWith('quintet '))) {
      const words = example.replace(/ [<>] .*$/, '').match(/"[^"]*"|\S+/g) ?? []
      expect(parse(...words.slice(1).map((word) => word.replaceAll('"', ''))).spec.name).toBe(spec.name)
    }
  }
})

test('every command has a module', async () => {
  for (const { name } of COMMANDS) expect(typeof (await loadCommand(name)).run).toBe('function')
})

test('the help names every exit code of every kind of failure, and no hidden command', () => {
  const help = programHelp(COMMANDS, GLOBAL_OPTIONS)
  for (const [kind, code] of Object.entries(EXIT_CODES)) {
    expect(help).toMatch(new RegExp(`^  ${code} .*\\b${kind}\\b`, 'm'))
  }
  expect(help).not.toContain('daemon of this repository in the foreground')
})
