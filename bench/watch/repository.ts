// A repository of very many small folders, as that of babel with its fixtures is, and worktrees of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../scratch.ts'

export interface FolderedRepository {
  readonly path: string
  readonly base: string
  readonly files: readonly string[]
  /** Folders that hold everything, the same number for each owner. */
  readonly areas: readonly string[]
}

const PACKAGES_EACH = 2

/** `files` files in `folders` folders of `areas` equal parts. */
export async function folderedRepository(
  path: string,
  shape: { readonly files: number; readonly folders: number; readonly areas: number },
): Promise<FolderedRepository> {
  await mkdir(path, { recursive: true })
  await git(path, 'init', '--quiet', '--initial-branch=main')
  const packages = shape.areas * PACKAGES_EACH
  const each = Math.ceil(shape.folders / packages)
  const files = Array.from({ length: shape.files }, (_file, index) => {
    const folder = index % shape.folders
    const [area, inside] = [Math.floor(folder / each), folder % each]
    // A fixture stands in a folder of its own, a hundred of them in one above.
    return `packages/p${area}/test/g${Math.floor(inside / 100)}/f${inside}/file${Math.floor(index / shape.folders)}.js`
  })
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: path, stdio: ['pipe', 'ignore', 'inherit'] })
  const write = async (text: string): Promise<void> => {
    if (!child.stdin.write(text)) await once(child.stdin, 'drain')
  }
  await write('commit refs/heads/main\ncommitter Bench <bench@example.invalid> 1700000000 +0000\n')
  await write(`${data('base\n')}\n`)
  for (const [index, file] of files.entries())
    await write(`M 100644 inline ${file}\n${data(`export const value = '${index}'\n`.repeat(8))}\n`)
  child.stdin.end('\n')
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`git fast-import ended with ${String(code)}.`)
  await git(path, 'repack', '-adq')
  const areas = Array.from({ length: packages }, (_area, index) => `packages/p${index}`)
  return { path, base: await git(path, 'rev-parse', 'main'), files, areas }
}

/** Worktrees of it on branches of their own, with what each owns. */
export async function makeWorktrees(
  repository: FolderedRepository,
  {
    count,
    within,
    signal,
  }: { readonly count: number; readonly within: string; readonly signal: AbortSignal },
): Promise<readonly { readonly path: string; readonly owns: readonly string[] }[]> {
  const made = []
  for (let index = 0; index < count; index += 1) {
    signal.throwIfAborted()
    const path = join(within, `w${index}`)
    await git(repository.path, 'worktree', 'add', '--quiet', '--no-track', '-b', `b/${index}`, path, 'main')
    const owns = repository.areas.slice(index * PACKAGES_EACH, (index + 1) * PACKAGES_EACH)
    made.push({ path, owns })
  }
  return made
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}
