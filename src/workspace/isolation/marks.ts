// Marks in the folders of a worktree's packages: a file with a word that nobody else knows. Where it is read through the
// links of a package manager, the code is the worktree's own. They are taken away again; git overlooks them meanwhile.
import { randomBytes } from 'node:crypto'
import { readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { excludeFromStatus } from '../../git/exclude.ts'
import { ignoredFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import { adminFolder } from '../register.ts'

const MARK = /^\.quintet-mark-[0-9a-f]{16}$/
const MARK_PATTERN = '.quintet-mark-*'
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']

export interface Marks extends AsyncDisposable {
  /** Whether this folder (absolute, resolved) was marked. */
  readonly has: (folder: string) => boolean
  /** Whether the mark is seen in this folder. */
  readonly seenIn: (folder: string) => Promise<boolean>
}

/** Marks these folders, relative to the worktree. Those that lead out of it, or cannot be written, are left out. */
export async function mark(repo: Repository, cwd: string, folders: readonly string[]): Promise<Marks> {
  await excludeFromStatus(repo, [MARK_PATTERN])
  const name = `.quintet-mark-${randomBytes(8).toString('hex')}`
  const word = randomBytes(16).toString('hex')
  const written: string[] = []
  const marked = new Set<string>()
  const note = await noteFile(cwd)
  if (note !== null) await writeFile(note, '')
  const clear = async (): Promise<void> => {
    await Promise.all(written.map((file) => rm(file, { force: true })))
    if (note !== null) await rm(note, { force: true })
  }
  try {
    for (const folder of new Set(folders)) {
      const path = await ignoring(ABSENT, realpath(join(cwd, folder)))
      if (path === undefined || !isBelow(path, cwd)) continue
      written.push(join(path, name))
      const done = writeFile(join(path, name), word, { flag: 'wx' }).then(() => true)
      if ((await ignoring([...ABSENT, 'EROFS', 'EPERM'], done)) === true) marked.add(path)
    }
  } catch (error) {
    await clear()
    throw error
  }
  return {
    has: (folder) => marked.has(folder),
    seenIn: async (folder) =>
      (await ignoring([...ABSENT, 'EISDIR'], readFile(join(folder, name), 'utf8'))) === word,
    [Symbol.asyncDispose]: clear,
  }
}

/** Takes away the marks that a check of this worktree has left when it was killed. */
export async function sweepMarks(cwd: string): Promise<void> {
  const note = await noteFile(cwd)
  if (note === null || (await ignoring(ABSENT, stat(note))) === undefined) return
  for (const path of await ignoredFiles(cwd))
    if (MARK.test(basename(path))) await rm(join(cwd, path), { force: true })
  await rm(note, { force: true })
}

/** Stands in git's folder of the worktree as long as there are marks. */
async function noteFile(cwd: string): Promise<string | null> {
  const admin = await adminFolder(cwd)
  return admin === null ? null : join(admin, 'quintet-marks')
}

/** True for a folder and everything in it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
