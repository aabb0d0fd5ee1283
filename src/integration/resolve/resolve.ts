// Settles textual conflicts without a person and without a model, in a fixed order: what was resolved before, what a
// command writes, what has a structure, and, only where the plan wants it, lines and merge drivers. Every result has to
// parse, and is only a proposal: the checks on the very tree decide. Works on objects; nobody's branch or files are touched.
import type { AutoResolve, Generated } from '../../contract/plan.ts'
import { conflictedMerge, writeBlob, type ConflictedMerge } from '../../git/merge/conflict.ts'
import { treeWith } from '../../git/merge/rewrite.ts'
import type { Repository } from '../../git/repository.ts'
import { compileScope } from '../../scope/patterns.ts'
import { lockFileCommand, type Regeneration } from './generated.ts'
import { isManifest, mergeJson } from './json.ts'
import { regenerate, type RegenerateOptions, type Room } from './regenerate.ts'
import { remembered, sidesOf } from './rerere.ts'
import { hasMarkers, keepsAgreed, type Sides } from './sides.ts'
import { isBroken, isScript } from './syntax.ts'
import { DRIVERS, markedConflict, mergeByDriver, mergeByLines } from './tools.ts'

export interface ResolveInput {
  readonly repo: Repository
  /** Commit to merge onto. */
  readonly ours: string
  /** Commit to merge. */
  readonly theirs: string
  /** `safe`: what was resolved before, generated files, manifests. `all`: lines, declarations and merge drivers too. */
  readonly mode: AutoResolve
  /** Files that commands write, beside the lock files that are known. */
  readonly generated?: readonly Generated[]
  /** For those commands: they run among the files of sessions. */
  readonly room?: Room
  /** For those of the plan: where the dependencies of a tree are. */
  readonly workshop?: RegenerateOptions['workshop']
  readonly signal?: AbortSignal
}

/** Strategies that leave alone what is not in conflict; the others write the file anew. */
const AS_TEXT: ReadonlySet<string> = new Set([
  'rerere',
  'white space',
  'adjacent lines',
  'declarations',
  ...DRIVERS.map(({ name }) => name),
])

export type Resolution =
  /** `by`: `<path> by <strategy>`, one entry a file of `paths`; empty when there was no conflict. */
  | {
      readonly kind: 'resolved'
      readonly tree: string
      readonly by: readonly string[]
      readonly paths: readonly string[]
    }
  /** `files`: what is still in conflict. `tried`: `<path>: <strategy> (<why not>)`. */
  | { readonly kind: 'open'; readonly files: readonly string[]; readonly tried: readonly string[] }

/** Resolves the conflicts of merging `theirs` into `ours`. All of them or none: a tree with open conflicts is no proposal.
 *  Commands of package managers may give another lock file at another time, so what is returned is to be kept. */
export async function resolveConflict(input: ResolveInput): Promise<Resolution> {
  const cwd = input.repo.root
  const merge = await conflictedMerge(cwd, input.ours, input.theirs)
  if (merge.clean) return { kind: 'resolved', tree: merge.tree, by: [], paths: [] }
  const work = new Work(input, merge, await sidesOf(cwd, merge))
  if (input.mode === 'off') return work.outcome()
  await work.fromMemory()
  const generations = generationsOf(work.open(), input.generated ?? [])
  const generated = new Set(generations.flatMap(({ files }) => files))
  const others = work.open().filter((sides) => !generated.has(sides))
  for (const sides of others) await work.byStructure(sides)
  if (input.mode === 'all')
    for (const sides of work.open().filter((left) => others.includes(left))) await work.byText(sides)
  // A command reads what the others have become.
  for (const generation of generations) await work.byCommand(generation, generations)
  return work.outcome()
}

/** Conflicting files that one command makes. */
interface Generation {
  readonly files: readonly Sides[]
  readonly how: Regeneration
}

/** Lock files first, each by its package manager: what the plan's commands need is installed by them. Then those of the
 *  plan, in its order, each command once for all of its files. */
function generationsOf(open: readonly Sides[], generated: readonly Generated[]): readonly Generation[] {
  const left = new Set(open)
  const planned = generated.flatMap(({ paths, run }): Generation[] => {
    const scope = compileScope({ include: [...paths], exclude: [] })
    const files = [...left].filter(({ path }) => scope.matches(path))
    for (const sides of files) left.delete(sides)
    return files.length === 0 ? [] : [{ files, how: { run, folder: '', from: 'ours' } }]
  })
  const locks = [...left].flatMap((sides): Generation[] => {
    const how = lockFileCommand(sides.path, sides.ours)
    return how === null ? [] : [{ files: [sides], how }]
  })
  return [...locks, ...planned]
}

/** The state of one resolution. */
class Work {
  readonly #input: ResolveInput
  readonly #merge: ConflictedMerge
  readonly #conflicts: readonly Sides[]
  readonly #texts = new Map<string, string>()
  readonly #by: string[] = []
  readonly #tried: string[] = []

  constructor(input: ResolveInput, merge: ConflictedMerge, conflicts: readonly Sides[]) {
    this.#input = input
    this.#merge = merge
    this.#conflicts = conflicts
  }

  /** Conflicts that nothing has resolved yet. */
  open(): readonly Sides[] {
    return this.#conflicts.filter(({ path }) => !this.#texts.has(path))
  }

  async fromMemory(): Promise<void> {
    const known = await remembered(this.#input.repo, this.#conflicts)
    for (const sides of this.#conflicts) {
      const text = known.get(sides.path)
      if (text !== undefined) await this.#take(sides, 'rerere', text)
    }
  }

  async byStructure(sides: Sides): Promise<void> {
    if (!isManifest(sides.path)) return
    await this.#take(sides, 'JSON keys', mergeJson(sides))
  }

  async byText(sides: Sides): Promise<void> {
    for (const strategy of ['white space', 'adjacent lines'] as const) {
      if (await this.#take(sides, strategy, await mergeByLines(sides, strategy))) return
    }
    // A parser is not loaded with every command.
    if (isScript(sides.path)) {
      const { mergeEntities } = await import('./entities/entities.ts')
      if (await this.#take(sides, 'declarations', mergeEntities(sides))) return
    }
    for (const driver of DRIVERS) {
      const text = await mergeByDriver(sides, driver, this.#input.signal)
      if (text !== null && (await this.#take(sides, driver.name, text))) return
    }
  }

  /** `all`: what else is made by commands; a command finds it as it was in ours. */
  async byCommand({ files, how }: Generation, all: readonly Generation[]): Promise<void> {
    const { repo, room, workshop, signal } = this.#input
    signal?.throwIfAborted()
    const strategy = how.run.join(' ')
    const made = new Set(all.flatMap((generation) => generation.files))
    // What it reads must be without conflicts; the files themselves it replaces.
    const reads = this.open().filter(
      (sides) => !made.has(sides) && (how.reads?.has(nameOf(sides.path)) ?? true),
    )
    if (reads.length > 0) {
      const why = `${reads.map(({ path }) => path).join(', ')} is in conflict`
      for (const { path } of files) this.#tried.push(`${path}: ${strategy} (${why})`)
      return
    }
    const asOurs = this.open().filter(
      (sides) => made.has(sides) && !(files.includes(sides) && how.from === 'marked'),
    )
    const answer = await regenerate(
      files.map(({ path }) => path),
      how,
      {
        cwd: repo.root,
        tree: await this.#tree(new Map(asOurs.map(({ path, ours }) => [path, ours]))),
        ...(room === undefined ? {} : { room }),
        ...(workshop === undefined ? {} : { workshop }),
        ...(signal === undefined ? {} : { signal }),
      },
    )
    for (const sides of files) {
      const text = answer.kind === 'texts' ? answer.texts.get(sides.path) : undefined
      const why = answer.kind === 'failed' ? answer.why : 'its command did not write it'
      if (text === undefined) this.#tried.push(`${sides.path}: ${strategy} (${why})`)
      else await this.#take(sides, strategy, text)
    }
  }

  /** Takes a text when there is one, and it can be what the file is to be. */
  async #take(sides: Sides, strategy: string, text: string | null): Promise<boolean> {
    const why =
      text === null
        ? 'both sides changed the same'
        : hasMarkers(text, sides)
          ? 'conflict markers are left'
          : AS_TEXT.has(strategy) && !keepsAgreed(text, sides)
            ? 'lines that were not in conflict are missing'
            : (await isBroken(sides, text, this.#input.signal))
              ? 'the result cannot be parsed'
              : null
    if (text === null || why !== null) {
      this.#tried.push(`${sides.path}: ${strategy} (${why ?? ''})`)
      return false
    }
    this.#texts.set(sides.path, text)
    this.#by.push(`${sides.path} by ${strategy}`)
    return true
  }

  async outcome(): Promise<Resolution> {
    const left = this.#merge.paths.map(({ path }) => path).filter((path) => !this.#texts.has(path))
    // A conflict that no file stands for, of two folders for instance, is not settled by files.
    const settled = left.length === 0 && this.#texts.size > 0
    if (!settled) return { kind: 'open', files: left.toSorted(), tried: this.#tried }
    return { kind: 'resolved', tree: await this.#tree(), by: this.#by, paths: [...this.#texts.keys()] }
  }

  /** With everything that is resolved, and `more` in place of the conflicts there. */
  async #tree(more: ReadonlyMap<string, string> = new Map()): Promise<string> {
    const cwd = this.#input.repo.root
    const modes = new Map(this.#merge.paths.map((stages) => [stages.path, mode(stages)]))
    const files = []
    for (const [path, text] of [...this.#texts, ...more]) {
      files.push({ path, mode: modes.get(path) ?? '100644', blob: await writeBlob(cwd, text) })
    }
    return files.length === 0 ? this.#merge.tree : treeWith(cwd, this.#merge.tree, files)
  }
}

type Stages = Pick<ConflictedMerge['paths'][number], 'base' | 'ours' | 'theirs'>

/** A side that has changed whether the file can be run has its way. */
function mode({ base, ours, theirs }: Stages): string {
  const mine = ours?.mode ?? '100644'
  return base !== null && mine === base.mode ? (theirs?.mode ?? mine) : mine
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The conflicts of a merge for a person or an agent to read, at most `limit` characters each; files of which a side has no
 *  text are left out. */
export async function conflictTexts(
  { repo, ours, theirs }: Pick<ResolveInput, 'repo' | 'ours' | 'theirs'>,
  labels: { readonly ours: string; readonly theirs: string },
  limit = 8_000,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const conflicts = await sidesOf(repo.root, await conflictedMerge(repo.root, ours, theirs))
  const found = []
  for (const sides of conflicts) {
    found.push({ path: sides.path, text: regions(await markedConflict(sides, labels)).slice(0, limit) })
  }
  return found
}

/** The conflicting parts of a marked text alone, with the number of the line that each begins at. */
function regions(text: string): string {
  const kept: string[] = []
  let inside = false
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('<<<<<<< ')) {
      inside = true
      kept.push(`line ${index + 1}:`)
    }
    if (inside) kept.push(line)
    if (line.startsWith('>>>>>>> ')) inside = false
  }
  return kept.join('\n')
}
