// What the slots of a repository are made like: as the workspaces of sessions are, with no session's name in them.
import { stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { worktreePlace } from '../../workspace/place.ts'
import type { SlotSpec } from '../../workspace/pool/slot.ts'
import type { Services } from '../services.ts'

type SpecServices = Pick<Services, 'repo' | 'state' | 'config'>

/** Stands where the id of a run stands in the paths of sessions; ids of runs end in a number. */
const POOL_RUN = 'pool'
const SETUP_TIMEOUT_MS = 30 * 60_000
const LONGEST_LOG = 1024 ** 2

export interface SlotWish {
  readonly base: string
  readonly setup: readonly string[] | null
  readonly onProgress: (step: string) => void
}

/** What a slot is asked for. */
export async function slotSpec(
  { repo, state, config }: SpecServices,
  { base, setup, onProgress }: SlotWish,
): Promise<SlotSpec> {
  const worktrees = (await listWorktrees(repo)).map(({ path }) => path)
  const { root, commonDir } = repo
  return {
    repo,
    place: (piece) =>
      worktreePlace({ template: config.worktrees, root, commonDir, run: POOL_RUN, piece, worktrees }),
    base,
    env: {},
    portNames: config.ports.names ?? [],
    ...(setup === null ? {} : { setup }),
    setupTimeout: SETUP_TIMEOUT_MS,
    logFile: await logFile(state),
    coordinationFolder: config.coordination_folder,
    gentle: true,
    onProgress,
  }
}

/** The nearest folder that exists above where slots stand: the disk they are on. Throws `E_WORKTREE_TEMPLATE`. */
export async function slotSpace({ repo, config }: Pick<Services, 'repo' | 'config'>): Promise<string> {
  const { root, commonDir } = repo
  const request = { template: config.worktrees, root, commonDir, run: POOL_RUN, piece: 'slot', worktrees: [] }
  let folder = dirname(worktreePlace(request).path)
  while (folder !== '/' && (await ignoring(['ENOENT', 'ENOTDIR'], stat(folder))) === undefined)
    folder = dirname(folder)
  return folder
}

/** What installs and set-ups have printed lately. */
async function logFile(state: string): Promise<string> {
  const path = join(state, 'logs', 'pool.log')
  const found = await ignoring(['ENOENT'], stat(path))
  if (found !== undefined && found.size > LONGEST_LOG) await truncate(path)
  return path
}
