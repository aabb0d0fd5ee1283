// A run with one session that has ended: its worktree is there, as it was prepared.
import { join } from 'node:path'
import type { CleanItem } from '../../src/contract/api.ts'
import type { LandingProof } from '../../src/contract/facts.ts'
import { cleanUp } from '../../src/engine/clean.ts'
import { sessionSpec } from '../../src/engine/session/spec.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { gitIn, writeFiles } from './repository.ts'
import { piece, stage, type Stage } from './services.ts'

export interface PreparedSession extends Stage {
  readonly workspace: WorkspaceSpec
  /** Of the worktree. */
  readonly path: string
  readonly branch: string
  clean(dryRun?: boolean): Promise<readonly CleanItem[]>
  /** Commits files in the worktree; the commit. */
  commit(files?: Readonly<Record<string, string>>): Promise<string>
  /** Writes down that the branch landed at a tip, and what proved it. */
  recordLanded(tip: string, how?: LandingProof): void
}

/** The session `a` of the run `work-1`, and the other pieces of its plan. Ports are leased below the repository while it
 *  stands. */
export async function preparedSession(
  files: Readonly<Record<string, string>>,
  pieces: Parameters<Stage['run']>[0]['pieces'] = [piece('a')],
): Promise<PreparedSession> {
  const it = await stage(files)
  const before = process.env['XDG_STATE_HOME']
  const top = join(it.repository.path, '..')
  process.env['XDG_STATE_HOME'] = join(top, 'state')
  await it.run({ pieces })
  const session = sessionSpec(it.services, { run: 'work-1', piece: 'a' })
  const workspace: WorkspaceSpec = {
    repo: it.services.repo,
    ...session.name,
    base: await it.repository.git('rev-parse', 'main'),
    path: join(top, 'repo.quintet', 'work-1', 'a'),
    branch: session.branch,
    marker: session.marker,
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    coordinationFolder: '.quintet/session',
    logFile: join(top, 'setup.log'),
    onProgress: () => undefined,
  }
  const { path, branch, base } = workspace
  it.fact(session.stream, 'session.preparing', { path, branch, base })
  await prepareWorkspace(workspace, new AbortController().signal)
  return {
    ...it,
    workspace,
    path,
    branch,
    clean: (dryRun = false) => cleanUp(it.services, { dryRun }, new AbortController().signal),
    commit: async (changed = { 'src/a/two.txt': 'two\n' }) => {
      await writeFiles(path, changed)
      await gitIn(path, 'add', '--all')
      await gitIn(path, 'commit', '-qm', 'work')
      return gitIn(path, 'rev-parse', 'HEAD')
    },
    recordLanded: (tip, how) => {
      const key = `session.landed:${tip}`
      const data = { commit: tip, ...(how === undefined ? {} : { how }) }
      it.services.store.append({ stream: session.stream, key, type: 'session.landed', data })
    },
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env['XDG_STATE_HOME']
      else process.env['XDG_STATE_HOME'] = before
      await it[Symbol.asyncDispose]()
    },
  }
}
