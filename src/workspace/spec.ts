// What the workspace functions are asked for. One value per session, made by the engine; nothing here reads or writes.
import type { GuardSpec } from '../contract/guard.ts'
import type { Box } from '../process/box.ts'
import type { Environment } from '../process/environment.ts'
import type { Repository } from '../git/repository.ts'

/** A session's name, and what belongs to it in git and in the process table. */
export interface SessionPlace {
  readonly repo: Repository
  readonly run: string
  readonly piece: string
  /** Absolute path of the worktree. */
  readonly path: string
  /** Branch name without refs/heads/. */
  readonly branch: string
  /** Value of QUINTET_SESSION in the environment of every process of the session. */
  readonly marker: string
  /** Folder of decisions and status files, relative to the worktree; kept out of every diff. */
  readonly coordinationFolder: string
}

export interface WorkspaceSpec extends SessionPlace {
  /** Commit the branch starts from. */
  readonly base: string
  /** Added to the environment of installs and of the setup command. */
  readonly env: Environment
  /** Makes the box that these run in, once the worktree stands at this path; absent: they are trusted. */
  readonly box?: (path: string) => Promise<{ readonly box?: Box; readonly env: Environment }>
  /** Variables that get a port of their own, after PORT. */
  readonly portNames: readonly string[]
  readonly setup?: readonly string[]
  /** Milliseconds. */
  readonly setupTimeout: number
  /** Receives the output of installs and of the setup command, appended. */
  readonly logFile: string
  /** Line for info/exclude when the worktree stands inside the main one; see place.ts. */
  readonly exclude?: string
  /** What git's hooks in the worktree go by; absent: no hooks are set. */
  readonly guard?: GuardSpec
  /** Told what is being done now, one short phrase. */
  readonly onProgress: (step: string) => void
}

/** `<run>/<piece>`. */
export const sessionId = ({ run, piece }: { readonly run: string; readonly piece: string }): string =>
  `${run}/${piece}`

/** Folder of the refs that keep what a session left behind; `<n>` follows. */
export const backupPrefix = (session: { readonly run: string; readonly piece: string }): string =>
  `refs/quintet/backup/${sessionId(session)}/`
