// A generated repository with branches that change files of it, made without a checkout.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { git } from '../scratch.ts'

export interface BranchedRepository {
  readonly path: string
  readonly base: string
  readonly branches: readonly { readonly name: string; readonly commit: string }[]
  readonly files: readonly string[]
  readonly text: (file: number) => readonly string[]
}

interface Shape {
  readonly files: number
  readonly branches: number
  /** Files that branch 0 changes; the others change a few. */
  readonly wide: number
}

const FOLDER_FILES = 9
const LINES = 60
const FEW = 10

/** Packages of some 90 files in folders of nine. Each branch changes about ten files of its own area, one in ten of them
 *  also lines of a file that others change; a wide one changes files everywhere. */
export async function branchedRepository(path: string, shape: Shape): Promise<BranchedRepository> {
  await mkdir(path, { recursive: true })
  await git(path, 'init', '--quiet', '--initial-branch=main')
  const files = Array.from({ length: shape.files }, (_file, index) => fileName(index))
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: path, stdio: ['pipe', 'ignore', 'inherit'] })
  const write = async (text: string): Promise<void> => {
    if (!child.stdin.write(text)) await once(child.stdin, 'drain')
  }
  await write(commit('main', 'base'))
  for (const [index, file] of files.entries()) await write(fileRecord(file, lines(index)))
  const names: string[] = []
  for (let branch = 0; branch < shape.branches; branch += 1) {
    const name = `b/${String(branch).padStart(3, '0')}`
    names.push(name)
    await write(`\n${commit(name, name)}from refs/heads/main\n`)
    for (const [file, line] of edits(branch, shape)) {
      const changed = [...lines(file)]
      changed[line] = `branch ${branch} was here`
      await write(fileRecord(files[file] ?? '', changed))
    }
  }
  child.stdin.end('\n')
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`git fast-import ended with ${String(code)}.`)
  await git(path, 'repack', '-adq')
  await git(path, 'commit-graph', 'write', '--reachable')
  const branches = await Promise.all(
    names.map(async (name) => ({ name, commit: await git(path, 'rev-parse', name) })),
  )
  return { path, base: await git(path, 'rev-parse', 'main'), branches, files, text: lines }
}

/** File and line of each edit of a branch. */
function* edits(branch: number, { files, branches, wide }: Shape): Generator<readonly [number, number]> {
  const area = Math.floor(files / branches)
  if (branch === 0 && wide > 0) {
    for (let index = 0; index < wide; index += 1) yield [Math.floor((index * files) / wide), 5 + (index % 50)]
    return
  }
  for (let index = 0; index < FEW; index += 1)
    yield [(branch * area + index * 3) % files, (branch + index * 5) % LINES]
  // A file that all of them touch, far apart, and now and then in the same place.
  if (branch % 5 === 0) yield [1, branch % 10 === 0 ? 30 : 3 + branch]
}

function fileName(index: number): string {
  const folder = Math.floor(index / FOLDER_FILES)
  return `packages/p${Math.floor(folder / 10)}/src/f${folder % 10}/file${index % FOLDER_FILES}.ts`
}

function lines(index: number): readonly string[] {
  return Array.from({ length: LINES }, (_line, line) => `export const value${line} = '${index}-${line}'`)
}

function fileRecord(path: string, text: readonly string[]): string {
  return `M 100644 inline ${path}\n${data(`${text.join('\n')}\n`)}\n`
}

function commit(branch: string, message: string): string {
  return `commit refs/heads/${branch}\ncommitter Bench <bench@example.invalid> 1700000000 +0000\n${data(message)}\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}
