// Which test runner a command starts, and where more words for it can stand. Pure. Only what is certain counts: a
// command that is not understood has no runner, and its exit code alone is believed.

export type Runner = 'vitest' | 'jest' | 'mocha' | 'node' | 'pytest' | 'go'

/** A command that starts a runner. */
export interface RunnerCall {
  readonly runner: Runner
  /** The runner's own words, after its name. */
  readonly words: readonly string[]
  /** Where more words go: at this place of the command; at its end, through scripts; or into NODE_OPTIONS. */
  readonly place:
    | { readonly kind: 'at'; readonly index: number }
    | { readonly kind: 'end'; readonly separators: number }
    | { readonly kind: 'node-options' }
  /** The runner is too old to write a report to a file: it prints one, a line a test. */
  readonly prints?: true
}

/** A command that starts a script of package.json. */
export interface ScriptCall {
  readonly script: string
  /** npm takes words for itself unless a `--` comes before them; the others do not. */
  readonly npm: boolean
  /** Words that the script is given already. */
  readonly words: readonly string[]
}

const RUNNERS: ReadonlyMap<string, Runner> = new Map([
  ['vitest', 'vitest'],
  ['vitest.mjs', 'vitest'],
  ['jest', 'jest'],
  ['jest.js', 'jest'],
  ['mocha', 'mocha'],
  ['mocha.js', 'mocha'],
  ['_mocha', 'mocha'],
  ['pytest', 'pytest'],
  ['py.test', 'pytest'],
])
/** Programs that start what comes after them. */
const STARTERS: ReadonlySet<string> = new Set(
  'npx bunx pnpm yarn exec env cross-env c8 nyc time nice -- node python python3 -m uv poetry pipenv run'.split(
    ' ',
  ),
)
const MANAGERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])
const QUIET: ReadonlySet<string> = new Set(['-s', '--silent', '--quiet'])
const SET_VARIABLE = /^[A-Za-z_]\w*=/

/** The runner that `words` start directly; null when it is not one that is known. */
export function runnerCall(words: readonly string[]): RunnerCall | null {
  for (const [index, word] of words.entries()) {
    const name = word.slice(word.lastIndexOf('/') + 1)
    const runner = RUNNERS.get(name)
    if (runner !== undefined) return at(runner, words, index + 1)
    if (name === 'node' && words.includes('--test', index))
      return at('node', words, words.indexOf('--test', index) + 1)
    if (name === 'go' && words[index + 1] === 'test') return at('go', words, index + 2)
    if (!STARTERS.has(name) && !SET_VARIABLE.test(word) && !(index > 0 && word.startsWith('-'))) return null
  }
  return null
}

function at(runner: Runner, words: readonly string[], index: number): RunnerCall {
  // Options of node end at the first file; for the others the end is the plainest place.
  const stop = runner === 'go' ? '-args' : '--'
  const end = words.indexOf(stop, index)
  const place = runner === 'node' ? index : end === -1 ? words.length : end
  return { runner, words: words.slice(index), place: { kind: 'at', index: place } }
}

/** The script that `words` start; null when it is none. */
export function scriptCall(words: readonly string[]): ScriptCall | null {
  const [program = '', ...rest] = words
  if (!MANAGERS.has(program)) return null
  const args = rest.filter((word, index) => !(QUIET.has(word) && index < 2))
  const npm = program === 'npm'
  const [first = '', second = ''] = args
  if (first === 'run' || first === 'run-script') return named(second, args.slice(2), npm)
  if (npm && (first === 't' || first === 'tst')) return named('test', args.slice(1), npm)
  // `bun test` is a runner of its own; npm starts no other script without `run`.
  if (first === 'test' && program !== 'bun') return named('test', args.slice(1), npm)
  return npm || program === 'bun' ? null : named(first, args.slice(1), npm)
}

function named(script: string, words: readonly string[], npm: boolean): ScriptCall | null {
  if (script === '' || script.startsWith('-')) return null
  const own = npm ? words.indexOf('--') : 0
  // Options of npm before the separator, such as --workspace, change what is started.
  if (npm && (own === -1 ? words.length > 0 : own > 0)) return null
  return { script, npm, words: npm ? words.slice(own === -1 ? words.length : own + 1) : words }
}

/** The words of the last command of a script, which is the one that gets the words added to the script; null when the
 *  shell does more with it than to start it. */
export function lastCommand(script: string): readonly string[] | null {
  const tokens = shellTokens(script)
  if (tokens === null) return null
  const operator = tokens.findLastIndex(({ operator: is }) => is)
  const last = tokens.slice(operator + 1).map(({ text }) => text)
  const own = last.findIndex((word) => !SET_VARIABLE.test(word))
  return own === -1 ? null : last.slice(own)
}

interface Token {
  readonly text: string
  /** Joins two commands. */
  readonly operator: boolean
}

const TOKEN = /\s*(?:(&&|\|\||[;&|\n])|((?:'[^']*'|"(?:[^"\\$`]|\\.)*"|\\.|[^\s'"\\&|;<>()$`])+))\s*/y

function shellTokens(script: string): readonly Token[] | null {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < script.length) {
    const match = TOKEN.exec(script)
    if (match === null) return null
    const [, operator, word] = match
    tokens.push(
      operator === undefined
        ? { text: unquoted(word ?? ''), operator: false }
        : { text: operator, operator: true },
    )
  }
  return tokens
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, escaped) =>
    String(single ?? double ?? escaped),
  )
}

/** `command` with more words for its runner. */
export function extended(
  command: readonly string[],
  { place }: RunnerCall,
  words: readonly string[],
  nodeOptions: string,
): readonly string[] {
  if (words.length === 0) return command
  switch (place.kind) {
    case 'at':
      return command.toSpliced(place.index, 0, ...words)
    case 'end':
      return [...command, ...Array.from({ length: place.separators }, () => '--'), ...words]
    case 'node-options': {
      const options = [nodeOptions, ...words.map(nodeOption)].filter((option) => option !== '').join(' ')
      return ['env', `NODE_OPTIONS=${options}`, ...command]
    }
  }
}

function nodeOption(word: string): string {
  return /[\s"\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"` : word
}
