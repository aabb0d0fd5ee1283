// What clean-up has saved instead of deleting it, and the way back: states of worktrees under refs/quintet/backup/, files
// that git does not hold, and what is in the trash until it is emptied. Bringing something back overwrites nothing, and
// what was saved stays saved; only from the trash it is taken out.
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../contract/errors.ts'
import type { Recovered, SavedThing } from '../contract/recover.ts'
import { entriesIn } from '../git/entries.ts'
import { writeTreeFiles } from '../git/merge/conflict.ts'
import { refValue, updateRef, ZERO } from '../git/refs.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { run } from '../process/run.ts'
import { trashEntries, trashFolder } from '../store/trash.ts'

const BACKUPS = 'refs/quintet/backup/'
const NAMED = 5
/** Files that are looked at to tell what was kept. */
const MOST_LOOKED_AT = 10_000

/** Everything that is saved, the latest first. */
export async function savedThings(repo: Repository): Promise<readonly SavedThing[]> {
  const all = [...(await states(repo)), ...(await keptFiles(repo)), ...(await trash(repo))]
  return all.sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1))
}

async function states(repo: Repository): Promise<readonly SavedThing[]> {
  const format = '%(refname)%00%(committerdate:unix)%00%(contents:subject)'
  const { stdout } = await runGit(['for-each-ref', `--format=${format}`, BACKUPS], {
    cwd: repo.commonDir,
    op: 'list the backups',
  })
  return stdout.split('\n').flatMap((line): SavedThing[] => {
    const [ref = '', seconds = '0', text = ''] = line.split('\0')
    return ref === ''
      ? []
      : [{ name: ref.slice(BACKUPS.length), kind: 'state', at: Number(seconds) * 1_000, text, place: ref }]
  })
}

async function keptFiles(repo: Repository): Promise<readonly SavedThing[]> {
  const root = join(stateFolder(repo), 'kept')
  const found: SavedThing[] = []
  for (const run of await names(root)) {
    for (const piece of await names(join(root, run))) {
      for (const n of await names(join(root, run, piece))) {
        if (n.startsWith('.')) continue
        const place = join(root, run, piece, n)
        found.push({ name: `kept/${run}/${piece}/${n}`, kind: 'files', ...(await lookedInto(place)), place })
      }
    }
  }
  return found
}

async function trash(repo: Repository): Promise<readonly SavedThing[]> {
  const found: SavedThing[] = []
  for (const entry of await trashEntries(repo)) {
    const place = await trashPlace(repo, entry)
    if ((await ignoring(['ENOENT'], lstat(place))) === undefined) continue
    found.push({
      name: `trash/${entry.replace(/\..*$/, '')}`,
      kind: 'trash',
      ...(await looked(place)),
      place,
    })
  }
  return found
}

/** A folder on another file system stands beside where it was, and the trash says where. */
async function trashPlace(repo: Repository, entry: string): Promise<string> {
  const place = join(trashFolder(repo), entry)
  return entry.endsWith('.elsewhere') ? await readFile(place, 'utf8') : place
}

/** When kept files came to where they are, and which they are. What was written after its worktree had gone is not in a
 *  folder `files`, but the folder itself. */
async function lookedInto(place: string): Promise<Pick<SavedThing, 'at' | 'text'>> {
  const inner = await names(place)
  const whole = await looked(place)
  if (inner.some((name) => name !== 'files' && name !== 'git')) return whole
  const files = inner.includes('files') ? await filePaths(join(place, 'files')) : []
  const state = inner.includes('git') ? ['the state of an unfinished operation'] : []
  return { at: whole.at, text: [...(files.length === 0 ? [] : [listed(files)]), ...state].join('; ') }
}

/** Paths below a folder, sorted; a repository is one, with a slash at its end, and so is what is left at the bound. */
async function filePaths(root: string): Promise<readonly string[]> {
  const found: string[] = []
  const pending = ['']
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await entriesIn(join(root, folder))
    if (found.length >= MOST_LOOKED_AT || entries.some(({ name }) => name === '.git')) {
      found.push(folder)
      continue
    }
    for (const entry of entries) {
      if (entry.isFolder) pending.push(`${folder}${entry.name}/`)
      else found.push(`${folder}${entry.name}`)
    }
  }
  return found.sort()
}

function listed(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''
  return `${paths.slice(0, NAMED).join(', ')}${more}`
}

/** When a folder came to where it is, and what it holds. */
async function looked(place: string): Promise<Pick<SavedThing, 'at' | 'text'>> {
  const { ctimeMs } = await lstat(place)
  const inner = (await names(place)).filter((name) => name !== '.git')
  return { at: Math.round(ctimeMs), text: listed(inner) }
}

async function names(folder: string): Promise<readonly string[]> {
  return ((await ignoring(['ENOENT', 'ENOTDIR'], readdir(folder))) ?? []).sort()
}

/** Brings back what is saved as `name`: a state becomes the branch `recovered/<name>`, or files in `to`; files and what is
 *  in the trash need `to`, a folder that is not there yet. Throws `E_NO_SAVED`, `E_RECOVER_TO`, `E_RECOVER_TAKEN`. */
export async function recover(repo: Repository, name: string, to?: string): Promise<Recovered> {
  const things = await savedThings(repo)
  const thing = things.find((one) => one.name === name || one.place === name)
  if (thing === undefined) throw noSuchThing(name)
  if (to === undefined) {
    if (thing.kind === 'state') return await asBranch(repo, thing)
    throw new QuintetError('E_RECOVER_TO', 'usage', `${thing.name} holds files, which need a folder.`, {
      hints: [
        { text: 'Name one that is not there yet.', command: `quintet recover ${thing.name} --to <folder>` },
      ],
    })
  }
  if ((await ignoring(['ENOENT'], lstat(to))) !== undefined) throw taken(`The folder ${to} is there already.`)
  await mkdir(dirname(to), { recursive: true })
  if (thing.kind === 'trash') await takenOut(thing.place, to)
  else await copied(to, (partial) => filesOf(repo, thing, partial))
  return { name: thing.name, folder: to }
}

async function asBranch(repo: Repository, { name, place }: SavedThing): Promise<Recovered> {
  const branch = `recovered/${name}`
  const ref = `refs/heads/${branch}`
  const commit = (await refValue(repo, place)) ?? ZERO
  const outcome = await updateRef(repo, { ref, to: commit, from: ZERO, reason: 'quintet: recovered' })
  if (outcome === 'changed' && (await refValue(repo, ref)) !== commit)
    throw taken(`The branch ${branch} is there already, and holds something else.`)
  return { name, branch }
}

async function filesOf(repo: Repository, { kind, place }: SavedThing, folder: string): Promise<void> {
  if (kind === 'files') return await copy(place, folder)
  await mkdir(folder)
  await writeTreeFiles(repo.root, place, { folder })
}

/** Makes a folder beside its place and renames it there, so that it is whole or not there. */
async function copied(to: string, make: (partial: string) => Promise<void>): Promise<void> {
  const partial = join(dirname(to), `.${basename(to)}.${randomBytes(4).toString('hex')}.partial`)
  await make(partial)
  await rename(partial, to)
}

/** By a program: names that are no text are lost to Node. */
async function copy(from: string, to: string): Promise<void> {
  const { exitCode, stderr } = await run('cp', ['-a', '--', from, to], { cwd: dirname(to) })
  if (exitCode !== 0) throw new Error(`${from} was not copied to ${to}: ${stderr.toString('utf8').trim()}`)
}

async function takenOut(place: string, to: string): Promise<void> {
  try {
    await rename(place, to)
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    await copied(to, (partial) => copy(place, partial))
  }
}

function noSuchThing(name: string): QuintetError {
  return new QuintetError('E_NO_SAVED', 'usage', `Nothing is saved as ${name}.`, {
    hints: [{ text: 'See what is saved.', command: 'quintet recover' }],
  })
}

function taken(message: string): QuintetError {
  return new QuintetError('E_RECOVER_TAKEN', 'precondition', message, {
    hints: [
      { text: 'Name a folder that is not there yet.', command: 'quintet recover <saved> --to <folder>' },
    ],
  })
}
