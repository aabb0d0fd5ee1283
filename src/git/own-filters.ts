// Filters that are configured for one worktree alone (config.worktree). Whoever works in a worktree may be able to write
// that file, so the programs it names are not run by us when we look at the files; those of the repository and of the user
// are, for without them every file that they concern (git-lfs) would count as changed.
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { records, runGit } from './run.ts'

const FILTERS = String.raw`^filter\..*\.(clean|smudge|process|required)$`
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR']

/** Variables by which git sees the filters as if the worktree had none of its own; none when that is so anyway. */
export async function withoutOwnFilters(worktree: string): Promise<Readonly<Record<string, string>>> {
  const file = await configFile(worktree)
  const found = await ignoring(ABSENT, stat(file))
  if (found === undefined || found.size === 0) return {}
  const { stdout } = await runGit(['config', '-z', '--show-scope', '--get-regexp', FILTERS], {
    cwd: worktree,
    op: 'read the filters',
    ok: [0, 1],
  })
  return asEnvironment(outerValues(records(stdout)))
}

async function configFile(worktree: string): Promise<string> {
  const link = (await ignoring(ABSENT, readFile(join(worktree, '.git'), 'utf8'))) ?? ''
  const folder = /^gitdir: (.+?)\n*$/s.exec(link)?.[1]
  return join(resolve(worktree, folder ?? '.git'), 'config.worktree')
}

/** What the keys that the worktree sets are without it. Records come in pairs: the scope, then the key with its value. */
function outerValues(parts: readonly string[]): ReadonlyMap<string, string> {
  const outer = new Map<string, string>()
  const own = new Set<string>()
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [key = '', ...value] = (parts[at + 1] ?? '').split('\n')
    if (parts[at] === 'worktree') own.add(key)
    else outer.set(key, value.join('\n'))
  }
  return new Map([...own].map((key) => [key, outer.get(key) ?? '']))
}

function asEnvironment(values: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const all = [...values].flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return values.size === 0 ? {} : Object.fromEntries([['GIT_CONFIG_COUNT', String(values.size)], ...all])
}
