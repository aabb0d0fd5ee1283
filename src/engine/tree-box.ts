// The box of everything that runs a worktree's own programs without an agent: set-ups and installations on the work of
// sessions, and the checks of a union. The whole worktree can be written, for its results are judged from outside; of git
// nothing, and of the machine only what a session can write as well.
import { CACHES, NO_HOME, PROGRAM_CACHES, RUN_CACHES } from '../agents/home.ts'
import { boxAvailable, type Box } from '../process/box.ts'
import type { Environment } from '../process/environment.ts'
import { homeFolder } from '../workspace/box/places.ts'
import { ownEnvironment } from '../workspace/dependencies/environment.ts'
import { prepareTreeBox } from '../workspace/box/survey.ts'
import type { SessionName } from './names.ts'
import type { Services } from './services.ts'
import { UNSIGNED } from './session/environment.ts'

export interface TreeBox {
  /** Absent where none can be had. */
  readonly box?: Box
  /** For everything that runs in it. */
  readonly env: Environment
  /** Folder that can be written from inside, at the same path. */
  readonly home: string
}

export interface BoxedTree {
  readonly name: SessionName
  /** The worktree. */
  readonly path: string
  /** What is to be run in it; files among the words are seen wherever they are. */
  readonly commands?: readonly (readonly string[])[]
}

/** Makes the box around a worktree. No process that is not trusted may be at work in it. */
export async function treeBox(
  services: Pick<Services, 'repo' | 'state' | 'config'>,
  { name, path, commands = [] }: BoxedTree,
): Promise<TreeBox> {
  const { repo, state, config } = services
  const home = homeFolder(state, name)
  const own = ownEnvironment({ worktree: path, main: repo.root }, process.env)
  if (!(await boxAvailable()).available) return { env: own, home }
  const { box, env } = await prepareTreeBox({
    repo,
    state,
    ...name,
    path,
    home,
    operator: {
      ...NO_HOME,
      writes: config.home_writes,
      caches: [...CACHES, ...RUN_CACHES],
      programs: PROGRAM_CACHES,
    },
    command: commands.flat(),
  })
  return { box, env: { ...own, ...env, ...UNSIGNED }, home }
}
