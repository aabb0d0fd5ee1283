// The first configuration and the first plan of a repository, written from what was detected; discover.ts looks
// and writes. Pure.
import { stringify } from 'smol-toml'
import { literalPattern } from '../scope/glob.ts'
import { contendedFiles, type PackageManager, type TestCommand } from './detect.ts'
import { CONFIG_FILE, PLANS_FOLDER } from './places.ts'

/** What is known of a repository before Quintet is set up in it. */
export interface Detected {
  readonly packageManager: PackageManager | null
  /** Commands that test it, whether or not they can be started here. */
  readonly tests: readonly TestCommand[]
  /** Programs of these that are not on this machine. */
  readonly missing: readonly string[]
  /** Names of agents whose programs are installed. */
  readonly agents: readonly string[]
  /** Branch that work starts from and lands on; null where there is none yet, or none is checked out. */
  readonly base: string | null
  /** Tracked files. */
  readonly files: readonly string[]
  /** Files of `initFiles` that exist already. */
  readonly existing: readonly string[]
}

export interface InitFile {
  /** Relative to the repository root. */
  readonly path: string
  readonly content: string
}

export const EXAMPLE_PLAN = `${PLANS_FOLDER}/example.toml`

/** Every file that init may write. */
export const INIT_PATHS: readonly string[] = [CONFIG_FILE, EXAMPLE_PLAN]

const MOST_PIECES = 5

/** The files that are missing; what exists is never among them. */
export function initFiles(detected: Detected): readonly InitFile[] {
  const files = [
    { path: CONFIG_FILE, content: configText(detected) },
    { path: EXAMPLE_PLAN, content: planText(detected) },
  ]
  return files.filter(({ path }) => !detected.existing.includes(path))
}

function configText({ agents, tests, packageManager }: Detected): string {
  const [agent] = agents
  const found =
    agent === undefined
      ? [
          '# No agent was found on this machine; "quintet doctor" tells how to install one.',
          '# agent = "claude"',
        ]
      : [`# Found on this machine: ${agents.join(', ')}.`, `agent = ${toml(agent)}`]
  return lines([
    '# Quintet: what holds for everybody who works on this repository. Every key is optional, and a personal file,',
    '# $XDG_CONFIG_HOME/quintet/config.toml, may say what this one leaves open.',
    '',
    '# The agent of pieces that name none.',
    ...found,
    '',
    '# Another agent, or another way to start a known one. It must speak the Agent Client Protocol.',
    '# [agents.mine]',
    '# command = ["my-agent", "--acp"]',
    '',
    '# Where the worktrees of sessions stand. "{repo}/.trees/{run}/{piece}" keeps them inside the repository.',
    '# worktrees = "{parent}/{name}.quintet/{run}/{piece}"',
    '',
    ...(packageManager === null
      ? ['# Run in every new worktree before its agent starts.']
      : [
          `# Run in every new worktree before its agent starts. Dependencies (${packageManager}) are brought along without it.`,
        ]),
    '# setup = ["./scripts/prepare.sh"]',
    '',
    '# Variables that receive the ports of a session, after PORT.',
    '# [ports]',
    '# names = ["DATABASE_PORT"]',
    ...(tests.length === 0 ? ['', '# No test command was recognised; name the checks in the plans.'] : []),
  ])
}

function planText(detected: Detected): string {
  const { base, files } = detected
  const shared = contendedFiles(files)
  return lines([
    '# An example to be changed: what is to be done, cut into pieces that can be worked on at the same time.',
    '# "quintet plan check example" tells whether the pieces keep out of each other\'s way; "quintet run example" starts.',
    '',
    'goal = "Say in one or two sentences what will be true when all pieces have landed."',
    ...(base === null
      ? ['# base = "main"', '# target = "main"']
      : [`base = ${toml(base)}`, `target = ${toml(base)}`]),
    '',
    '# Must be green on the merged tree before the target moves.',
    ...integrationText(detected),
    '',
    ...(shared.length === 0
      ? []
      : [
          '# Files that several pieces would touch. Here the operator merges what is asked for; policy = "owner" with',
          '# owner = "<piece>" gives one to a piece.',
        ]),
    ...shared.flatMap((path) => ['[[shared]]', `path = ${toml(path)}`, 'policy = "operator"', '']),
    '# A piece may write what its scope holds: patterns as in .gitignore, and no path in two scopes. What it only needs',
    '# to read goes into reads; depends_on = ["<piece>"] lets it wait for another.',
    ...piecesOf(files).flatMap((piece) => pieceText(piece, detected)),
  ])
}

function integrationText({ tests, missing }: Detected): readonly string[] {
  if (tests.length === 0) return ['# [integration]', '# checks = [{ name = "test", run = ["npm", "test"] }]']
  const checks = tests.map(({ name, run }) => `  { name = ${toml(name)}, run = ${toml(run)} },`)
  const lacking = missing.length === 0 ? [] : [`# To be installed before it can run: ${missing.join(', ')}.`]
  return [...lacking, '[integration]', 'checks = [', ...checks, ']']
}

interface ExamplePiece {
  readonly id: string
  readonly what: string
  readonly include: string
}

function pieceText({ id, what, include }: ExamplePiece, { tests }: Detected): readonly string[] {
  const [test] = tests
  return [
    '',
    '[[pieces]]',
    `id = ${toml(id)}`,
    `title = ${toml(`Change ${what}`)}`,
    'brief = """',
    `Say what is to be done in ${what}: what is wrong now, what must be true at the end, and what must not change.`,
    '"""',
    `scope = { include = [${toml(include)}] }`,
    ...(test === undefined ? [] : [`checks = [{ name = ${toml(test.name)}, run = ${toml(test.run)} }]`]),
  ]
}

/** A handful of folders with the most files: those of the root, one level deeper where everything is in one. */
function piecesOf(files: readonly string[]): readonly ExamplePiece[] {
  const folders = fileCounts(files, 1)
  const [largest] = folders
  const inner =
    largest === undefined
      ? []
      : fileCounts(files, 2).filter(({ folder }) => folder.startsWith(`${largest.folder}/`))
  const all = inner.length > 1 ? [...inner, ...folders.slice(1)] : folders
  const pieces = new Map<string, ExamplePiece>()
  for (const { folder } of all) {
    const id = pieceId(folder)
    if (id === null || pieces.has(id) || pieces.size === MOST_PIECES) continue
    pieces.set(id, { id, what: folder, include: `${literalPattern(folder)}/` })
  }
  if (pieces.size > 0) return [...pieces.values()]
  return [{ id: 'first', what: 'the whole repository', include: '/**' }]
}

function fileCounts(files: readonly string[], depth: number): readonly { folder: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const file of files) {
    const segments = file.split('/')
    if (segments.length <= depth || segments[0]?.startsWith('.') === true) continue
    const folder = segments.slice(0, depth).join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts]
    .map(([folder, count]) => ({ folder, count }))
    .sort((a, b) => b.count - a.count || (a.folder < b.folder ? -1 : 1))
}

/** The last folder name as an id; null for names that make none, and for those that are reserved. */
function pieceId(folder: string): string | null {
  const id = (folder.split('/').at(-1) ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, 40)
  return id === '' || id === 'integration' || id === 'operator' || /\p{Cc}/u.test(folder) ? null : id
}

function toml(value: string | readonly string[]): string {
  return stringify({ value }).trim().slice('value = '.length)
}

function lines(all: readonly string[]): string {
  return `${all.join('\n').trimEnd()}\n`
}
