// The proof that a session runs its own code and nobody else's: a mark in every package of its worktree must be seen from
// those who use the package, by the way that their tools take, and nothing may lead out of the worktree. Made the first time
// in a repository and again when something changes that it depends on; what was proven is kept in the state folder.
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ignoring, NOT_READABLE, type Hint } from '../../contract/errors.ts'
import { quoted } from '../../contract/shell.ts'
import { trackedFiles } from '../../git/files.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { surveyDependencies } from '../dependencies/survey.ts'
import { cargoSightings, goSightings } from './compiled.ts'
import { decidingHash, foldersOf } from './deciding.ts'
import { sharedArtifacts, usesLocalRepository } from './local-repository.ts'
import { mark, sweepMarks } from './marks.ts'
import { nodeSightings } from './node.ts'
import { cargoFolders, nodeUses, pythonModules, type ManifestFile, type Use } from './packages.ts'
import type { Looked, Looking, Place } from './place.ts'
import { hasOwnPython, pythonSightings, type Projects } from './python.ts'
import { leaks, notIsolated, type Sighting } from './verdict.ts'

export interface IsolationRequest extends Place {
  /** Of the dependencies that were made for this; null: whoever made them, it is not known what has come of them since. */
  readonly fingerprint: string | null
  /** How they came here. */
  readonly how: 'nothing' | 'copied' | 'installed' | null
  /** A set-up command has run: nobody knows what it did. */
  readonly setUp: boolean
  /** Told what could not be found out, a sentence. */
  readonly onOpen?: (sentence: string) => void
}

/** `known`: shown before. `open`: nothing wrong was found, but not every question was answered. `nothing`: the repository has
 *  no packages that could be reached in a wrong way. */
export type Isolation = 'proven' | 'known' | 'open' | 'nothing'

const Proven = v.object({ version: v.literal(2), keys: v.array(v.string()) })
/** Several branches with different dependencies take turns. */
const KEPT = 50

/** Throws `E_NOT_ISOLATED` when something of the worktree leads to code of another one. */
export async function requireIsolation(request: IsolationRequest): Promise<Isolation> {
  const { repo, cwd, signal } = request
  await sweepMarks(cwd)
  const tracked = await trackedFiles(cwd)
  const projects = pythonModules(tracked)
  const key = await keyOf(request, tracked, projects)
  if (key !== null && (await provenKeys(repo)).includes(key)) return 'known'
  const { any, sightings, open } = await survey(request, tracked, projects)
  signal.throwIfAborted()
  const wrong = leaks(cwd, sightings)
  if (wrong.length > 0) throw notIsolated(cwd, wrong, hintFor(cwd, sightings, wrong[0]?.found ?? ''))
  for (const sentence of open) request.onOpen?.(sentence)
  if (open.length > 0) return 'open'
  if (key !== null && !(await noteProven(repo, key)))
    request.onOpen?.(
      `${provenFile(repo)} cannot be written: that the worktree runs its own code is shown anew each time.`,
    )
  return any ? 'proven' : 'nothing'
}

interface Found extends Looked {
  readonly any: boolean
}

async function survey(
  place: IsolationRequest,
  tracked: readonly string[],
  projects: Projects,
): Promise<Found> {
  const { repo, cwd } = place
  const uses = nodeUses((await surveyDependencies(cwd)).files)
  const cargo = foldersOf(tracked, 'Cargo.toml')
  const go = [...new Set([...foldersOf(tracked, 'go.mod'), ...foldersOf(tracked, 'go.work')])]
  const shared = await sharedArtifacts(place, tracked)
  if (uses.length + projects.size + cargo.length + go.length === 0)
    return { any: false, sightings: [], open: shared }
  await using marks = await mark(repo, cwd, [
    ...uses.flatMap(({ folders }) => folders),
    ...[...projects.values()].flat().map(({ folder }) => folder),
    ...cargo,
    ...go,
  ])
  const worktrees = (await listWorktrees(repo)).map(({ path }) => path)
  const looking = { ...place, marks, worktrees: [repo.root, ...worktrees] }
  const asked = cargoFolders(await manifests(cwd, cargo))
  const { sightings, open } = await look(looking, { uses, projects, cargo: asked, go })
  return { any: true, sightings, open: [...open, ...shared] }
}

async function manifests(cwd: string, folders: readonly string[]): Promise<ManifestFile[]> {
  const result: ManifestFile[] = []
  for (const folder of folders) {
    const path = join(folder, 'Cargo.toml')
    result.push({ path, content: (await textOf(join(cwd, path))) ?? '' })
  }
  return result
}

async function look(
  looking: Looking,
  what: {
    readonly uses: readonly Use[]
    readonly projects: Projects
    readonly cargo: readonly string[]
    readonly go: readonly string[]
  },
): Promise<Looked> {
  const all = await Promise.all([
    nodeSightings(looking, what.uses, looking.marks),
    pythonSightings(looking, what.projects),
    cargoSightings(looking, what.cargo),
    what.go.length > 0 ? goSightings(looking, what.go) : { sightings: [], open: [] },
  ])
  return {
    sightings: all.flatMap(({ sightings }) => sightings),
    open: all.flatMap(({ open }) => open),
  }
}

/** Equal where the answer must be the same; null where it can be known by asking alone. */
async function keyOf(
  { cwd, env, fingerprint, how, setUp }: IsolationRequest,
  tracked: readonly string[],
  projects: Projects,
): Promise<string | null> {
  if (fingerprint === null || how === null || setUp) return null
  if (usesLocalRepository(tracked) || !(await hasOwnPython(cwd, projects))) return null
  const deciding = await decidingHash({ cwd, env }, tracked)
  if (deciding === null) return null
  const modules = [...projects].map(([project, found]) => [project, found])
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, how, deciding, modules]))
    .digest('hex')
}

/** False where nothing can be noted. */
async function noteProven(repo: Repository, key: string): Promise<boolean> {
  await mkdir(stateFolder(repo), { recursive: true })
  const keys = [...(await provenKeys(repo)), key].slice(-KEPT)
  const written = writeAtomic(provenFile(repo), `${JSON.stringify({ version: 2, keys })}\n`).then(() => true)
  return (await ignoring(['E_STATE_READ_ONLY'], written)) ?? false
}

async function provenKeys(repo: Repository): Promise<readonly string[]> {
  const text = await ignoring(['ENOENT', ...NOT_READABLE], readFile(provenFile(repo), 'utf8'))
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Proven), text)
  return parsed.success ? parsed.output.keys : []
}

const textOf = (file: string): Promise<string | undefined> =>
  ignoring(['ENOENT', 'ENOTDIR', 'EISDIR'], readFile(file, 'utf8'))

const provenFile = (repo: Repository): string => join(stateFolder(repo), 'isolation.json')

function hintFor(cwd: string, sightings: readonly Sighting[], place: string): Hint {
  const { what = '', from = '', by } = sightings.find(({ found }) => found === place) ?? {}
  if (what === 'target')
    return {
      text: 'Give every worktree its own results, and start again.',
      command: 'export CARGO_TARGET_DIR=target',
    }
  if (what.startsWith('.venv/'))
    return {
      text: 'Make the virtual environment in the worktree instead of copying it.',
      command: 'uv sync --frozen',
    }
  if (by !== undefined)
    return {
      text: 'See where it looks for modules. A set-up command can make a virtual environment in every worktree: .venv.',
      command: `${quoted(by)} -m site`,
    }
  const start = quoted(from.startsWith('/') ? from : join(cwd, from))
  return { text: 'See what leads there, and take it away.', command: `find ${start} -maxdepth 3 -type l -ls` }
}
