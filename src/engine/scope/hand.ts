// Handing a change to the owner of its path. What the session has there already is split off; the owner is told in its
// next prompt, with the reason and the patch.
import type { ScopeOutcomeItem } from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import { typedWords } from '../../contract/shell.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import { importWork } from '../session/box.ts'
import type { SessionSpec } from '../session/spec.ts'
import { liveWorkspace } from '../session/words/folders.ts'
import { choose, requireNumber } from './choose.ts'
import { isAtWork } from './elsewhere.ts'
import { repositoryPaths } from './file.ts'
import { appendSettlement } from './log.ts'
import { byOwner, isAmong, requireAtWork, type OwnedPart, type ScopeMove } from './move.ts'
import { pathsMoved, tellSettled } from './moved.ts'
import { hunksAt, splitOff, type Hunks } from './split.ts'
import { requireUntaken } from './taken.ts'

/**
 * Hands paths to their owners. Throws `E_NO_REQUEST`, `E_SCOPE_UNOWNED`, `E_SCOPE_TAKEN`, `E_OWNER_GONE`, and, where the session has
 * changed them, `E_SESSION_WORKING` while a turn is in flight and `E_SCOPE_DIRTY` while its worktree is not clean.
 */
export async function handScope(
  services: Services,
  name: SessionName,
  { paths, reason }: ScopeMove,
): Promise<readonly ScopeOutcomeItem[]> {
  const session = requireAtWork(services, name)
  const chosen = choose(services, session, repositoryPaths(services, session, paths))
  const parts = chosen.flatMap((one) => byOwner(session, one))
  for (const part of parts) requireOwner(services, session, part)
  const items: ScopeOutcomeItem[] = []
  for (const part of parts) items.push(await handPart(services, session, part, reason))
  if (items.length > 0) await pathsMoved(services, name.run)
  return items
}

function requireOwner(services: Services, session: SessionSpec, { owner, paths }: OwnedPart): string {
  const { run } = session.name
  const grant = {
    text: 'Grant it instead.',
    command: `quintet scope grant ${session.label} ${typedWords(paths)}`,
  }
  // What nobody owns in this run may have its owner in another one, which nothing can be handed to.
  if (owner === null) requireUntaken(services, session, paths)
  if (owner === null || owner === 'operator') {
    const whose = owner === null ? 'to no session' : 'to the operator'
    throw new QuintetError('E_SCOPE_UNOWNED', 'precondition', `${paths.join(', ')} belongs ${whose}.`, {
      hints: [grant],
    })
  }
  if (isAtWork(services, { run, piece: owner })) return owner
  throw new QuintetError(
    'E_OWNER_GONE',
    'precondition',
    `The owner ${owner} of ${paths.join(', ')} has ended.`,
    { hints: [grant] },
  )
}

async function handPart(
  services: Services,
  session: SessionSpec,
  part: OwnedPart,
  reason: string,
): Promise<ScopeOutcomeItem> {
  const { run, piece } = session.name
  const to = requireOwner(services, session, part)
  const hunks = await hunksOf(services, session, part.paths)
  const n = services.store.transaction(() => requireNumber(services, session, { ...part, reason }))
  const patch = hunks === null ? null : await splitOff(services, session, hunks, { to, n })
  const kept = patch === null ? {} : { patch }
  const data = { n, paths: [...part.paths], to, by: 'operator' as const, reason, ...kept }
  appendSettlement(services.store, run, { type: 'scope.handed', data })
  tellSettled(services, { run, piece: to }, { n, next: 'tell' })
  tellSettled(services, { run, piece }, { n, next: hunks === null ? 'tell' : 'judge' })
  return { n, paths: part.paths, outcome: 'handed', owner: to, to, ...kept }
}

/** What the session has there. Throws `E_SESSION_WORKING` when its agent may be writing at this very moment. */
async function hunksOf(
  services: Services,
  session: SessionSpec,
  paths: readonly string[],
): Promise<Hunks | null> {
  const workspace = liveWorkspace(services, session)
  if (workspace === null) return null
  await importWork(services, session)
  const hunks = await hunksAt(services, session, workspace, (path) => isAmong(path, paths))
  if (hunks !== null) requireIdle(services, session)
  return hunks
}

/** The branch is left alone while its agent may be writing to it. */
function requireIdle({ store }: Services, session: SessionSpec): void {
  if (store.claims.claim(session.stream)?.status === 'waiting') return
  const { label } = session
  throw new QuintetError(
    'E_SESSION_WORKING',
    'precondition',
    `The session ${session.label} is in the middle of a turn; its branch is left alone.`,
    {
      hints: [
        { text: 'Wait until it waits or has finished.', command: `quintet session show ${label}` },
        {
          text: 'Or tell it to take the change back itself.',
          command: `quintet session retry ${label} "Take it back"`,
        },
      ],
    },
  )
}
