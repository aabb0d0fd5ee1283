// What the operator can do about a path outside the scope: grant it, so that it moves, hand the change to the owner, or
// refuse it. A path moves in one event, and only after every live session was asked about it.
import * as v from 'valibot'
import type { ScopeLoss, ScopeOutcomeItem } from '../../contract/api.ts'
import { QuintetError, type Hint } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import { trackedFiles } from '../../git/files.ts'
import { status } from '../../git/status.ts'
import { lossOf } from '../../scope/loss.ts'
import { typedWords } from '../../contract/shell.ts'
import { branchRef, runWorkflowId, type SessionName } from '../names.ts'
import { MERGE } from '../run/milestone.ts'
import type { Services } from '../services.ts'
import { importWork } from '../session/box.ts'
import { sessionSpec, type SessionSpec } from '../session/spec.ts'
import { liveWorkspace } from '../session/words/folders.ts'
import { choose, noRequest, openRequests, requireNumber, type Chosen } from './choose.ts'
import { isAtWork } from './elsewhere.ts'
import { repositoryPaths } from './file.ts'
import { blockedPaths } from './found.ts'
import { branchChanges } from './gate.ts'
import { appendSettlement } from './log.ts'
import { pathsMoved, tellSettled } from './moved.ts'
import { requireUntaken } from './taken.ts'
import { inside } from '../../scope/place.ts'

export interface ScopeMove {
  /** Empty: everything that is open. */
  readonly paths: readonly string[]
  readonly reason: string
}

/**
 * Moves paths to a session. Throws `E_NO_REQUEST`, `E_SESSION_ENDED`, `E_SCOPE_FORBIDDEN`, `E_SCOPE_MIXED`,
 * `E_SCOPE_TAKEN`, `E_SCOPE_IN_USE`; then nothing has moved.
 */
export async function grantScope(
  services: Services,
  name: SessionName,
  { paths, reason }: ScopeMove,
): Promise<readonly ScopeOutcomeItem[]> {
  const session = requireAtWork(services, name)
  const found = blockedPaths(services, session)
  const wanted = repositoryPaths(services, session, paths).map((path) => asFound(path, found))
  const chosen = choose(services, session, wanted)
  const parts = chosen.flatMap((one) => [...byOwner(session, one), ...letThrough(session, one, found)])
  if (parts.length === 0) throw alreadyOwn(session)
  for (const part of parts) await requireMovable(services, session, part)
  const losses = new Map<OwnedPart, ScopeLoss | null>()
  for (const part of parts) losses.set(part, await lossWith(services, session, part))
  const items = services.store.transaction(() => {
    for (const part of parts) {
      requireSameOwner(session, part)
      requireUntaken(services, session, part.paths)
    }
    return parts.map((part) => {
      const loss = losses.get(part) ?? null
      return { ...grantPart(services, session, part, reason), ...(loss === null ? {} : { loss }) }
    })
  })
  await pathsMoved(services, name.run)
  for (const { n } of items) tellSettled(services, name, { n, next: 'judge' })
  if (waitsToLand(services, session)) {
    services.engine().signal(runWorkflowId(name.run), { name: MERGE, data: {} })
  }
  return items
}

/** Refuses open requests of a session; it is told why. Throws `E_NO_REQUEST`. */
export function refuseScope(
  services: Services,
  name: SessionName,
  { paths, reason }: ScopeMove,
): readonly ScopeOutcomeItem[] {
  const session = sessionSpec(services, name)
  const wanted = repositoryPaths(services, session, paths)
  if (openRequests(services, name).length === 0) throw noRequest(session)
  const chosen = choose(services, session, wanted)
  if (chosen.some(({ request }) => request === null)) throw noRequest(session)
  const items = services.store.transaction(() =>
    chosen.map((one): ScopeOutcomeItem => {
      const owner = one.request?.owner ?? null
      const n = requireNumber(services, session, { paths: one.paths, reason, owner })
      appendSettlement(services.store, name.run, {
        type: 'scope.refused',
        data: { n, paths: [...one.paths], reason, by: 'operator' },
      })
      return { n, paths: one.paths, outcome: 'refused', owner }
    }),
  )
  for (const { n } of items) tellSettled(services, name, { n, next: 'tell' })
  return items
}

/** Paths of one request that have the same owner now. */
export interface OwnedPart extends Chosen {
  /** A piece, `operator`, or null for nobody. */
  readonly owner: string | null
}

/** Paths that are the session's own are left out. Throws `E_SCOPE_FORBIDDEN`, `E_SCOPE_MIXED`. */
export function byOwner(session: SessionSpec, { request, paths }: Chosen): readonly OwnedPart[] {
  const parts = new Map<string | null, string[]>()
  for (const path of paths) {
    const owner = ownerNow(session, path)
    if (owner === session.name.piece) continue
    parts.set(owner, [...(parts.get(owner) ?? []), path])
  }
  return [...parts].map(([owner, own]) => ({ request, paths: own, owner }))
}

/** A submodule is a folder on disk, and a path of its own to git and to the gate. */
function asFound(path: string, found: ReadonlySet<string>): string {
  const bare = path.replace(/\/$/, '')
  return found.has(bare) ? bare : path
}

/** Paths of its own that the gate stopped for what they are: granted by name, they are let through. */
function letThrough(
  { name, ownership }: SessionSpec,
  { request, paths }: Chosen,
  found: ReadonlySet<string>,
): readonly OwnedPart[] {
  const own = paths.filter((path) => found.has(path) && ownership.owns(name.piece, inside(path)))
  return own.length === 0 ? [] : [{ request, paths: own, owner: name.piece }]
}

function ownerNow(session: SessionSpec, path: string): string | null {
  const { ownership, name } = session
  const meant = inside(path)
  requireGrantable(session, path, meant)
  const owners = ownership.ownersOf(path)
  if (owners.length === 1 && owners[0] === name.piece && ownership.owns(name.piece, meant)) return name.piece
  const others = owners.filter((other) => other !== name.piece)
  if (others.length <= 1) return others[0] ?? null
  throw new QuintetError(
    'E_SCOPE_MIXED',
    'precondition',
    `Below ${path} are paths of ${others.join(' and ')}.`,
    { hints: [{ text: 'Name the paths one by one.', command: `quintet scope list ${name.run}` }] },
  )
}

/** Also what only some file systems take for a path that nobody may have is nobody's. Throws `E_SCOPE_FORBIDDEN`. */
function requireGrantable({ ownership, label }: SessionSpec, path: string, inside: string): void {
  const isPattern = path.includes('*')
  const owner = isPattern
    ? null
    : [ownership, ownership.folded].map((map) => map.ownerOf(inside)).find(({ kind }) => kind === 'forbidden')
  if (owner === undefined) return
  const why = owner?.kind === 'forbidden' ? owner.why : 'It is a pattern.'
  const hint = isPattern
    ? { text: 'Name a folder, with a slash at its end.', command: `quintet scope grant ${label} <folder>/` }
    : { text: 'Name a path inside of the repository, as git lists it.', command: 'git ls-files' }
  throw new QuintetError('E_SCOPE_FORBIDDEN', 'precondition', `The path ${path} cannot be granted. ${why}`, {
    hints: [hint],
  })
}

/** The session, while it can still use a path. Throws `E_NO_SESSION`, `E_SESSION_ENDED`. */
export function requireAtWork(services: Services, name: SessionName): SessionSpec {
  const session = sessionSpec(services, name)
  if (isAtWork(services, name)) return session
  throw new QuintetError('E_SESSION_ENDED', 'precondition', `The session ${session.label} has ended.`, {
    hints: [{ text: 'See the sessions of the run.', command: `quintet session list ${name.run}` }],
  })
}

async function requireMovable(services: Services, session: SessionSpec, part: OwnedPart): Promise<void> {
  requireUntaken(services, session, part.paths)
  if (part.owner === null || part.owner === 'operator' || part.owner === session.name.piece) return
  const owner = { run: session.name.run, piece: part.owner }
  if (!isAtWork(services, owner)) return
  const used = await usedBy(services, sessionSpec(services, owner), part.paths)
  if (used.length === 0) return
  throw inUse(session, part.owner, used)
}

/** What goes with the folders among the paths; null when their owner is not at work, or it is hardly anything. */
async function lossWith(
  services: Services,
  { name, run, ownership }: SessionSpec,
  { owner, paths }: OwnedPart,
): Promise<ScopeLoss | null> {
  const folders = paths.filter((path) => path.endsWith('/'))
  if (folders.length === 0 || owner === null || owner === 'operator' || owner === name.piece) return null
  if (!isAtWork(services, { run: name.run, piece: owner })) return null
  const tracked = await trackedFiles(services.repo.root, run.base.commit)
  return lossOf(ownership, owner, { folders, tracked })
}

function inUse(session: SessionSpec, owner: string, used: readonly string[]): QuintetError {
  const hints: Hint[] = [
    {
      text: `Let ${owner} make the change.`,
      command: `quintet scope hand ${session.label} ${typedWords(used)}`,
    },
    {
      text: `Or have ${owner} put it back first.`,
      command: `quintet session retry ${session.name.run}/${owner} "Bring ${used.join(' ')} back to the base"`,
    },
  ]
  return new QuintetError(
    'E_SCOPE_IN_USE',
    'conflict',
    `The session ${owner} has changed ${used.join(', ')} already; what it wrote would be lost.`,
    { hints },
  )
}

/** Those of the paths that a live session has changed, committed or not. */
async function usedBy(
  services: Services,
  owner: SessionSpec,
  paths: readonly string[],
): Promise<readonly string[]> {
  const workspace = liveWorkspace(services, owner)
  if (workspace === null) return []
  await importWork(services, owner)
  const [committed, now] = await Promise.all([
    branchChanges(workspace.path, { base: workspace.base, tip: branchRef(owner.name) }),
    status(workspace.path),
  ])
  const changed = new Set([...committed, ...now.entries].map(({ path }) => path))
  return [...changed].filter((path) => isAmong(path, paths))
}

/** Whether a path is one of these, or below one of them that is a folder. */
export function isAmong(path: string, paths: readonly string[]): boolean {
  return paths.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one))
}

/** The map may have changed while git was asked. */
function requireSameOwner(session: SessionSpec, { paths, owner }: OwnedPart): void {
  for (const path of paths) {
    if (ownerNow(session, path) === owner) continue
    throw new QuintetError('E_SCOPE_MOVED', 'conflict', `The path ${path} has moved in this very moment.`, {
      hints: [{ text: 'See where it is.', command: `quintet scope list ${session.name.run}` }],
    })
  }
}

function grantPart(
  services: Services,
  session: SessionSpec,
  part: OwnedPart,
  reason: string,
): ScopeOutcomeItem {
  const { run, piece } = session.name
  const n = requireNumber(services, session, { ...part, reason })
  const from = part.owner === 'operator' || part.owner === piece ? null : part.owner
  const data = { n, paths: [...part.paths], to: piece, from, by: 'operator' as const, reason }
  appendSettlement(services.store, run, { type: 'scope.granted', data })
  return { n, paths: part.paths, outcome: 'granted', owner: part.owner, to: piece }
}

function alreadyOwn({ label }: SessionSpec): QuintetError {
  return new QuintetError(
    'E_NO_REQUEST',
    'precondition',
    `The session ${label} may write all of it already.`,
    {
      hints: [{ text: 'See the requests of the run.', command: 'quintet scope list' }],
    },
  )
}

/** Whether the last integration refused the session as it is: the grant may be all that was missing. */
function waitsToLand({ store }: Services, { name, stream }: SessionSpec): boolean {
  let refused = false
  const types = ['session.finished', 'session.continued', 'session.landed', 'integration.refused']
  for (const event of store.events({ prefix: `${name.run}/`, types })) {
    if (event.type === 'integration.refused') {
      refused ||= v.parse(FACTS['integration.refused'], event.data).piece === name.piece
    } else if (event.stream === stream) refused = false
  }
  return refused
}
