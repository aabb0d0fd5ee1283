// Submodules of a worktree: their repositories stand in its git folder and would go with it. Git is never run by their
// own configuration, which the session may have written.
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorData, ignoring } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { entriesIn } from '../git/entries.ts'
import type { Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { alternateEntry } from '../git/objects/alternates.ts'
import { encode } from '../git/text.ts'

const DEPTH = 12
const ENTRIES = 5_000
const FILE_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 60_000
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']

/** Why the worktree at `path`, with this git folder, has to stay for its submodules; null when they hold nothing. */
export async function modulesToKeep(repo: Repository, path: string, admin: string): Promise<string | null> {
  const names = await unsavedModules(repo, admin)
  if (names.length === 0) return null
  const [from, aside] = [quoted(path), quoted(`${path}.kept`)]
  const [modules, target] = [quoted(join(admin, 'modules')), quoted(`${path}.kept/.modules`)]
  return (
    `The worktree ${path} has submodules with work that may be nowhere else: ${names.join(', ')}. ` +
    `Set them aside with: cp -a ${from} ${aside} && mv ${modules} ${target}; then clean up again with: quintet clean.`
  )
}

/** Names of the submodules in a worktree's git folder that hold commits which none of their remotes is known to have, or
 *  that were checked out, so that changes may be in them. Of what was only begun there is nothing to lose. */
async function unsavedModules(repo: Repository, admin: string): Promise<readonly string[]> {
  const root = join(admin, 'modules')
  const unsaved: string[] = []
  for (const name of await repositoriesBelow(root, '', 0)) {
    if (await isUnsaved(repo, join(root, name))) unsaved.push(name.replaceAll('/modules/', '/'))
  }
  return unsaved
}

async function repositoriesBelow(root: string, name: string, depth: number): Promise<string[]> {
  const entries = await ignoring(ABSENT, entriesIn(join(root, name)))
  if (entries === undefined || depth > DEPTH) return []
  const folders = entries.filter((entry) => entry.isFolder).map((entry) => entry.name)
  const own = name !== '' && entries.some((entry) => entry.name === 'HEAD') && folders.includes('objects')
  const inner = own ? folders.filter((folder) => folder === 'modules') : folders
  const below: string[] = own ? [name] : []
  for (const folder of inner)
    below.push(...(await repositoriesBelow(root, name === '' ? folder : `${name}/${folder}`, depth + 1)))
  return below
}

/** What cannot be looked into counts as unsaved. */
async function isUnsaved(repo: Repository, folder: string): Promise<boolean> {
  if ((await ignoring(ABSENT, lstat(encode(join(folder, 'index'))))) !== undefined) return true
  const refs = await readReferences(folder)
  if (refs === null) return true
  const wanted = refs.own.filter((commit) => !refs.remote.includes(commit))
  if (wanted.length === 0) return false
  try {
    const { stdout } = await runGit(['rev-list', '--max-count=1', '--stdin'], {
      cwd: repo.commonDir,
      op: 'look for commits of a submodule',
      timeout: TIMEOUT_MS,
      input: [...wanted, ...refs.remote.map((commit) => `^${commit}`), ''].join('\n'),
      env: {
        GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateEntry(join(folder, 'objects')),
        GIT_NO_LAZY_FETCH: '1',
      },
    })
    return stdout !== ''
  } catch (error) {
    if (errorData(error).code !== 'E_GIT') throw error
    return true
  }
}

interface References {
  readonly own: readonly string[]
  /** What the remotes had when they were asked last. */
  readonly remote: readonly string[]
}

/** Commits that references name; null when they cannot be read as plain files. */
async function readReferences(folder: string): Promise<References | null> {
  const packed = await plainText(join(folder, 'packed-refs'))
  const loose = await looseReferences(folder)
  const head = await plainText(join(folder, 'HEAD'))
  if (packed === null || loose === null || head === null) return null
  const lines = packed.split('\n').flatMap((line) => {
    const [value = '', name = ''] = line.split(' ')
    return COMMIT.test(value) ? [{ name, value }] : []
  })
  // What is packed is overruled by what is not.
  const all = new Map([...lines, ...loose].map(({ name, value }) => [name, value]))
  if (COMMIT.test(head.trim())) all.set('HEAD', head.trim())
  const values = (remote: boolean): string[] =>
    [...all].flatMap(([name, value]) => (name.startsWith('refs/remotes/') === remote ? [value] : []))
  return { own: values(false), remote: values(true) }
}

async function looseReferences(folder: string): Promise<{ name: string; value: string }[] | null> {
  const found: { name: string; value: string }[] = []
  const waiting = ['refs']
  for (let name = waiting.pop(), seen = 0; name !== undefined; name = waiting.pop()) {
    for (const entry of (await ignoring(ABSENT, entriesIn(join(folder, name)))) ?? []) {
      seen += 1
      if (seen > ENTRIES) return null
      const path = `${name}/${entry.name}`
      if (entry.isFolder) {
        waiting.push(path)
        continue
      }
      const value = (await plainText(join(folder, path)))?.trim()
      if (value === undefined) return null
      if (COMMIT.test(value)) found.push({ name: path, value })
    }
  }
  return found
}

/** '' for a file that is not there; null for what is no plain file, or too long for one of references. */
async function plainText(path: string): Promise<string | null> {
  const file = encode(path)
  const found = await ignoring(['ENOENT'], lstat(file))
  if (found === undefined) return ''
  return found.isFile() && found.size <= FILE_BYTES ? await readFile(file, 'utf8') : null
}
