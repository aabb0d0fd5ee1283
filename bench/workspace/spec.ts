// What a session of a run asks of its workspace, as a run asks it: guards of a plan of twenty pieces included.
import { join } from 'node:path'
import type { GuardSpec } from '../../src/contract/guard.ts'
import type { Repository } from '../../src/git/repository.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { HOOK_PROGRAM } from '../scope/session.ts'

const PIECES = 20

/** A repository, the commit every worktree stands at, and the folder they stand in. */
export interface Place {
  readonly repo: Repository
  readonly commit: string
  readonly worktrees: string
}

/** The workspace of one piece of the run `bench-1`. */
export function workspaceSpec({ repo, commit, worktrees }: Place, piece: string): WorkspaceSpec {
  return {
    repo,
    run: 'bench-1',
    piece,
    path: join(worktrees, piece),
    branch: `quintet/bench-1/${piece}/work`,
    marker: `bench/bench-1/${piece}`,
    coordinationFolder: '.quintet/session',
    base: commit,
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    logFile: join(worktrees, `${piece}.log`),
    guard: guardSpec(piece),
    onProgress: () => undefined,
  }
}

/** Each piece has a folder of its own. */
function guardSpec(piece: string): GuardSpec {
  const refs = `refs/heads/quintet/bench-1/${piece}/`
  return {
    branch: `${refs}work`,
    refs,
    pieces: Array.from({ length: PIECES }, (_, index) => ({
      id: `piece-${index + 1}`,
      title: `Piece ${index + 1}`,
      scope: { include: [`packages/p${index + 1}/`, `docs/${index + 1}-*.md`], exclude: [] },
    })),
    shared: [],
    grants: [],
    coordinationFolder: '.quintet/session',
    ignoreCase: false,
    writable: [],
    ask: [],
    program: [process.execPath, HOOK_PROGRAM],
  }
}
