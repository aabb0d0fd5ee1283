// The state of the main worktree's environment files: by it a slot is known to hold all of them as they are now. The whole
// list takes git and a walk through everything ignored, too long for a claim; so the folders are noted in which files are
// named or a new one is most likely to appear, and while the time of last change of a folder is the same (nobody can set
// it), so are the names in it. What appears in another folder is noticed when the whole list is made in the background.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import { trackedFiles } from '../../git/files.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { includedPaths } from '../include.ts'
import { parseIncludeRules, type IncludeRules } from '../include-rules.ts'
import { depth, foldersOf, stampOf } from './stamps.ts'

const Noted = v.object({
  version: v.literal(1),
  /** Text of .worktreeinclude that it was made by. */
  text: v.string(),
  /** Tracked paths that the rules name: they come with the base. */
  tracked: v.array(v.string()),
  /** Per folder what is named in it. */
  folders: v.record(v.string(), v.object({ stamp: v.string(), names: v.array(v.string()) })),
})
type Noted = v.InferOutput<typeof Noted>

const INCLUDE_FILE = '.worktreeinclude'
/** Beside those in which files are named; the ones nearest to the top. About 3 µs each. */
const MOST_FOLDERS = 400
/** A folder may change twice within one tick of the clock that stamps files. */
const TICK_MS = 50

/** State of what .worktreeinclude names in the main worktree; null when it names nothing. `whole`: the list is made anew. */
export async function includesHash(
  repo: Repository,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<string | null> {
  const text = await ignoring(['ENOENT', 'EISDIR'], readFile(join(repo.root, INCLUDE_FILE), 'utf8'))
  const rules = text === undefined ? null : parseIncludeRules(text)
  if (text === undefined || rules === null) return null
  const known = whole ? null : await loadNoted(repo)
  const noted = known?.text === text ? known : await listed(repo, text, rules)
  const now = lookedAgain(repo.root, noted, rules)
  // Until then what has changed is read again each time: a claim has no time to write.
  if (noted !== known) await writeNoted(repo, now)
  const tracked = new Set(now.tracked)
  const paths = Object.values(now.folders).flatMap(({ names }) => names)
  const found = paths.filter((path) => !tracked.has(path)).sort()
  const stamps = found.map((path) => `${path} ${stampOf(join(repo.root, path))}`)
  return createHash('sha256')
    .update(JSON.stringify([text, ...stamps]))
    .digest('hex')
}

/** The folders to look at, by the whole list; nothing is known of them yet. */
async function listed({ root }: Repository, text: string, rules: IncludeRules): Promise<Noted> {
  const [paths, tracked] = await Promise.all([includedPaths(root, rules), trackedFiles(root)])
  const near = foldersOf(tracked)
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
    .slice(0, MOST_FOLDERS)
  const names = new Set(['.', ...near, ...paths.map((path) => dirname(path))])
  const folders = Object.fromEntries([...names].map((name) => [name, { stamp: '', names: [] }]))
  return { version: 1, text, tracked: tracked.filter((path) => rules.judge(path) === 'copy'), folders }
}

/** The same object when no folder has changed. */
function lookedAgain(root: string, noted: Noted, rules: IncludeRules): Noted {
  const changed: [string, Noted['folders'][string]][] = []
  for (const [folder, { stamp }] of Object.entries(noted.folders)) {
    const path = join(root, folder)
    const now = stampOf(path)
    if (now !== stamp)
      changed.push([folder, { stamp: isYoung(path) ? '' : now, names: namedIn(root, folder, rules) }])
  }
  return changed.length === 0
    ? noted
    : { ...noted, folders: { ...noted.folders, ...Object.fromEntries(changed) } }
}

function isYoung(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.ctimeMs < TICK_MS
}

function namedIn(root: string, folder: string, rules: IncludeRules): string[] {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => (folder === '.' ? name : `${folder}/${name}`))
      .filter((path) => rules.judge(path) === 'copy')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return []
    throw error
  }
}

async function loadNoted(repo: Repository): Promise<Noted | null> {
  const text = await ignoring(['ENOENT'], readFile(notedFile(repo), 'utf8'))
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Noted), text)
  return parsed.success ? parsed.output : null
}

async function writeNoted(repo: Repository, noted: Noted): Promise<void> {
  await mkdir(stateFolder(repo), { recursive: true })
  await writeAtomic(notedFile(repo), `${JSON.stringify(noted)}\n`, { lasting: false })
}

const notedFile = (repo: Repository): string => join(stateFolder(repo), 'included-files.json')
