// Which folders of a tree an installation serves, as its lock file tells: a dependency folder anywhere else was made by
// somebody or something else. Pure.
import { join } from 'node:path'
import { parseObject, isObject } from './fingerprint.ts'
import type { InstallRoot } from './policy.ts'

/** Folders (relative to the worktree) of the packages that the install of `root` serves; null when its lock file does not tell. */
export function importersOf(
  root: Pick<InstallRoot, 'dir' | 'manager' | 'lock' | 'workspaces'>,
  lock: string,
): ReadonlySet<string> | null {
  const found = root.lock === null ? null : NAMED[root.manager](lock)
  // Without workspaces there is nothing to be told.
  if (found === null) return root.workspaces ? null : new Set([root.dir])
  const inside = found.filter((dir) => dir !== '..' && !dir.startsWith('../') && !dir.startsWith('/'))
  return new Set([root.dir, ...inside.map((dir) => folderBelow(root.dir, utf8(dir)))])
}

/** The folder `dir` of a folder; '' is the worktree itself. */
export function folderBelow(folder: string, dir: string): string {
  const joined = join(folder, dir).replace(/\/$/, '')
  return joined === '.' ? '' : joined
}

/** Files are read with one character for each byte. */
export const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

const NAMED: Readonly<Record<InstallRoot['manager'], (lock: string) => readonly string[] | null>> = {
  npm: (lock) => {
    const packages = parseObject(lock)?.['packages']
    if (!isObject(packages)) return null
    return Object.keys(packages).filter((path) => !path.split('/').includes('node_modules'))
  },
  pnpm: (lock) => {
    const section = /^importers:\n((?:(?:[ ].*)?\n)*)/m.exec(`${lock}\n`)?.[1]
    if (section === undefined) return null
    return [...section.matchAll(/^ {2}(['"]?)([^\s'"].*?)\1:(?: \{\})?$/gm)].map(([, , dir = '']) => dir)
  },
  // Its lock file knows nothing of workspaces.
  'yarn-classic': () => null,
  yarn: (lock) =>
    [...lock.matchAll(/^ {2}resolution: "[^"]*@workspace:([^"]+)"$/gm)].map(([, dir = '']) => dir),
  bun: () => null,
  uv: () => [],
}
