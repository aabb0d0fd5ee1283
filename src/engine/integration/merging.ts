// How the plan wants branches merged: in which style, and which conflicts are settled without asking.
import { join } from 'node:path'
import { commitTree, OWN_IDENTITY } from '../../git/merge/merge.ts'
import type { RegenerateOptions, Room } from '../../integration/resolve/regenerate.ts'
import { resolveConflict, type Resolution } from '../../integration/resolve/resolve.ts'
import type { StackInput } from '../../integration/stack.ts'
import { INTEGRATION_PLACE } from '../names.ts'
import type { EffectContext } from '../port.ts'
import type { RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { treeBox } from '../tree-box.ts'
import { prepareTree } from './tree.ts'

type MergingServices = Pick<Services, 'repo' | 'state' | 'config'>

/** The plan's part of a stack's input. What a conflict was settled to is kept for the call: a command may answer otherwise
 *  the next time. */
export function mergingOf(
  services: MergingServices,
  run: RunInput,
  effect: EffectContext,
): Required<Pick<StackInput, 'style' | 'resolve' | 'signal'>> {
  const { style = 'merge', auto_resolve: mode = 'safe', generated = [] } = run.plan.integration
  const { repo } = services
  const { signal } = effect
  const name = { run: run.run, piece: INTEGRATION_PLACE }
  const room: Room = (path, command) => treeBox(services, { name, path, commands: [command] })
  const workshop = workshopOf(services, run, effect)
  const known = new Map<string, Promise<Resolution>>()
  const resolve = (ours: string, theirs: string): Promise<Resolution> => {
    const key = `${ours} ${theirs}`
    const found =
      known.get(key) ?? resolveConflict({ repo, ours, theirs, mode, generated, room, workshop, signal })
    known.set(key, found)
    return found
  }
  return { style, resolve, signal }
}

/** The worktree in which unions are checked: nothing is checked while branches are merged. */
function workshopOf(
  services: MergingServices,
  run: RunInput,
  effect: EffectContext,
): NonNullable<RegenerateOptions['workshop']> {
  return async (tree, command) => {
    const commit = await commitTree(services.repo.root, {
      tree,
      parents: [run.base.commit],
      message: 'Generate\n',
      identity: OWN_IDENTITY,
    })
    const logs = join(services.state, 'logs', run.run, 'generate')
    const { path, boxed, broken } = await prepareTree(services, effect, {
      run,
      commit,
      logs,
      commands: [command],
    })
    return { path, commit, broken, env: boxed.env, ...(boxed.box === undefined ? {} : { box: boxed.box }) }
  }
}
