// Whether one call breaks a constraint, judged by the call alone; in doubt it does not. Paths are compared with the rules
// that scopes have. Pure.
import { isAbsolute, posix } from 'node:path'
import type { Checker } from '../../contract/handoff.ts'
import type { TraceCall } from '../../contract/trace.ts'
import { compileScope } from '../../scope/patterns.ts'
import { relativeTo } from '../paths.ts'
import { simpleCommands, type SimpleCommand } from './commands.ts'

export interface Place {
  /** Absolute path of the worktree; without it absolute paths are judged by no path checker. */
  readonly root?: string
  /** Whether git ignores the path: what commands leave there is no work. */
  readonly ignored?: (path: string) => boolean
}

/** The test for a checker, compiled once. */
export function violates(checker: Checker, place: Place = {}): (call: TraceCall) => boolean {
  switch (checker.kind) {
    case 'paths': {
      const scope = compileScope({ include: checker.patterns })
      return (call) => writtenPaths(call, place).some((path) => scope.matches(path))
    }
    case 'only-paths': {
      const scope = compileScope(checker)
      return (call) => writtenPaths(call, place).some((path) => !scope.matches(path))
    }
    case 'command':
      return (call) => commandsOf(call).some((command) => isCommand(command, checker.avoid))
    case 'push':
      return (call) => commandsOf(call).some((command) => isPush(command, checker))
    case 'branch':
      return (call) => commandsOf(call).some((command) => movesBranch(command, checker))
    case 'dependency':
      return (call) =>
        commandsOf(call).some((command) => addsDependency(command, checker.name)) ||
        (checker.name !== null && writesDependency(call, checker.name))
    case 'header':
      return (call) => lacksHeader(call, checker)
  }
}

function commandsOf(call: TraceCall): readonly SimpleCommand[] {
  return call.kind === 'exec' && call.cmd !== undefined ? simpleCommands(call.cmd) : []
}

/** What builds, tests and redirected output leave behind; commands may write and remove it whatever the scope says. */
const BY_PRODUCTS =
  /(?:^|\/)(?:node_modules|dist|build|out|target|coverage|tmp|temp|__pycache__|\.[\w-]*cache|\.pytest_cache|\.venv)(?:\/|$)|\.(?:log|out|tmp|pid|pyc|tsbuildinfo)$/

/** The paths that a call writes, relative to the worktree; what lies outside it is no path of the repository. */
function writtenPaths(call: TraceCall, place: Place = {}): readonly string[] {
  if (call.kind === 'edit' || call.kind === 'write') {
    return call.path === undefined ? [] : [call.path].flatMap((path) => relative(path, place))
  }
  return commandsOf(call)
    .flatMap(({ words, writes, cwd }) => {
      const paths = [...writes, ...argumentsWritten(words)]
      if (cwd === null) return paths
      return paths.map((path) => (isAbsolute(path) ? path : posix.join(cwd, path)))
    })
    .flatMap((path) => relative(path, place))
    .filter((path) => !BY_PRODUCTS.test(path) && place.ignored?.(path) !== true)
}

/** Operands of the few programs that do nothing but write or remove what they are given. */
function argumentsWritten(words: readonly string[]): readonly string[] {
  const [program = '', ...rest] = words
  const operands = rest.filter((word) => !word.startsWith('-'))
  if (program === 'rm' || program === 'tee' || program === 'touch') return operands
  if (program === 'mv') return operands
  if (program === 'cp') return operands.slice(-1)
  if (program === 'sed' && rest.some((word) => /^-\w*i|^--in-place/.test(word))) return operands.slice(1)
  return program === 'git' && (rest[0] === 'rm' || rest[0] === 'mv') ? operands.slice(1) : []
}

function relative(path: string, { root }: Place): readonly string[] {
  if (/[$`~]/.test(path)) return []
  const inside = relativeTo(root ?? null, path)
  return isAbsolute(inside) || /^\.\.?(?:\/|$)/.test(inside) ? [] : [inside]
}

function isCommand({ words }: SimpleCommand, avoid: string): boolean {
  if (avoid.startsWith('-'))
    return words.slice(1).some((word) => word === avoid || word.startsWith(`${avoid}=`))
  const [program, ...rest] = avoid.split(/\s+/)
  if (words[0] !== program) return false
  const given = program === 'git' ? gitWords(words) : words.slice(1)
  if (program !== 'git') return rest.every((word, index) => given[index] === word)
  return rest.every((word, index) => (word.startsWith('-') ? given.includes(word) : given[index] === word))
}

/** The words of a git command after git's own options. */
function gitWords(words: readonly string[]): readonly string[] {
  let index = 1
  while (index < words.length && words[index]?.startsWith('-') === true) {
    index += words[index] === '-C' || words[index] === '-c' ? 2 : 1
  }
  return words.slice(index)
}

function isPush({ words }: SimpleCommand, { branch, force }: Extract<Checker, { kind: 'push' }>): boolean {
  if (words[0] !== 'git') return false
  const [verb, ...rest] = gitWords(words)
  if (verb !== 'push' || rest.some((word) => word === '--dry-run' || word === '-n')) return false
  if (force && !rest.some((word) => /^(?:-f|--force.*|\+.+)$/.test(word))) return false
  return branch === null || rest.some((word) => word === branch || word.endsWith(`:${branch}`))
}

function movesBranch(
  { words }: SimpleCommand,
  { stay, name }: Extract<Checker, { kind: 'branch' }>,
): boolean {
  if (words[0] !== 'git') return false
  const [verb, ...rest] = gitWords(words)
  const operands = rest.filter((word) => !word.startsWith('-'))
  if (verb !== 'checkout' && verb !== 'switch') {
    return (
      !stay && verb === 'push' && operands.slice(1).some((word) => word === name || word.endsWith(`:${name}`))
    )
  }
  if (rest.includes('--') || (verb === 'checkout' && operands.length > 1 && !/^-[bB]$/.test(rest[0] ?? '')))
    return false
  const target = operands[0]
  if (target === undefined) return false
  if (!stay) return target === name
  const creates = rest.some((word) => /^-[bBcC]$|^--create$/.test(word))
  // `git checkout x` may mean a file; only what makes or names a branch for certain counts.
  return target !== name && (creates || verb === 'switch')
}

const ADDERS: Readonly<Record<string, RegExp>> = {
  npm: /^(?:install|i|add)$/,
  pnpm: /^(?:add|install|i)$/,
  yarn: /^add$/,
  bun: /^(?:add|install|i)$/,
  pip: /^install$/,
  pip3: /^install$/,
  uv: /^add$/,
  poetry: /^add$/,
  cargo: /^add$/,
  go: /^get$/,
  bundle: /^add$/,
  composer: /^require$/,
}

function addsDependency({ words }: SimpleCommand, name: string | null): boolean {
  const [program = '', verb = '', ...rest] = words
  if (ADDERS[program]?.test(verb) !== true) return false
  if (/^pip3?$/.test(program) && rest.some((word) => /^(?:-r|-e|--requirement|--editable)$/.test(word)))
    return false
  const named = rest.filter((word) => !word.startsWith('-') && !/^[./]/.test(word))
  if (name === null) return named.length > 0
  return named.some((word) => word === name || word.startsWith(`${name}@`) || word.startsWith(`${name}=`))
}

const MANIFESTS =
  /(?:^|\/)(?:package\.json|requirements[\w-]*\.txt|pyproject\.toml|Cargo\.toml|go\.mod|Gemfile)$/

function writesDependency(call: TraceCall, name: string): boolean {
  if (call.path === undefined || !MANIFESTS.test(call.path)) return false
  const named = new RegExp(`(?<![\\w@/-])${name.replace(/[.*+?^$()[\]{}|\\/-]/g, '\\$&')}(?![\\w/-])`)
  return (call.edits ?? []).some(({ oldText, newText }) => {
    return (
      named.test(newText ?? '') && !named.test(oldText ?? '') && oldText !== null && oldText !== undefined
    )
  })
}

function lacksHeader(call: TraceCall, { line, extension }: Extract<Checker, { kind: 'header' }>): boolean {
  if (call.kind !== 'write' || (extension !== null && call.path?.endsWith(extension) !== true)) return false
  const whole = call.edits?.length === 1 ? call.edits[0] : undefined
  const text = whole?.newText
  if (text === undefined || text === null || (whole?.old ?? null) !== null) return false
  return !text.split('\n', 4).some((first) => first.includes(line))
}
