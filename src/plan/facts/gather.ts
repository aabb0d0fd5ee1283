// Gathers what is known of a repository at a commit. Reads git's objects alone, never a worktree, and fetches nothing: what
// a partial clone does not have is not read. What is worked out of what was read is in the files beside this one.
import { readFile } from 'node:fs/promises'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { readBlobs } from '../../git/objects/blob-stream.ts'
import { head, resolveCommit } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { NO_FETCH } from '../../git/stream.ts'
import { decode } from '../../git/text.ts'
import { assembleFacts } from './assemble.ts'
import { isAttributes } from './attributes.ts'
import { FactsCache } from './cache.ts'
import type { RepositoryFacts } from './facts.ts'
import { loadHistory, type History, type HistoryInput } from './history.ts'
import { isAliasConfig } from './imports/aliases.ts'
import { isEmbedded, readSource, type Reading } from './imports/read.ts'
import { kindOf } from './kinds.ts'
import { importLanguage, languageOf } from './languages.ts'
import { CODEOWNERS_PLACES } from './owners.ts'
import { isManifest } from './packages.ts'
import { loadTree, treeHash, type TreeFile } from './tree.ts'

/** What is being done, for those who wait. */
export type FactsStep = 'files' | 'sources' | 'graph'

export interface FactsInput {
  /** A worktree of the repository, or its git folder. */
  readonly root: string
  /** A commit, or what names one. */
  readonly commit: string
  /** Folder where what was read is kept for the next time; null or absent: nothing is kept. */
  readonly cache?: string | null
  /** Commits of the history that are looked at, merges not counted; default 2,000. */
  readonly commits?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (step: FactsStep, done: number, total: number) => void
}

const COMMITS = 2_000
/** Larger sources are written by programs, and larger manifests are none. */
const LARGEST_SOURCE = 1024 * 1024
const LARGEST_TEXT = 512 * 1024
const PROGRESS_EVERY = 500

/** The facts of a repository at a commit; those of an empty repository are empty. Throws `E_COMMIT_UNKNOWN`, `E_GIT`, and the
 *  signal's reason on abort. */
export async function gatherFacts(input: FactsInput): Promise<RepositoryFacts> {
  const { root, signal } = input
  const commits = input.commits ?? COMMITS
  const [commit, boundary] = await Promise.all([resolveCommit(root, input.commit), shallowBoundary(root)])
  if (commit === null) return await nothingAt(root, input.commit)
  const cache = new FactsCache(input.cache ?? null)
  const key = `${commit} ${commits} ${boundary.join(' ')}`
  const kept = await cache.facts(key)
  if (kept !== null) return kept
  const { facts, whole } = await readFacts(commit, { ...input, commits, boundary, kept: cache })
  signal?.throwIfAborted()
  // What is missing now may be fetched later.
  if (whole) await cache.setFacts(key, facts)
  return facts
}

interface ReadInput extends FactsInput {
  readonly commits: number
  /** Commits whose parents a shallow clone leaves out. */
  readonly boundary: readonly string[]
  readonly kept: FactsCache
}

async function readFacts(
  commit: string,
  input: ReadInput,
): Promise<{ readonly facts: RepositoryFacts; readonly whole: boolean }> {
  const { root, signal, kept, commits, boundary, onProgress } = input
  const tree = await treeHash(root, commit)
  const [{ files, partial }, known] = await Promise.all([loadTree(root, tree, signal), kept.readings()])
  onProgress?.('files', files.length, files.length)
  const [contents, history] = await Promise.all([
    readContents(files, known, input),
    keptHistory(kept, new Set(boundary), { cwd: root, commit, commits, signal }),
  ])
  signal?.throwIfAborted()
  onProgress?.('graph', 0, 1)
  const shallow = history.commits.some((one) => boundary.includes(one.commit))
  const facts = assembleFacts({ commit, tree, files, history: history.commits, shallow, ...contents })
  onProgress?.('graph', 1, 1)
  return { facts, whole: !partial && history.whole }
}

/** Of a commit at the boundary of a shallow clone it is not known what it changed. */
async function keptHistory(
  cache: FactsCache,
  boundary: ReadonlySet<string>,
  input: Omit<HistoryInput, 'known'>,
): Promise<History> {
  const known = await cache.history()
  const history = await loadHistory({ ...input, known })
  const lasting = history.commits.filter(({ commit }) => !boundary.has(commit))
  if (lasting.some(({ commit }) => !known.has(commit))) await cache.setHistory(lasting, known)
  return history
}

/** The commits at which the history of a shallow clone ends; none where it is whole. */
async function shallowBoundary(root: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['rev-parse', '--path-format=absolute', '--git-path', 'shallow'], {
    cwd: root,
    op: 'find the git folder',
  })
  const text = await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], readFile(stdout.replace(/\n$/, ''), 'utf8'))
  return (text ?? '').split('\n').filter((line) => line !== '')
}

async function nothingAt(root: string, ref: string): Promise<RepositoryFacts> {
  const { commit } = await head(root)
  if (commit === null && ref === 'HEAD')
    return assembleFacts({ commit: '', tree: '', files: [], history: [], readings: [], texts: new Map() })
  throw new QuintetError('E_COMMIT_UNKNOWN', 'precondition', `There is no commit ${ref}.`, {
    hints: [{ text: 'See the newest commits.', command: 'git log --oneline -n 10' }],
  })
}

interface Contents {
  /** By position of the file; null where it was not read. */
  readonly readings: readonly (Reading | null)[]
  /** Of manifests and settings, by path. */
  readonly texts: ReadonlyMap<string, string>
}

async function readContents(
  files: readonly TreeFile[],
  known: ReadonlyMap<string, Reading>,
  { root, kept, signal, onProgress }: ReadInput,
): Promise<Contents> {
  const texts = new Map<string, string>()
  const current = new Map<string, Reading>()
  const uses = files.map(useOf)
  const wanted = files.flatMap((file, position) => {
    const use = uses[position] ?? null
    if (use === null) return []
    const key = readingKey(file)
    const reading = use === 'source' ? known.get(key) : undefined
    if (reading !== undefined) current.set(key, reading)
    return reading === undefined && (use === 'text' || !current.has(key)) ? [{ file, use, key }] : []
  })
  let done = 0
  await readBlobs(
    wanted.map(({ file }) => file.blob),
    { cwd: root, env: NO_FETCH, signal },
    (index, content) => {
      const one = wanted[index]
      if (one === undefined) return
      if (one.use === 'text') texts.set(one.file.path, decode(content))
      else if (!current.has(one.key)) current.set(one.key, readingOf(one.file.path, content))
      done += 1
      if (done % PROGRESS_EVERY === 0) onProgress?.('sources', done, wanted.length)
    },
  )
  onProgress?.('sources', wanted.length, wanted.length)
  if (wanted.some(({ use }) => use === 'source')) await kept.setReadings(current, known)
  const readings = files.map((file, position) =>
    uses[position] === 'source' ? (current.get(readingKey(file)) ?? null) : null,
  )
  return { readings, texts }
}

/** One content is read in one way per language. */
function readingKey({ path, blob }: TreeFile): string {
  const language = languageOf(path)
  return `${blob} ${isEmbedded(language) ? 'embedded' : (importLanguage(language) ?? '')}`
}

function readingOf(path: string, content: Buffer): Reading {
  const language = languageOf(path)
  return readSource(content.toString('latin1'), importLanguage(language) ?? 'script', isEmbedded(language))
}

/** What a file is read for; null: nothing. */
function useOf({ path, bytes, link, present }: TreeFile): 'text' | 'source' | null {
  if (link || !present || bytes === 0) return null
  if (isText(path)) return bytes > LARGEST_TEXT ? null : 'text'
  if (bytes > LARGEST_SOURCE || importLanguage(languageOf(path)) === null) return null
  return kindOf(path) === 'generated' ? null : 'source'
}

function isText(path: string): boolean {
  return (
    isManifest(path) ||
    isAliasConfig(path) ||
    isAttributes(path) ||
    CODEOWNERS_PLACES.some((one) => one === path)
  )
}
