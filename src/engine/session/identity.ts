// Who the commits of an agent with a home folder of its own are by: the operator, as with every other agent. It is said in
// that folder, where everything else that git is told overrules it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { runGit } from '../../git/run.ts'

/** A configuration that git cannot read has a say in everything else, too, and is named there. */
const UNREADABLE = 128

/** Writes the identity that git knows in `worktree` into the home folder, once; does nothing when it knows none. */
export async function bringIdentity(worktree: string, home: string): Promise<void> {
  const name = await setting(worktree, 'user.name')
  const email = await setting(worktree, 'user.email')
  if (name === '' || email === '') return
  const text = `[user]\n\tname = ${quoted(name)}\n\temail = ${quoted(email)}\n`
  // What stands there already, be it a link, is the session's own.
  await ignoring(['EEXIST', 'ENOENT'], writeFile(join(home, '.gitconfig'), text, { flag: 'wx' }))
}

async function setting(cwd: string, key: string): Promise<string> {
  const { stdout } = await runGit(['config', '--get', key], {
    cwd,
    op: `read ${key}`,
    ok: [0, 1, UNREADABLE],
  })
  return stdout.trim()
}

/** As git reads a value. */
const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
