// Merging by programs: git's own comparison for lines, and the structural merge drivers mergiraf and weave where they are
// installed. Each works on three files in a scratch folder, named as git names them for a merge driver.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { errorData } from '../../contract/errors.ts'
import { runGit } from '../../git/run.ts'
import { decode, encode } from '../../git/text.ts'
import { run } from '../../process/run.ts'
import { linesOf, mergeLines, parseEdits, type LineEdit, type LineStrategy } from './lines.ts'
import { hasMarkers, type Sides } from './sides.ts'

const TIME_LIMIT_MS = 60_000
const MAX_BYTES = 16 * 1024 * 1024

interface Files extends AsyncDisposable {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

async function sideFiles({ path, base, ours, theirs }: Sides): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'quintet-merge-'))
  const file = async (name: string, text: string): Promise<string> => {
    const at = join(folder, `${name}${extname(path)}`)
    await writeFile(at, encode(text))
    return at
  }
  return {
    base: await file('base', base ?? ''),
    ours: await file('ours', ours),
    theirs: await file('theirs', theirs),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The text by a strategy for lines; null when both sides still collide. */
export async function mergeByLines(sides: Sides, strategy: LineStrategy): Promise<string | null> {
  const { base, ours, theirs } = sides
  if (base === null) return null
  await using files = await sideFiles(sides)
  const edits = {
    ours: await editsOf(files.base, files.ours, ours),
    theirs: await editsOf(files.base, files.theirs, theirs),
  }
  return mergeLines(linesOf(base), edits, strategy)
}

async function editsOf(before: string, after: string, text: string): Promise<readonly LineEdit[]> {
  const flags = [
    '--no-index',
    '-U0',
    '--no-indent-heuristic',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--text',
  ]
  const { stdout } = await runGit(['diff', ...flags, '--', before, after], {
    cwd: tmpdir(),
    op: 'compare two versions of a file',
    ok: [0, 1],
  })
  return parseEdits(stdout, linesOf(text))
}

/** The conflict as a person or an agent reads it best: the smallest conflicting parts, each with what it was before. */
export async function markedConflict(
  sides: Sides,
  labels: { readonly ours: string; readonly theirs: string },
): Promise<string> {
  await using files = await sideFiles(sides)
  const names = ['-L', labels.ours, '-L', 'before both', '-L', labels.theirs]
  const { stdout } = await runGit(
    ['merge-file', '-p', '--zdiff3', ...names, files.ours, files.base, files.theirs],
    // The exit code counts the conflicts, up to 127.
    { cwd: tmpdir(), op: 'mark a conflict', ok: Array.from({ length: 128 }, (_, count) => count) },
  )
  return stdout
}

/** A structural merge driver: it leaves its result in the file of our side and ends with 0 when nothing is open. */
interface Driver {
  readonly name: string
  readonly program: string
  readonly args: (files: Files, path: string) => readonly string[]
}

export const DRIVERS: readonly Driver[] = [
  {
    name: 'mergiraf',
    program: 'mergiraf',
    args: ({ base, ours, theirs }, path) => [
      'merge',
      '--git',
      base,
      ours,
      theirs,
      '-s',
      'base',
      '-x',
      'ours',
      '-y',
      'theirs',
      '-p',
      path,
    ],
  },
  {
    name: 'weave',
    program: 'weave-driver',
    args: ({ base, ours, theirs }, path) => [base, ours, theirs, '7', path],
  },
]

/** The text by a driver; null when it is not installed, or leaves something open. */
export async function mergeByDriver(
  sides: Sides,
  driver: Driver,
  signal?: AbortSignal,
): Promise<string | null> {
  await using files = await sideFiles(sides)
  try {
    const { exitCode, timedOut } = await run(driver.program, driver.args(files, sides.path), {
      cwd: tmpdir(),
      timeout: TIME_LIMIT_MS,
      maxBytes: MAX_BYTES,
      ...(signal === undefined ? {} : { signal }),
    })
    if (exitCode !== 0 || timedOut) return null
  } catch (error) {
    if (errorData(error).code !== 'E_PROGRAM_MISSING') throw error
    return null
  }
  const text = decode(await readFile(files.ours))
  return hasMarkers(text, sides) ? null : text
}
