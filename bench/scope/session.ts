// A session to measure: its worktree with hooks, and its box, made as a run makes them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardSpec } from '../../src/contract/guard.ts'
import { openRepository, stateFolder, type Repository } from '../../src/git/repository.ts'
import { boxAvailable, type Box } from '../../src/process/box.ts'
import { ownershipInForce } from '../../src/scope/ownership.ts'
import { prepareBox } from '../../src/workspace/box/survey.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { git } from '../scratch.ts'
import { makeRepository } from '../workspace/repository.ts'

/** What `npm run build` has made: hooks are run with it, not with the sources. */
export const HOOK_PROGRAM = fileURLToPath(new URL('../../dist/agents/guards/hook/main.js', import.meta.url))
const NAME = { run: 'bench-1', piece: 'one' }
const COORDINATION = '.quintet/session'
const PIECES = 50

export interface BenchSession {
  readonly repo: Repository
  /** The worktree. */
  readonly path: string
  /** Folder that is the session's by the spelling of its paths, and an ending that only the map can judge. */
  readonly folder: string
  readonly patterned: string
}

/** A session that owns a folder and a pattern, in a repository of its own. */
export async function benchSession(root: string, files: number, signal: AbortSignal): Promise<BenchSession> {
  const commit = await makeRepository(root, files)
  const repo = await openRepository(root)
  const tracked = await git(root, 'ls-files', 'packages')
  const folder = tracked.split('\n')[0]?.split('/').slice(0, 2).join('/') ?? 'packages'
  const path = `${root}.session`
  await prepareWorkspace(
    {
      repo,
      ...NAME,
      path,
      branch: `quintet/${NAME.run}/${NAME.piece}/work`,
      marker: `bench/${NAME.run}/${NAME.piece}`,
      coordinationFolder: COORDINATION,
      base: commit,
      env: {},
      portNames: [],
      setupTimeout: 60_000,
      logFile: `${root}.log`,
      guard: guardSpec(folder),
      onProgress: () => undefined,
    },
    signal,
  )
  return { repo, path, folder, patterned: 'tools/one-*/x.ts' }
}

/** A record as real sessions have it: a plan of many pieces, of which this one owns a folder and a pattern. */
function guardSpec(folder: string): GuardSpec {
  const branch = `refs/heads/quintet/${NAME.run}/${NAME.piece}`
  const others = Array.from({ length: PIECES - 1 }, (_, index) => ({
    id: `other-${index}`,
    title: `Other ${index}`,
    scope: {
      include: [`/services/s${index}/`, `/docs/s${index}-*.md`, `tests/**/s${index}-*.ts`],
      exclude: ['*.snap'],
    },
  }))
  const own = {
    id: NAME.piece,
    title: 'One',
    scope: { include: [`${folder}/`, 'tools/one-*/'], exclude: [] },
  }
  return {
    branch: `${branch}/work`,
    refs: `${branch}/`,
    pieces: [own, ...others],
    shared: [{ path: 'package.json', policy: 'operator' }],
    grants: [{ paths: ['README.md'], to: NAME.piece, by: 'operator' }],
    coordinationFolder: COORDINATION,
    ignoreCase: false,
    writable: [],
    ask: ['Ask for a path, and say why, with the tool scope_request of the server quintet.'],
    program: [process.execPath, HOOK_PROGRAM],
  }
}

/** Stages a change of one file in the session's worktree. */
export async function stage({ path }: BenchSession, file: string, text: string): Promise<void> {
  await writeFile(join(path, file), text)
  await git(path, 'add', '--', file)
}

/** The box of the session's agent; null where there can be none. */
export async function benchBox(session: BenchSession): Promise<Box | null> {
  if (!(await boxAvailable()).available) return null
  const { repo, path, folder } = session
  const { pieces, shared, coordinationFolder } = guardSpec(folder)
  // A scope that the box holds exactly: folders alone.
  const plan = {
    pieces: pieces.map((piece) => ({ ...piece, scope: { include: [`${folder}/`], exclude: [] } })),
    shared,
  }
  const map = ownershipInForce(plan, [], { coordinationFolder })
  const { box } = await prepareBox({
    repo,
    state: stateFolder(repo),
    ...NAME,
    path,
    base: await git(path, 'rev-parse', 'HEAD'),
    scope: map.scopeOf(NAME.piece),
    owns: (file) => map.owns(NAME.piece, file),
    ignoreCase: false,
    coordinationFolder: null,
    home: `${path}.home`,
    operator: { writes: [], caches: [], own: [], settings: [], programs: [], logins: [], copies: [] },
    network: 'shared',
    command: ['true'],
  })
  return box
}
