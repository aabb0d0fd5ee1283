// Makes generated files again by their own command: those of package managers in a scratch folder with the files of the
// merged tree, which is all that they read; others where the dependencies of that tree are installed. The files are the work
// of sessions, and commands run what they find among them (`.pnpmfile.cjs`, `yarnPath`): so it happens in a box.
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { errorData, ignoring } from '../../contract/errors.ts'
import { writeTreeFiles } from '../../git/merge/conflict.ts'
import { trackedFiles } from '../../git/files.ts'
import { decode } from '../../git/text.ts'
import type { Environment } from '../../process/environment.ts'
import type { Box } from '../../process/box.ts'
import { runBoxed } from '../../process/run-boxed.ts'
import { note, removeUntracked, resetFiles } from '../worktree.ts'
import type { Regeneration } from './generated.ts'

const TIME_LIMIT_MS = 5 * 60_000
const KEPT_OUTPUT = 4_000

/** What a command runs in. */
interface Inside {
  readonly box?: Box
  readonly env: Environment
}

/** Makes what a command runs in, around a folder with the files of sessions. */
export type Room = (folder: string, command: readonly string[]) => Promise<Inside>

/** The integration worktree, at `commit`, which has the tree that was asked for. */
export interface Workshop extends Inside {
  readonly path: string
  readonly commit: string
  /** Why its dependencies are not there; null when they are. */
  readonly broken: string | null
}

export interface RegenerateOptions {
  readonly cwd: string
  /** The merged tree, with everything resolved that is resolved so far; the files to be made as the command is to find them. */
  readonly tree: string
  /** Without it a command in a scratch folder runs as we do. */
  readonly room?: Room
  /** Where a tree stands with its dependencies; absent: there is only the scratch folder. */
  readonly workshop?: (tree: string, command: readonly string[]) => Promise<Workshop>
  readonly signal?: AbortSignal
}

export type Regenerated =
  /** By path; those that it has not written are missing. */
  | { readonly kind: 'texts'; readonly texts: ReadonlyMap<string, string> }
  | { readonly kind: 'failed'; readonly why: string }

/** Runs the command and reads the files that it has written. A command that fails, or is not there, is a value. */
export async function regenerate(
  paths: readonly string[],
  how: Regeneration,
  options: RegenerateOptions,
): Promise<Regenerated> {
  const { tree, workshop } = options
  return how.reads !== undefined || workshop === undefined
    ? inScratch(paths, how, options)
    : inWorktree(paths, how, { ...options, place: await workshop(tree, how.run) })
}

async function inScratch(
  paths: readonly string[],
  how: Regeneration,
  { cwd, tree, room, signal }: RegenerateOptions,
): Promise<Regenerated> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'quintet-generate-')))
  try {
    const { reads } = how
    const read =
      reads === undefined
        ? undefined
        : (await trackedFiles(cwd, tree)).filter((tracked) => reads.has(posix.basename(tracked)))
    await writeTreeFiles(cwd, tree, { folder, ...(read === undefined ? {} : { paths: read }) })
    // A box closes the git folder of a worktree, which has to be there for that.
    await mkdir(join(folder, '.git'))
    const inside = (await room?.(folder, how.run)) ?? { env: {} }
    return await made(paths, how, { folder, ...inside, signal })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the command leaves behind is no find of the operator's, and not there for the next one. */
async function inWorktree(
  paths: readonly string[],
  how: Regeneration,
  { place, signal }: Pick<RegenerateOptions, 'signal'> & { readonly place: Workshop },
): Promise<Regenerated> {
  const { path, commit, broken, ...inside } = place
  if (broken !== null) return { kind: 'failed', why: firstLine(broken) }
  await note(path, null)
  const result = await made(paths, how, { folder: await realpath(path), ...inside, signal })
  await resetFiles(path, commit)
  await removeUntracked(path)
  await note(path, commit)
  return result
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/\.$/, '') ?? ''
}

type Running = Inside & { readonly folder: string; readonly signal: AbortSignal | undefined }

async function made(paths: readonly string[], how: Regeneration, running: Running): Promise<Regenerated> {
  const why = await failureOf(how, running)
  if (why !== null) return { kind: 'failed', why }
  const texts = new Map<string, string>()
  for (const path of paths) {
    const text = await writtenText(running.folder, path)
    if (text !== null) texts.set(path, text)
  }
  return { kind: 'texts', texts }
}

/** Null when there is no such file, or a link that would lead somebody else's here. */
async function writtenText(folder: string, path: string): Promise<string | null> {
  const file = join(folder, path)
  const real = await ignoring(['ENOENT', 'ENOTDIR', 'ELOOP'], realpath(file))
  return real === file ? decode(await readFile(file)) : null
}

async function failureOf(how: Regeneration, { folder, box, env, signal }: Running): Promise<string | null> {
  const [program = '', ...args] = how.run
  try {
    const result = await runBoxed(program, args, {
      cwd: join(folder, how.folder),
      timeout: TIME_LIMIT_MS,
      maxBytes: KEPT_OUTPUT,
      keep: 'tail',
      merged: true,
      env,
      box,
      ...(signal === undefined ? {} : { signal }),
    })
    if (result.timedOut) return `${program} took too long`
    return result.exitCode === 0 ? null : `${how.run.join(' ')} ended with ${result.exitCode}`
  } catch (error) {
    const { code, message } = errorData(error)
    if (code !== 'E_PROGRAM_MISSING' && code !== 'E_SPAWN') throw error
    return message
  }
}
