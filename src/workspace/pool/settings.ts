// What git keeps for one worktree alone, beside its files: settings, what a sparse checkout leaves out, references, marks
// in the index, submodules. A status shows none of it, and all of it would be in force for the next session.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { records, runGit } from '../../git/run.ts'
import { encode } from '../../git/text.ts'
import { areUntouched } from './furnishings.ts'

export interface OwnState {
  /** Hash of settings, references and marks; NONE when there are none. */
  readonly settings: string
  /** Paths of submodules that stand in it. */
  readonly modules: readonly string[]
}

/** Nothing is set in this worktree alone. */
export const NONE = ''

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR'] as const
const OWN_REFS = ['refs/worktree', 'refs/bisect', 'refs/rewritten']
const LISTING_BYTES = 512 * 1024 * 1024

/** Looks at what is of the worktree at `path` alone, of which `admin` is git's folder. */
export async function ownState(path: string, admin: string): Promise<OwnState> {
  const [config, info, references, index] = await Promise.all([
    ignoring(ABSENT, readFile(join(admin, 'config.worktree'), 'utf8')),
    infoFiles(join(admin, 'info')),
    ownReferences(path),
    indexEntries(path),
  ])
  const parts = [settingLines(config ?? ''), info, references, index.marked]
  const settings = parts.every(({ length }) => length === 0)
    ? NONE
    : createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  const standing = await Promise.all(index.modules.map((module) => isPopulated(join(path, module))))
  return { settings, modules: index.modules.filter((_, at) => standing[at]) }
}

/** The submodules, or their repositories, in which something is younger than `since` (on the clock of files). */
export async function changedModules(
  { path, admin, since }: { readonly path: string; readonly admin: string; readonly since: number },
  modules: readonly string[],
): Promise<readonly string[]> {
  if (modules.length === 0) return []
  const repositories = (await ignoring(ABSENT, stat(join(admin, 'modules')))) === undefined ? [] : ['modules']
  if (!(await areUntouched({ root: admin, paths: repositories, since }))) return modules
  const same = await Promise.all(
    modules.map((module) => areUntouched({ root: path, paths: [module], since })),
  )
  return modules.filter((_, at) => same[at] !== true)
}

/** Without what says nothing: a section that was emptied is as good as none. */
function settingLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const own = lines.filter((line) => line !== '' && !/^[#;]/.test(line))
  return own.some((line) => !/^\[[^\]]*\]$/.test(line)) ? own : []
}

async function infoFiles(folder: string): Promise<string[]> {
  const names = ((await ignoring(ABSENT, readdir(folder))) ?? []).sort()
  const found = await Promise.all(
    names.map(async (name) => [name, await ignoring(ABSENT, readFile(join(folder, name), 'latin1'))]),
  )
  return found.filter(([, text]) => text !== undefined && text !== '').map((one) => JSON.stringify(one))
}

async function ownReferences(path: string): Promise<string[]> {
  const format = '--format=%(refname) %(objectname)'
  const { stdout } = await runGit(['for-each-ref', format, ...OWN_REFS], {
    cwd: path,
    op: 'list the references of a worktree',
  })
  return stdout.split('\n').filter((line) => line !== '')
}

/** Entries that git is told not to look at, with the letter of their mark, and those that are submodules. */
async function indexEntries(path: string): Promise<{ marked: string[]; modules: string[] }> {
  const { stdout } = await runGit(['ls-files', '-z', '-v', '--stage'], {
    cwd: path,
    op: 'list the index',
    maxBytes: LISTING_BYTES,
  })
  const marked: string[] = []
  const modules: string[] = []
  for (const record of records(stdout)) {
    const name = record.slice(record.indexOf('\t') + 1)
    const tag = record.slice(0, 1)
    if (tag === 'S' || tag !== tag.toUpperCase()) marked.push(`${tag} ${name}`)
    if (record.startsWith('160000 ', 2)) modules.push(name)
  }
  return { marked, modules }
}

async function isPopulated(folder: string): Promise<boolean> {
  const names = await ignoring(ABSENT, readdir(encode(folder)))
  return names !== undefined && names.length > 0
}
