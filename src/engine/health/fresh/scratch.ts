// The scratch workspace of a fresh look: the session's double, under an id that no piece can have and that is another one
// for every look, with a branch, a box, a home, ports and a mark of its own. It is refused where something of that name is
// there already, only what was made for it is taken away, and what a killed daemon has left of one is found by its id.
import { randomBytes } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorData, ignoring, QuintetError } from '../../../contract/errors.ts'
import { isScratch, scratchId } from '../../../contract/scratch.ts'
import type { Workspace } from '../../../contract/session.ts'
import { refValue } from '../../../git/refs.ts'
import { runGit } from '../../../git/run.ts'
import { checkoutFiles } from '../../../git/worktree.ts'
import { discard } from '../../../store/trash.ts'
import { closeBox } from '../../../workspace/box/close.ts'
import { boxFolder, homeFolder } from '../../../workspace/box/places.ts'
import { loadJournal } from '../../../workspace/journal.ts'
import { allJournals } from '../../../workspace/list.ts'
import { prepareWorkspace } from '../../../workspace/prepare.ts'
import { releaseScratch } from '../../../workspace/release.ts'
import type { SessionPlace } from '../../../workspace/spec.ts'
import { branchName, branchRef, type SessionName } from '../../names.ts'
import type { Services } from '../../services.ts'
import { workspaceSpec } from '../../session/prepare.ts'
import { sessionMarker, type SessionSpec } from '../../session/spec.ts'
import { writeFolder } from '../../session/words/folders.ts'
import { treeBox } from '../../tree-box.ts'

export interface Scratch {
  /** The session under another name: the same piece, with places of its own. */
  readonly session: SessionSpec
  readonly workspace: Workspace
}

export interface ScratchRequest {
  readonly session: SessionSpec
  /** What the scratch workspace begins with. */
  readonly commit: string
  /** Eight hexadecimal digits; default: random. */
  readonly unique?: string
}

/** Does `work` in a scratch workspace at `commit` and takes the workspace away again. Throws `E_SCRATCH_TAKEN`, and what
 *  preparing a workspace throws. */
export async function inScratch<T>(
  services: Services,
  { session: original, commit, unique = randomBytes(4).toString('hex') }: ScratchRequest,
  signal: AbortSignal,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const session = doubleOf(services, original, unique)
  const { name } = session
  const asked = await workspaceSpec(services, session, commit)
  // Whatever a session has written, its set-up runs in a box.
  const box = (path: string): ReturnType<typeof treeBox> =>
    treeBox(services, { name, path, commands: [asked.setup ?? []] })
  await requireFree(services, name)
  try {
    await mkdir(session.logs, { recursive: true })
    await mkdir(session.home, { recursive: true })
    const workspace = await prepareWorkspace({ ...asked, box }, signal)
    await writeFolder(services, session, workspace)
    return await work({ session, workspace })
  } finally {
    await takeAway(services, asked)
  }
}

/** Makes the files of a scratch worktree those of its last commit again: what was run in it has left its own behind. */
export async function restoreFiles({ workspace }: Pick<Scratch, 'workspace'>): Promise<void> {
  await checkoutFiles(workspace.path, 'HEAD')
  await runGit(['clean', '-ffdq'], {
    cwd: workspace.path,
    op: 'take away what checks have left',
    writes: 'index',
  })
}

function doubleOf(services: Services, session: SessionSpec, unique: string): SessionSpec {
  const { state, repo } = services
  const name = { run: session.name.run, piece: scratchId(unique) }
  return {
    ...session,
    name,
    label: `${name.run}/${name.piece}`,
    stream: `${name.run}/fresh/${name.piece}`,
    branch: branchName(name),
    marker: sessionMarker(repo.commonDir, name),
    logs: join(session.logs, name.piece.slice(1)),
    home: homeFolder(state, name),
  }
}

async function requireFree({ repo }: Services, name: SessionName): Promise<void> {
  const branch = await refValue(repo, branchRef(name))
  if (branch === null && (await loadJournal({ repo, ...name })) === null) return
  throw new QuintetError(
    'E_SCRATCH_TAKEN',
    'conflict',
    `The scratch workspace ${name.run}/${name.piece} is in use, or was left behind.`,
    { hints: [{ text: 'What was left behind goes when the daemon starts.', command: 'quintet stop' }] },
  )
}

/** Nothing that has no journal was made by the look that asks, apart from its home and its box. */
async function takeAway(services: Services, place: SessionPlace): Promise<void> {
  const { repo, state, announce } = services
  const { run, piece } = place
  if ((await loadJournal(place)) !== null) {
    const outcome = await releaseScratch(place)
    if (outcome.kind !== 'removed') {
      announce(`${run}/${piece}`, `the scratch workspace ${place.path} is left until the daemon starts again`)
      return
    }
  }
  await closeBox(repo, state, { run, piece }, discard)
}

/** Takes away what looks of a killed daemon have left: processes, worktrees, branches, ports. Only before the first look of
 *  this one. What cannot be taken away is told. */
export async function sweepScratches(services: Services): Promise<void> {
  for (const place of await leftPlaces(services)) {
    try {
      await takeAway(services, place)
    } catch (error) {
      const { run, piece } = place
      process.emitWarning(
        `The scratch workspace ${run}/${piece} of an earlier daemon is left: ${errorData(error).message}`,
      )
    }
  }
}

async function leftPlaces({ repo, state, config }: Services): Promise<readonly SessionPlace[]> {
  const journals = (await allJournals(repo)).filter(({ piece }) => isScratch(piece))
  const begun = new Set(journals.map(({ run, piece }) => `${run}/${piece}`))
  const rest = [...(await namesIn(state, homeFolder)), ...(await namesIn(state, boxFolder))]
    .filter(({ run, piece }) => isScratch(piece) && !begun.has(`${run}/${piece}`))
    .map((name) => ({ ...name, path: '', branch: branchName(name) }))
  return [...journals, ...rest].map(({ run, piece, path, branch }) => ({
    repo,
    run,
    piece,
    path,
    branch,
    marker: sessionMarker(repo.commonDir, { run, piece }),
    coordinationFolder: config.coordination_folder,
  }))
}

/** The sessions that have a folder of a kind. */
async function namesIn(
  state: string,
  folder: (state: string, name: SessionName) => string,
): Promise<readonly SessionName[]> {
  const top = folder(state, { run: '', piece: '' })
  const found: SessionName[] = []
  for (const run of (await ignoring(['ENOENT'], readdir(top))) ?? []) {
    const pieces = (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(top, run)))) ?? []
    found.push(...pieces.map((piece) => ({ run, piece })))
  }
  return found
}
