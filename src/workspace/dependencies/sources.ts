// Where a worktree's dependencies can be copied from: a template, which is a slot that stands ready at the same commit with
// the same fingerprint and in which no set-up was run, or the main worktree. Nobody changes a template; the main worktree is
// its owner's, and everything about it that could be doubted is looked at before and after.
import { lstat, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { changes } from '../../git/diff.ts'
import { ignoredFiles } from '../../git/files.ts'
import { resolveCommit, type Repository } from '../../git/repository.ts'
import type { Environment } from '../../process/environment.ts'
import { asFound } from '../pool/furnishings.ts'
import { allRecords, listSlots } from '../pool/records.ts'
import { installedPaths, whyNotMain } from './doubts.ts'
import { RULES } from './ecosystems.ts'
import { isFingerprinted } from './fingerprint.ts'
import { dependencyPaths } from './folders.ts'
import { importersOf } from './importers.ts'
import { changedAt, inventoryOf, type Change } from './inventory.ts'
import { rootOf, type InstallRoot } from './policy.ts'
import { fingerprintOf, lockOf, surveyDependencies, type Survey } from './survey.ts'

export interface Source {
  /** The other worktree. */
  readonly path: string
  /** `template`: made by the package manager alone, at the same commit. */
  readonly kind: 'template' | 'main'
  /** Its ignored paths that are dependencies. */
  readonly paths: readonly string[]
  /** Its fingerprint is the wanted one. */
  readonly same: boolean
}

interface Wanted {
  readonly repo: Repository
  readonly cwd: string
  readonly env: Environment
  readonly roots: readonly InstallRoot[]
  readonly fingerprint: string
  /** Of the main worktree. */
  readonly seedPaths: readonly string[]
}

/** Sources for these dependencies, the best first. */
export async function sourcesOf(wanted: Wanted): Promise<Source[]> {
  const { repo, env, roots, fingerprint, seedPaths } = wanted
  const [template, survey] = await Promise.all([templateFor(wanted), surveyDependencies(repo.root)])
  const same = (await fingerprintOf(survey, roots, { cwd: repo.root, env })) === fingerprint
  const main: Source = { path: repo.root, kind: 'main', paths: seedPaths, same }
  return template === null ? [main] : [template, main]
}

async function templateFor({ repo, cwd, fingerprint }: Wanted): Promise<Source | null> {
  const base = await resolveCommit(cwd, 'HEAD')
  for (const slot of await allRecords(repo)) {
    const fits =
      slot.state === 'ready' && slot.kept === null && slot.base === base && slot.fingerprint === fingerprint
    // A set-up may have changed the dependencies.
    if (!fits || slot.setup !== null || slot.path === cwd) continue
    if ((await ignoring(['ENOENT', 'ENOTDIR'], stat(slot.path))) === undefined) continue
    // So may anybody who was in it.
    if ((await asFound(slot)).fingerprint !== fingerprint) continue
    return {
      path: slot.path,
      kind: 'template',
      paths: dependencyPaths(await ignoredFiles(slot.path)),
      same: true,
    }
  }
  return null
}

/** A word that is another one when the source may have changed meanwhile; null when nothing says that it is complete. */
export async function stateOf(repo: Repository, source: Source, root: InstallRoot): Promise<string | null> {
  const { marker } = RULES[root.manager]
  if (marker === null) return null
  const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(join(source.path, root.dir, marker)))
  if (found === undefined) return null
  const state = `${found.ino}:${found.size}:${found.mtimeMs}`
  if (source.kind === 'main') return state
  const slot = (await listSlots(repo)).find(({ path }) => path === source.path)
  return slot?.state === 'ready' ? `${state}:${slot.id}:${slot.readyAt}:${slot.base}` : null
}

/** What of a source is the installation of one root. */
export interface Offer {
  readonly paths: readonly string[]
  /** Dependency folders that no install of this root makes. */
  readonly left: readonly string[]
}

/** What may be copied for `root`, or why nothing may be, a phrase. `survey`: of the tree that is to have it. */
export async function offerOf(
  source: Source,
  root: InstallRoot,
  { roots, survey }: { readonly roots: readonly InstallRoot[]; readonly survey: Survey },
): Promise<Offer | string> {
  const { copy, why } = RULES[root.manager]
  if (copy === 'never') return why
  const lock = lockOf(survey, root)
  const mine = source.paths.filter((path) => rootOf(path, roots) === root)
  const offer = installedPaths(mine, root, importersOf(root, lock))
  if (typeof offer === 'string') return offer
  if (offer.paths.length === 0) return `nothing to copy in ${source.path}`
  const inventory = await inventoryOf(source.path, offer.paths)
  if (inventory.strange !== null) return `nothing tells what ${inventory.strange} in ${source.path} is`
  if (source.kind === 'template') return offer
  const doneAt = await installedAt(source.path, root)
  const obstacle = whyNotMain({
    root,
    roots,
    lock,
    folders: survey.folders,
    same: source.same,
    doneAt,
    noted: await notedBy(source.path, root),
    state: root.manager === 'pnpm' ? await textOf(source.path, root, PNPM_STATES) : '',
    input: await youngestInput(source.path, survey),
    deleted: doneAt === null ? null : await deletedSince(source.path, doneAt),
    inventory,
  })
  return obstacle ?? offer
}

const WORKSPACE_STATE = 'node_modules/.pnpm-workspace-state-v1.json'
const PNPM_STATES = ['node_modules/.modules.yaml', WORKSPACE_STATE]
/** What a manager writes at the very end, after its marker and the manifest that it has changed. */
const LAST: Readonly<Partial<Record<InstallRoot['manager'], string>>> = { pnpm: WORKSPACE_STATE }
/** Where a manager notes what it has installed. */
const NOTES: Readonly<Partial<Record<InstallRoot['manager'], string>>> = {
  npm: 'node_modules/.package-lock.json',
  pnpm: 'node_modules/.pnpm/lock.yaml',
  'yarn-classic': 'node_modules/.yarn-integrity',
}

/** When the manager was last done in a tree, in milliseconds since the epoch; null when nothing tells. */
async function installedAt(from: string, { dir, manager }: InstallRoot): Promise<number | null> {
  const { marker } = RULES[manager]
  if (marker === null) return null
  const timeOf = async (name: string): Promise<number | null> =>
    (await ignoring(['ENOENT', 'ENOTDIR'], stat(join(from, dir, name))))?.mtimeMs ?? null
  const done = await timeOf(marker)
  const last = LAST[manager]
  return done === null || last === undefined ? done : Math.max(done, (await timeOf(last)) ?? done)
}

async function notedBy(from: string, root: InstallRoot): Promise<string> {
  const file = NOTES[root.manager]
  return file === undefined ? '' : await textOf(from, root, [file])
}

async function textOf(from: string, { dir }: InstallRoot, names: readonly string[]): Promise<string> {
  const read = (name: string): Promise<string | undefined> =>
    ignoring(['ENOENT', 'ENOTDIR'], readFile(join(from, dir, name), 'latin1'))
  return (await Promise.all(names.map(read))).join('')
}

/** The file of the fingerprint that was changed last in a tree. */
async function youngestInput(from: string, { files }: Survey): Promise<Change | null> {
  let youngest: Change | null = null
  for (const { path } of files) {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(from, path)))
    const at = found === undefined ? Number.POSITIVE_INFINITY : changedAt(found)
    if (at > (youngest?.at ?? 0)) youngest = { path, at }
  }
  return youngest
}

/** A file of the fingerprint that the main worktree's HEAD has lost since then; a phrase where git has not noted that long. */
async function deletedSince(from: string, time: number): Promise<string | null> {
  // Git notes seconds.
  const when = new Date(Math.floor(time / 1_000) * 1_000 - 1_000).toISOString().slice(0, 19)
  const [then, now] = [await resolveCommit(from, `HEAD@{${when}Z}`), await resolveCommit(from, 'HEAD')]
  if (then === null || now === null) return 'what git has not noted'
  if (then === now) return null
  const lost = (await changes(from, then, now)).find(
    ({ path, kind }) => kind === 'deleted' && isFingerprinted(path),
  )
  return lost?.path ?? null
}
