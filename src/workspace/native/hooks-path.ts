// `core.hooksPath` in the configuration that all worktrees share: agents have written it there, and then nobody's hooks
// run, ours among them. Named, never taken back: what the operator has set looks the same.
import { lstat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { listWorktrees } from '../../git/worktree.ts'

/** Why the repository's own `core.hooksPath` looks like something that was left behind; null when it does not, or is not
 *  set. */
export async function strayHooksPath(repo: Repository): Promise<string | null> {
  const { exitCode, stdout } = await runGit(['config', '--local', '--get', 'core.hooksPath'], {
    cwd: repo.commonDir,
    op: 'read the configuration',
    ok: [0, 1],
  })
  const path = stdout.replace(/\n$/, '')
  // A relative path is what a project sets for everybody, such as .husky.
  if (exitCode !== 0 || !isAbsolute(path)) return null
  const said = `core.hooksPath is ${path} for all worktrees`
  const [, ...linked] = await listWorktrees(repo)
  const home = linked.find((one) => path === one.path || path.startsWith(`${one.path}/`))
  if (home !== undefined) return `${said}, which is in the worktree ${home.path}.`
  const there = (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
  return there ? null : `${said}, which is not there: no hook runs.`
}
