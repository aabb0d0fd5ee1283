// Collects what the check of a plan needs to know of the repository and the machine. Looks only; the rules are in check.ts.
import { realpath, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { EXTERNAL } from '../contract/external.ts'
import type { PlanFile } from '../contract/plan.ts'
import { blobTexts } from '../git/objects/blobs.ts'
import { treeEntries } from '../git/hunks.ts'
import { recentChanges } from '../git/recent.ts'
import { remoteNames } from '../git/remote-branch.ts'
import { head, resolveCommit } from '../git/repository.ts'
import { records, runGit } from '../git/run.ts'
import { decode, encode } from '../git/text.ts'
import { programFile } from '../process/spawn.ts'
import { pathsNamedIn } from './brief.ts'
import type { Config } from './config.ts'
import type { PlanFacts } from './facts.ts'
import { listCandidates } from './lists.ts'
import { LINK, SUBMODULE } from '../scope/judge.ts'

export interface FactsInput {
  readonly plan: PlanFile
  readonly config: Config
  /** Agents that need no configuration, by name. */
  readonly presets?: Readonly<Record<string, { readonly command: readonly string[] }>>
  /** The PATH variable that programs are looked for on; default that of this process. */
  readonly path?: string
  readonly signal?: AbortSignal
  /** Of plans of the same repository that were looked at just before. */
  readonly readings?: Readings
}

/** What does not depend on a plan, read once for several: trees and histories by their commits, texts by their paths. */
export class Readings {
  readonly #trees = new Map<string, Promise<Tree>>()
  readonly #histories = new Map<string, Promise<readonly (readonly string[])[]>>()
  readonly #texts = new Map<string, string | null>()

  /** Files, links and submodules of a commit. */
  tree(root: string, commit: string, signal?: AbortSignal): Promise<Tree> {
    return remembered(this.#trees, commit, () => treeOf(root, commit, signal))
  }

  /** Paths of each of the commits before it. */
  history(root: string, commit: string, signal?: AbortSignal): Promise<readonly (readonly string[])[]> {
    const options = { ...RECENT, ...(signal === undefined ? {} : { signal }) }
    return remembered(this.#histories, commit, () => recentChanges(root, commit, options))
  }

  /** Texts of those of the files that are short, by path. */
  async texts(root: string, commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const keyOf = (path: string): string => `${commit}:${path}`
    const missing = paths.filter((path) => !this.#texts.has(keyOf(path)))
    const found = missing.length === 0 ? new Map<string, string>() : await textsAt(root, commit, missing)
    for (const path of missing) this.#texts.set(keyOf(path), found.get(path) ?? null)
    return new Map(
      paths.flatMap((path) => {
        const text = this.#texts.get(keyOf(path)) ?? null
        return text === null ? [] : [[path, text] as const]
      }),
    )
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? read()
  known.set(key, found)
  return found
}

/** Enough to tell what is touched again and again, and read in well under a second. */
const RECENT = { commits: 1_000, paths: 30 }
const LISTING_BYTES = 512 * 1024 * 1024
/** Larger files are no lists that people write entries into. */
const TEXT_BYTES = 64 * 1024

/** Gathers what `checkPlan` needs. `root` is the main worktree. Throws when git fails. */
export async function loadPlanFacts(root: string, input: FactsInput): Promise<PlanFacts> {
  const { plan, config, readings = new Readings() } = input
  const ref = plan.base === 'HEAD' ? (config.base ?? plan.base) : plan.base
  const commit = await resolveCommit(root, ref)
  const setup = plan.setup ?? config.setup ?? null
  const agents = Object.fromEntries(
    Object.entries({ ...input.presets, ...config.agents }).map(([name, { command }]) => [
      name,
      command[0] ?? '',
    ]),
  )
  const commands = [setup ?? [], ...checksOf(plan).map(({ run }) => run)]
  const wanted = [...commands.flatMap((words) => words.slice(0, 1)), ...Object.values(agents)]
  const [target, tree, history, programs, scripts, ignored, ignoreCase] = await Promise.all([
    targetOf(root, plan),
    commit === null ? NO_TREE : readings.tree(root, commit, input.signal),
    commit === null ? [] : readings.history(root, commit, input.signal),
    programsAmong(wanted, root, input.path),
    scriptsAmong(plan, root),
    ignoredAmong(plan, root),
    ignoresCase(root),
  ])
  const listed = listCandidates(plan, { files: tree.files, history })
  const texts = commit === null ? new Map<string, string>() : await readings.texts(root, commit, listed)
  const defaultAgent = config.agent ?? null
  const external = plan.pieces.some(({ agent }) => agent === EXTERNAL)
  const coordinationFolder = config.coordination_folder
  const base = { ref, commit }
  return {
    root,
    base,
    target,
    ...tree,
    history,
    texts,
    programs,
    scripts,
    ignored,
    agents,
    defaultAgent,
    ...(external ? { remotes: await remoteNames(root) } : {}),
    setup,
    coordinationFolder,
    ignoreCase,
  }
}

function checksOf(plan: PlanFile): PlanFile['integration']['checks'] {
  return [...plan.pieces.flatMap(({ checks }) => checks), ...plan.integration.checks]
}

async function targetOf(root: string, plan: PlanFile): Promise<PlanFacts['target']> {
  const branch = plan.target?.replace(/^refs\/heads\//, '') ?? (await head(root)).branch
  return { branch, commit: branch === null ? null : await resolveCommit(root, `refs/heads/${branch}`) }
}

type Tree = Pick<PlanFacts, 'files' | 'links' | 'submodules'>

const NO_TREE: Tree = { files: [], links: [], submodules: [] }

async function textsAt(
  root: string,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const entries = await treeEntries(root, commit, paths)
  const files = [...entries].filter(([, { mode }]) => mode.startsWith('100'))
  const blobs = files.map(([, { blob }]) => blob)
  const texts = await blobTexts(root, blobs, TEXT_BYTES)
  return new Map(
    files.flatMap(([path, { blob }]) => (texts.has(blob) ? [[path, texts.get(blob) ?? '']] : [])),
  )
}

async function treeOf(root: string, commit: string, signal: AbortSignal | undefined): Promise<Tree> {
  const { stdout } = await runGit(['ls-tree', '-r', '-z', '--full-tree', commit], {
    cwd: root,
    op: 'list the files of the base',
    maxBytes: LISTING_BYTES,
    ...(signal === undefined ? {} : { signal }),
  })
  const entries = records(stdout).map((record) => {
    const tab = record.indexOf('\t')
    const [mode = '', , id = ''] = record.slice(0, tab).split(' ')
    return { mode, id, path: record.slice(tab + 1) }
  })
  const links = entries.filter(({ mode }) => mode === LINK)
  const targets = await blobs(
    root,
    links.map(({ id }) => id),
  )
  return {
    files: entries.filter(({ mode }) => mode !== SUBMODULE).map(({ path }) => path),
    links: links.map(({ path }, index) => ({ path, target: targets[index] ?? '' })),
    submodules: entries.filter(({ mode }) => mode === SUBMODULE).map(({ path }) => path),
  }
}

/** Contents of blobs, in one call to git. */
async function blobs(root: string, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const { stdout } = await runGit(['cat-file', '--batch'], {
    cwd: root,
    op: 'read the symbolic links of the base',
    input: `${ids.join('\n')}\n`,
  })
  const bytes = encode(stdout)
  const contents: string[] = []
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\n', at)
    const size = Number(bytes.toString('latin1', at, line).split(' ')[2])
    contents.push(decode(bytes.subarray(line + 1, line + 1 + size)))
    at = line + 1 + size + 1
  }
  return contents
}

/** Programs are looked for on the PATH and in node_modules/.bin; what has a slash, from the root. */
async function programsAmong(
  names: readonly string[],
  root: string,
  path: string = process.env['PATH'] ?? '',
): Promise<readonly string[]> {
  const env = { PATH: [path, join(root, 'node_modules', '.bin')].join(delimiter) }
  const unique = [...new Set(names)]
  const found = await Promise.all(unique.map((name) => programFile(name, { cwd: root, env })))
  return unique.filter((_, index) => found[index] !== null)
}

/** A relative path that leads out of the repository, be it through a link, counts as missing. */
async function scriptsAmong(plan: PlanFile, root: string): Promise<readonly string[]> {
  const names = [...new Set(plan.pieces.flatMap(({ script }) => (script === undefined ? [] : [script])))]
  const top = await realpath(root)
  const found = await Promise.all(
    names.map(async (name) => {
      const file = await ignoring(ABSENT, realpath(resolve(root, name)))
      if (file === undefined || (!isAbsolute(name) && !file.startsWith(`${top}/`))) return false
      return (await ignoring(ABSENT, stat(file)))?.isFile() === true
    }),
  )
  return names.filter((_, index) => found[index] === true)
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']

async function ignoredAmong(plan: PlanFile, root: string): Promise<readonly string[]> {
  const paths = [...new Set(plan.pieces.flatMap(({ brief }) => pathsNamedIn(brief)))]
  if (paths.length === 0) return []
  const { stdout } = await runGit(['check-ignore', '-z', '--stdin'], {
    cwd: root,
    op: 'tell which paths are ignored',
    ok: [0, 1],
    input: encode(paths.map((path) => `${path}\0`).join('')),
  })
  return records(stdout)
}

async function ignoresCase(root: string): Promise<boolean> {
  const { stdout } = await runGit(['config', '--type=bool', '--get', 'core.ignoreCase'], {
    cwd: root,
    op: 'read the configuration',
    ok: [0, 1],
  })
  return stdout.trim() === 'true'
}
