// Whether a text can be parsed as what its name says: JSON, YAML, TOML, and JavaScript and TypeScript in all their dialects
// in this process; Python, Go and Rust by a program of theirs, where it is installed. All else counts as not looked at.
import { tmpdir } from 'node:os'
import { extname } from 'node:path'
import { parse, type ParseError } from 'jsonc-parser'
import { errorData } from '../../contract/errors.ts'
import { encode } from '../../git/text.ts'
import { run } from '../../process/run.ts'
import type { Sides } from './sides.ts'

export type Syntax = 'right' | 'wrong' | 'not-looked-at'

const SCRIPT = /\.[cm]?[jt]sx?$/
const STRICT_JSON = /(?:^|\/)(?:package|package-lock|npm-shrinkwrap|composer)\.json$/
const YAML = /\.ya?ml$/
const TOML = /(?:\.toml|(?:^|\/)(?:Cargo|poetry|uv|pdm)\.lock|(?:^|\/)Pipfile)$/
/** What a parser in this process is given; more is written by programs. */
const MOST_CHARACTERS = 8_000_000
const TIME_LIMIT_MS = 20_000

/** A program that parses what it is given to read, and runs none of it. `wrong`: its exit code for what is no such language. */
interface Reader {
  readonly program: string
  readonly args: readonly string[]
  readonly wrong: number
}

const PYTHON = [
  'import ast, sys',
  'try: ast.parse(sys.stdin.buffer.read())',
  'except (SyntaxError, ValueError): sys.exit(65)',
].join('\n')
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['.py', { program: 'python3', args: ['-I', '-S', '-c', PYTHON], wrong: 65 }],
  ['.go', { program: 'gofmt', args: ['-e', '-l'], wrong: 2 }],
  ['.rs', { program: 'rustfmt', args: ['--edition', '2021'], wrong: 1 }],
])

/** Whether a file is JavaScript or TypeScript by its name. */
export function isScript(path: string): boolean {
  return SCRIPT.test(path)
}

/** Whether `text`, made of two sides, is a file that nothing can read any more. Templates, and dialects that the parser at
 *  hand does not know, could not be read before either, and are not judged; scripts and JSON always are. */
export async function isBroken(
  { path, ours, theirs }: Pick<Sides, 'path' | 'ours' | 'theirs'>,
  text: string,
  signal?: AbortSignal,
): Promise<boolean> {
  if ((await syntaxOf(path, text, signal)) !== 'wrong') return false
  if (isScript(path) || path.endsWith('.json')) return true
  for (const side of [ours, theirs]) if ((await syntaxOf(path, side, signal)) === 'right') return true
  return false
}

/** Parses `text` as a file at `path`. `signal` ends the program that does so. */
export async function syntaxOf(path: string, text: string, signal?: AbortSignal): Promise<Syntax> {
  const reader = READERS.get(extname(path))
  if (reader !== undefined) return readBy(reader, text, signal)
  if (text.length > MOST_CHARACTERS) return 'not-looked-at'
  if (STRICT_JSON.test(path))
    return parsed(
      () => JSON.parse(text),
      (error) => error instanceof SyntaxError,
    )
  if (/\.jsonc?$/.test(path)) return jsonWithComments(text)
  // No parser is loaded with every command.
  if (isScript(path)) {
    const { parsesAsScript } = await import('../script-tree.ts')
    return parsesAsScript(path, text) ? 'right' : 'wrong'
  }
  if (YAML.test(path)) {
    const { parseAllDocuments } = await import('yaml')
    const documents = [...parseAllDocuments(text, { prettyErrors: false })]
    return documents.every(({ errors }) => errors.length === 0) ? 'right' : 'wrong'
  }
  if (TOML.test(path)) {
    const { parse: parseToml, TomlError } = await import('smol-toml')
    return parsed(
      () => parseToml(text),
      (error) => error instanceof TomlError,
    )
  }
  return 'not-looked-at'
}

function parsed(work: () => unknown, isMistake: (error: unknown) => boolean): Syntax {
  try {
    work()
    return 'right'
  } catch (error) {
    if (!isMistake(error)) throw error
    return 'wrong'
  }
}

function jsonWithComments(text: string): Syntax {
  const errors: ParseError[] = []
  parse(text, errors, { allowTrailingComma: true })
  return errors.length === 0 ? 'right' : 'wrong'
}

async function readBy({ program, args, wrong }: Reader, text: string, signal?: AbortSignal): Promise<Syntax> {
  try {
    const { exitCode, timedOut } = await run(program, args, {
      // Settings of a repository must have no say.
      cwd: tmpdir(),
      input: encode(text),
      timeout: TIME_LIMIT_MS,
      maxBytes: 0,
      ...(signal === undefined ? {} : { signal }),
    })
    return exitCode === 0 && !timedOut ? 'right' : exitCode === wrong ? 'wrong' : 'not-looked-at'
  } catch (error) {
    if (errorData(error).code !== 'E_PROGRAM_MISSING') throw error
    return 'not-looked-at'
  }
}
