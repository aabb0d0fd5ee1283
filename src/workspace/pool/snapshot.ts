// A slot made as a snapshot of one that stands ready: files, index and dependencies at once, and nothing is read or hashed
// again, since inodes and times stay. A snapshot is of one moment, and counts only when the template was the same slot in
// the same state before and after; what it holds is then proven like any slot. Everything else makes the slot be filled.
import { appendFile, mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { ignoredFiles, trackedFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import { adminEntry } from '../../git/worktree-admin.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { run } from '../../process/run.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { moveToTrash } from '../../store/trash.ts'
import { chosenMethod, NO_SAMPLES, SLOT_CHOICE, SLOTS, type Method } from '../clone/method.ts'
import { loadSamples, noteSample } from '../clone/samples.ts'
import { isOnBtrfs, isSubvolume, makeSubvolume, snapshot } from '../clone/subvolume.ts'
import { dependencyPaths } from '../dependencies/folders.ts'
import type { Installation } from '../dependencies/install.ts'
import { placesIn, rewritePlaces } from '../dependencies/places.ts'
import { installRoots } from '../dependencies/policy.ts'
import { stateOf } from '../dependencies/sources.ts'
import { surveyDependencies } from '../dependencies/survey.ts'
import { parseIncludeRules } from '../include-rules.ts'
import { asFound } from './furnishings.ts'
import { includesHash } from './includes.ts'
import { programsHash } from './inputs.ts'
import { marksHold } from './marks.ts'
import { proveClean } from './proof.ts'
import { allRecords, loadRecord, slotPlace } from './records.ts'
import type { SlotRecord, SlotSpec } from './slot.ts'
import { canBeTemplates, templates, whyNotWhole } from './template.ts'

const INCLUDE_FILE = '.worktreeinclude'

/** Makes the folder of a slot, before git is told of it, so that snapshots can be made of it; false where there are none. */
export async function prepareFolder(
  spec: SlotSpec,
  record: SlotRecord,
  signal: AbortSignal,
): Promise<boolean> {
  if (spec.setup !== undefined || !(await isOnBtrfs(dirname(record.path)))) return false
  if (!canBeTemplates(spec, await trackedFiles(spec.repo.root, spec.base))) return false
  return await makeSubvolume(record.path, { env: markOf(spec.repo, record), signal })
}

/** The template for a new slot; null when there is none, or filling slots was faster here. */
export async function findTemplate(spec: SlotSpec, record: SlotRecord): Promise<SlotRecord | null> {
  const { repo, env } = spec
  const records = await allRecords(repo)
  const samples = (await loadSamples(repo, dirname(record.path))).samples[SLOTS] ?? NO_SAMPLES
  if (chosenMethod({ ...SLOT_CHOICE, samples }) !== 'copy') return null
  const programs = await programsHash({ cwd: repo.root, env })
  const now = { programs, includes: await includesHash(repo) }
  for (const one of templates(records, spec, now)) if (await isSubvolume(one.path)) return one
  return null
}

/** Notes how long a slot has taken, where slots can be made either way. */
export async function noteSlotTime(
  repo: Repository,
  record: SlotRecord,
  { method, ms }: { readonly method: Method; readonly ms: number },
): Promise<void> {
  await noteSample(repo, dirname(record.path), { of: SLOTS, method, ms })
}

/** What a snapshot has brought. */
export interface Brought {
  readonly record: SlotRecord
  readonly installation: Installation
}

/** Makes the registered worktree of a slot, in which nothing is yet, a snapshot of `template`. Null when that was not to be:
 *  nothing is in it then, as before. */
export async function bringSnapshot(
  spec: SlotSpec,
  slots: { readonly record: SlotRecord; readonly template: SlotRecord },
  signal: AbortSignal,
): Promise<Brought | null> {
  const { repo, logFile } = spec
  const { template, record } = slots
  const told = async (why: string): Promise<null> => {
    await mkdir(dirname(logFile), { recursive: true })
    await appendFile(logFile, `# ${record.id} is no snapshot of ${template.id}: ${why}\n`)
    return null
  }
  const before = await lookAt(repo, template, signal)
  if (typeof before === 'string') return await told(before)
  const standing = await standingOf(repo, slots)
  if (standing === null) return await told('git does not know both, or its index is split')
  const why = await replaced(spec, { ...slots, ...standing, before }, signal)
  if (why !== null) {
    await restore(spec, { record, ...standing }, signal)
    return await told(why)
  }
  const { fingerprint, unsettled, dependencies } = template
  const how = dependencies === 'nothing' ? 'nothing' : 'copied'
  return { record: { ...record, unsettled }, installation: { fingerprint: fingerprint ?? '', how } }
}

interface Look {
  /** Another one when the template has changed meanwhile. */
  readonly state: string
  readonly places: Awaited<ReturnType<typeof placesIn>>
}

/** Looks at a template; a phrase when no snapshot of it would be right. */
async function lookAt(repo: Repository, template: SlotRecord, signal: AbortSignal): Promise<Look | string> {
  const { path } = template
  const state = await stateNow(repo, template)
  if (state === null) return 'it has changed'
  if ((await asFound(template, signal)) !== template)
    return 'its dependencies or other ignored files have changed'
  const ignored = await ignoredFiles(path)
  const paths = dependencyPaths(ignored)
  const text = await ignoring(['ENOENT', 'EISDIR'], readFile(join(repo.root, INCLUDE_FILE), 'utf8'))
  const inside = await Promise.all(paths.map((folder) => entriesOf(path, folder)))
  const includes = text === undefined ? null : parseIncludeRules(text)
  const roots = await rootsOf(repo, template)
  const why = whyNotWhole({ roots, ignored, inside: inside.flat(), includes })
  if (why !== null) return why
  const places = await placesIn({ from: path, paths, signal })
  return places.obstacle ?? { state, places }
}

async function entriesOf(root: string, folder: string): Promise<readonly string[]> {
  if (basename(folder) !== 'node_modules') return []
  const names = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(root, folder)))) ?? []
  return names.map((name) => `${folder}/${name}`)
}

async function rootsOf(repo: Repository, { path }: SlotRecord): Promise<ReturnType<typeof installRoots>> {
  const { folders } = await surveyDependencies(path)
  return installRoots(folders, new Set(dependencyPaths(await ignoredFiles(repo.root))))
}

/** Null when the template is not what it was when it was last looked at, or not complete. */
async function stateNow(repo: Repository, template: SlotRecord): Promise<string | null> {
  const { id, path } = template
  const now = await loadRecord(repo, id)
  if (now?.state !== 'ready' || now.kept !== null || now.marks !== template.marks) return null
  if (!(await marksHold(repo, now))) return null
  const states = [`${now.readyAt} ${now.base}`]
  for (const root of await rootsOf(repo, template)) {
    const state = await stateOf(repo, { path, kind: 'template', paths: [], same: true }, root)
    if (state === null) return null
    states.push(state)
  }
  return states.join(' ')
}

interface Standing {
  /** Text of the `.git` file of the new slot. */
  readonly link: string
  /** Git's folders of the two. */
  readonly admin: string
  readonly templateAdmin: string
}

async function standingOf(
  repo: Repository,
  { record, template }: { readonly record: SlotRecord; readonly template: SlotRecord },
): Promise<Standing | null> {
  const [own, other] = await Promise.all([adminEntry(repo, record.path), adminEntry(repo, template.path)])
  const link = await ignoring(['ENOENT'], readFile(join(record.path, '.git'), 'utf8'))
  if (own === null || other === null || link === undefined) return null
  // A split index is no whole one.
  if ((await readdir(other.folder)).some((name) => name.startsWith('sharedindex.'))) return null
  return { link, admin: own.folder, templateAdmin: other.folder }
}

interface Replacing extends Standing {
  readonly record: SlotRecord
  readonly template: SlotRecord
  readonly before: Look
}

/** Puts the snapshot where the empty worktree is; a phrase when it does not hold. */
async function replaced(
  { repo }: SlotSpec,
  { record, template, before, link, admin, templateAdmin }: Replacing,
  signal: AbortSignal,
): Promise<string | null> {
  const { path } = record
  const [from, to] = [template.path, path]
  await rm(join(path, '.git'))
  await rmdir(path)
  if (!(await snapshot(from, to, { env: markOf(repo, record), signal }))) return 'btrfs makes none'
  await writeAtomic(join(path, '.git'), link)
  // With its time: by that git tells which entries are as young as the index itself.
  const index = [join(templateAdmin, 'index'), join(admin, 'index')]
  const copied = await run('cp', ['-p', '--', ...index], { cwd: admin, signal })
  if (copied.exitCode !== 0) return 'the index was not copied'
  if ((await stateNow(repo, template)) !== before.state) return 'it has changed meanwhile'
  const unwritten = await rewritePlaces(before.places, { from, to })
  if (unwritten !== null) return unwritten
  const { unsettled, readyAt } = template
  // What was changed in the template since it was ready shows here as well, and this one nobody changes.
  const found = await proveClean(repo, { ...record, unsettled, readyAt }, signal)
  if (found.kind === 'clean') return null
  return found.kind === 'busy' ? 'processes work in it' : found.reason
}

/** Makes the worktree as empty as it was. */
async function restore(
  { repo }: SlotSpec,
  { record, link, admin }: Pick<Replacing, 'record' | 'link' | 'admin'>,
  signal: AbortSignal,
): Promise<void> {
  await moveToTrash(repo, record.path)
  await rm(join(admin, 'index'), { force: true })
  const made = await makeSubvolume(record.path, { env: markOf(repo, record), signal })
  if (!made) await mkdir(record.path)
  await writeAtomic(join(record.path, '.git'), link)
}

const markOf = (repo: Repository, record: SlotRecord): { readonly [SESSION_MARK]: string } => ({
  [SESSION_MARK]: slotPlace(repo, record).marker,
})
