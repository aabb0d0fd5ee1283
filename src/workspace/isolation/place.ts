// The worktree that is looked at, and programs of it that are asked: in the same box as its installation.
import { errorData } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import type { Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { runBoxed } from '../../process/run-boxed.ts'
import type { Marks } from './marks.ts'
import type { Sighting } from './verdict.ts'

export interface Place {
  readonly repo: Repository
  /** The worktree, resolved. */
  readonly cwd: string
  /** What its programs run with. */
  readonly env: Environment
  readonly box?: Box | undefined
  readonly signal: AbortSignal
}

/** The worktree with its marks, among the others of its repository. */
export interface Looking extends Place {
  readonly marks: Marks
  /** All of the repository, the main one first. */
  readonly worktrees: readonly string[]
}

export interface Question {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly input?: string
  /** On top of what the worktree's programs run with. */
  readonly more?: Environment
}

/** `absent`: there is no such program, and so nothing that it could run. `silent`: it is there and did not end well. */
export type Reply =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent' }

/** What one kind of question has shown. */
export interface Looked {
  readonly sightings: readonly Sighting[]
  /** What is not known, a sentence each: with any of these nothing is proven. */
  readonly open: readonly string[]
}

const TIMEOUT_MS = 30_000
/** Of shells, and of scripts that stand for a program of several versions, for what they cannot find. */
const NOT_FOUND = 127

/** What a program prints. */
export async function ask(
  { env, box, signal }: Place,
  { program, args, more, ...options }: Question,
): Promise<Reply> {
  try {
    const result = await runBoxed(program, args, {
      ...options,
      env: { ...env, ...more },
      box,
      signal,
      timeout: TIMEOUT_MS,
    })
    if (result.exitCode === NOT_FOUND) return { kind: 'absent' }
    if (result.exitCode !== 0 || result.truncated) return { kind: 'silent' }
    return { kind: 'said', text: result.stdout.toString('utf8') }
  } catch (error) {
    if (errorData(error).code !== 'E_PROGRAM_MISSING') throw error
    return { kind: 'absent' }
  }
}
