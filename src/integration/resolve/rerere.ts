// Resolutions that were given before, as git itself remembers them (rerere): those of sessions and the operator in a memory
// beside Quintet's state, and those in the user's own, which is only read. Git works in a scratch repository with a memory
// of its own, so that a merge which somebody has under way is not disturbed.
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { conflictedMerge, writeBlob, type ConflictedMerge } from '../../git/merge/conflict.ts'
import { blobTexts } from '../../git/objects/blobs.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { decode, encode } from '../../git/text.ts'
import { FILE_BYTES, treeTexts } from '../tree-texts.ts'
import { parentsOf } from './by-hand.ts'
import { hasMarkers, type Sides } from './sides.ts'

/** Texts that are remembered for these conflicts, by path. */
export async function remembered(
  repo: Repository,
  conflicts: readonly Sides[],
): Promise<ReadonlyMap<string, string>> {
  if (conflicts.length === 0) return new Map()
  await using scratch = await scratchRepository()
  await scratch.conflict(conflicts)
  await scratch.rerere()
  await scratch.recall([ownMemory(repo), join(repo.commonDir, 'rr-cache')])
  await scratch.rerere()
  const found = new Map<string, string>()
  for (const sides of conflicts) {
    const text = await scratch.text(sides.path)
    if (text !== sides.marked && !hasMarkers(text, sides)) found.set(sides.path, text)
  }
  return found
}

/** Remembers how a merge commit has resolved the conflicts between its two parents, for the next time they come up. Does
 *  nothing for other commits, for conflicts in which a side has no file, and for files that are others at `landed`, the tip
 *  that the checks have seen: then the resolution was mended. Returns the paths that are remembered. */
export async function rememberMerge(
  repo: Repository,
  commit: string,
  landed: string,
): Promise<readonly string[]> {
  const cwd = repo.root
  const parents = await parentsOf(cwd, commit)
  if (parents === null) return []
  const merge = await conflictedMerge(cwd, parents.ours, parents.theirs)
  const conflicts = await sidesOf(cwd, merge)
  const paths = conflicts.map(({ path }) => path)
  const [results, kept] = [await treeTexts(cwd, commit, paths), await treeTexts(cwd, landed, paths)]
  const known = conflicts.filter((sides) => {
    const text = results.get(sides.path)
    return text !== undefined && text === kept.get(sides.path) && !hasMarkers(text, sides)
  })
  if (known.length === 0) return []
  await using scratch = await scratchRepository()
  await scratch.conflict(known)
  await scratch.rerere()
  for (const { path } of known) await scratch.write(path, results.get(path) ?? '')
  await scratch.rerere()
  await scratch.keep(ownMemory(repo))
  return known.map(({ path }) => path)
}

/** The conflicts in which both sides have a text. */
export async function sidesOf(cwd: string, merge: ConflictedMerge): Promise<readonly Sides[]> {
  const both = merge.paths.filter(({ base, ours, theirs }) =>
    [base, ours, theirs].every((stage, index) =>
      stage === null ? index === 0 : stage.mode.startsWith('100'),
    ),
  )
  const marked = await treeTexts(
    cwd,
    merge.tree,
    both.map(({ path }) => path),
  )
  const blobs = both.flatMap(({ base, ours, theirs }) =>
    [base, ours, theirs].flatMap((stage) => stage?.blob ?? []),
  )
  const texts = await blobTexts(cwd, blobs, FILE_BYTES)
  return both.flatMap(({ path, base, ours, theirs }) => {
    const text = (stage: typeof base): string | undefined =>
      stage === null ? undefined : texts.get(stage.blob)
    const [before, mine, other, conflict] = [text(base), text(ours), text(theirs), marked.get(path)]
    if (mine === undefined || other === undefined || conflict === undefined) return []
    if ([before, mine, other].some((side) => side?.includes('\0') === true)) return []
    if (base !== null && before === undefined) return []
    return [{ path, base: before ?? null, ours: mine, theirs: other, marked: conflict }]
  })
}

function ownMemory(repo: Repository): string {
  return join(stateFolder(repo), 'rr-cache')
}

interface Scratch extends AsyncDisposable {
  /** Puts conflicts into the index and their marked texts into the folder. */
  conflict(conflicts: readonly Sides[]): Promise<void>
  rerere(): Promise<void>
  /** Brings in what the first of these folders knows of the conflicts. */
  recall(memories: readonly string[]): Promise<void>
  /** Puts what was resolved here into a memory, in place of what it had. */
  keep(memory: string): Promise<void>
  text(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
}

async function scratchRepository(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'quintet-rerere-'))
  await runGit(['init', '--quiet', '--template='], { cwd: folder, op: 'make a scratch repository' })
  const memory = join(folder, '.git', 'rr-cache')
  await mkdir(memory)
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), encode(text))
  }
  return {
    write,
    async conflict(conflicts) {
      const lines: string[] = []
      for (const { path, base, ours, theirs, marked } of conflicts) {
        await write(path, marked)
        for (const [index, text] of [base, ours, theirs].entries()) {
          if (text !== null) lines.push(`100644 ${await writeBlob(folder, text)} ${index + 1}\t${path}\0`)
        }
      }
      const options = { cwd: folder, op: 'set up a conflict', input: encode(lines.join('')), locks: true }
      await runGit(['update-index', '-z', '--index-info'], options)
    },
    async rerere() {
      const settings = [
        '-c',
        'rerere.enabled=true',
        '-c',
        'rerere.autoUpdate=false',
        '-c',
        'core.autocrlf=false',
      ]
      await runGit([...settings, 'rerere'], {
        cwd: folder,
        op: 'look for remembered resolutions',
        locks: true,
      })
    },
    async recall(memories) {
      for (const id of await readdir(memory)) {
        const known = await firstWith(memories, join(id, 'postimage'))
        if (known !== null) await cp(join(known, id), join(memory, id), { recursive: true })
      }
      // What git has noted of these conflicts is that nothing is known of them.
      await rm(join(folder, '.git', 'MERGE_RR'), { force: true })
    },
    async keep(into) {
      await mkdir(into, { recursive: true })
      for (const id of await readdir(memory)) {
        if (!(await exists(join(memory, id, 'postimage')))) continue
        await rm(join(into, id), { recursive: true, force: true })
        await cp(join(memory, id), join(into, id), { recursive: true })
      }
    },
    text: async (path) => decode(await readFile(join(folder, path))),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The first of these folders that holds the file. */
async function firstWith(folders: readonly string[], file: string): Promise<string | null> {
  for (const folder of folders) if (await exists(join(folder, file))) return folder
  return null
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}
