// How git comes to run the guards of a session's worktree, and nobody else's: one line in the repository's configuration
// includes a list of ours, which sets core.hooksPath for the git folders of sessions alone. No repository extension is
// needed, the main worktree keeps its hooks, a tool that writes core.hooksPath (husky) writes above our line, and a list
// that is missing is ignored by git. The line goes with the last session.
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseGuardName, type GuardName } from '../../contract/guard.ts'
import { ignoring } from '../../contract/errors.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { records as splitRecords, runGit } from '../../git/run.ts'
import { unfinishedName, writeAtomic } from '../../store/atomic.ts'
import { editConfig } from './config-edit.ts'
import { configList, guardPaths } from './files.ts'
import { LIST, withInclude, withoutInclude } from './include-line.ts'

const KEY = 'includeIf.gitdir:**.path'

/** Where a value of core.hooksPath is written. */
export interface HooksSetting {
  readonly scope: string
  readonly value: string
}

/** Values of core.hooksPath that hold in the worktree, the effective one last, home folders resolved. */
export async function hooksSettings(worktree: string): Promise<readonly HooksSetting[]> {
  const { stdout } = await runGit(
    ['config', '-z', '--show-scope', '--type=path', '--get-all', 'core.hooksPath'],
    { cwd: worktree, op: 'read where the hooks are', ok: [0, 1] },
  )
  const parts = splitRecords(stdout)
  return (
    parts
      .flatMap((scope, index) => (index % 2 === 0 ? [{ scope, value: parts[index + 1] ?? '' }] : []))
      // Our own git runs without hooks; that is no setting of anybody's.
      .filter(({ scope }) => scope !== 'command')
  )
}

/** Sets core.hooksPath for this worktree alone, where the repository keeps such settings. */
export async function pinHooks(worktree: string, hooks: string): Promise<void> {
  await runGit(['config', '--worktree', 'core.hooksPath', hooks], {
    cwd: worktree,
    op: 'set where the hooks are',
  })
}

/** Writes the list of all sessions and has the repository include it. `last`: the line is moved to the end, below
 *  whatever was written there since. Under the registry's lock. */
export async function activate(repo: Repository, { last = false } = {}): Promise<void> {
  const paths = guardPaths(stateFolder(repo), { run: '', piece: '' })
  await writeChanged(paths.list, configList(await allNames(paths.folder)))
  const text = await readFile(configOf(repo), 'utf8')
  if (text.includes(LIST) && !last) return
  if (withoutInclude(text).includes(LIST)) await exclude(repo)
  await editConfig(configOf(repo), (now) => withInclude(withoutInclude(now)))
}

const configOf = ({ commonDir }: Repository): string => join(commonDir, 'config')

/** Takes our lines out, to the byte; if somebody has written them anew in another form, git finds them. */
async function exclude(repo: Repository): Promise<void> {
  await editConfig(configOf(repo), withoutInclude)
  const text = await ignoring(['ENOENT'], readFile(configOf(repo), 'utf8'))
  if (text?.includes(LIST) !== true) return
  await runGit(['config', '--file', configOf(repo), '--fixed-value', '--unset-all', KEY, LIST], {
    cwd: repo.commonDir,
    op: 'take the guards out of the configuration',
    // 5: it is not there.
    ok: [0, 5],
  })
}

/** Takes out of the repository's configuration what no other session needs. Under the registry's lock. */
export async function deactivate(
  repo: Repository,
  session: { readonly run: string; readonly piece: string },
): Promise<void> {
  const paths = guardPaths(stateFolder(repo), session)
  await removeUnfinished(paths.folder, basename(paths.list))
  const own = join(session.run, `${session.piece}.json`)
  // Git passes over a line that leads to nothing; the next session that is given guards writes the list without it.
  if ((await recordFiles(paths.folder)).some((file) => file !== own)) return
  // Also when our lines are not there: an edit that was killed may have left its lock.
  await exclude(repo)
  await rm(paths.list, { force: true })
  await rm(dirname(paths.script), { recursive: true, force: true })
}

/** Takes away what a process that was killed had begun to write of the files whose names begin so. */
export async function removeUnfinished(folder: string, beginning: string): Promise<void> {
  const names = (await ignoring(['ENOENT'], readdir(folder))) ?? []
  const unfinished = names.filter((name) => unfinishedName(name)?.startsWith(beginning))
  for (const name of unfinished) await rm(join(folder, name), { force: true })
}

/** Replaces a file whose content is another. Guards are written anew whenever a session is prepared. */
export async function writeChanged(path: string, text: string): Promise<void> {
  if ((await ignoring(['ENOENT'], readFile(path, 'utf8'))) !== text)
    await writeAtomic(path, text, { lasting: false })
}

async function allNames(folder: string): Promise<readonly GuardName[]> {
  const files = await recordFiles(folder)
  const found = await Promise.all(
    files.map(async (file) => parseGuardName(await readFile(join(folder, file), 'utf8'))),
  )
  return found
    .filter((name) => name !== null)
    .sort((a, b) => (`${a.run}/${a.piece}` < `${b.run}/${b.piece}` ? -1 : 1))
}

/** Records of sessions, relative to the folder of all guards. */
async function recordFiles(folder: string): Promise<readonly string[]> {
  const runs = (await ignoring(['ENOENT'], readdir(folder, { withFileTypes: true }))) ?? []
  const files: string[] = []
  for (const run of runs.filter((entry) => entry.isDirectory())) {
    const names = (await ignoring(['ENOENT'], readdir(join(folder, run.name)))) ?? []
    const records = names.filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    files.push(...records.map((name) => join(run.name, name)))
  }
  return files
}
