// Filing a scope request. What is free is granted at once where the plan says so; everything else is left to the
// operator. Whoever asks twice for the same gets the same answer.
import { existsSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import type { RequestPolicy, RequestWay } from '../../contract/scope.ts'
import { plainPath, sortRequest, type RequestPart } from '../../scope/request.ts'
import type { SessionName } from '../names.ts'
import type { Services } from '../services.ts'
import { sessionSpec, type SessionSpec } from '../session/spec.ts'
import { liveWorkspace } from '../session/words/folders.ts'
import { isAtWork, ownerElsewhere } from './elsewhere.ts'
import { appendRequest, appendSettlement, requestsOf, restateRequest, type LoggedRequest } from './log.ts'
import { pathsMoved, tellSettled } from './moved.ts'

export interface Filing {
  readonly paths: readonly string[]
  readonly reason: string
  readonly via: RequestWay
}

/** What became of some of the paths that were asked for. */
export interface Filed {
  /** Number of the request; null when none was needed. */
  readonly n: number | null
  readonly paths: readonly string[]
  readonly outcome: 'own' | 'granted' | 'open' | 'refused' | 'handed'
  /** Who owned them; null for nobody. */
  readonly owner: string | null
  /** One sentence. */
  readonly why: string
}

const MAX_PATHS = 50
const MAX_OPEN = 20
/** Each grant may be worth a turn, and turns cost money. */
const MAX_ALL = 200
const MAX_REASON = 1_000

/** Files a request for paths as an agent writes them. Throws `E_SCOPE_REQUEST` when it asks for nothing or too much. */
export async function fileRequest(
  services: Services,
  name: SessionName,
  filing: Filing,
): Promise<readonly Filed[]> {
  const session = sessionSpec(services, name)
  const paths = repositoryPaths(services, session, filing.paths)
  const reason = filing.reason.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_REASON)
  const filed = services.store.transaction(() => {
    requireModest(services, session, paths)
    return fileParts(services, session, { ...filing, paths, reason })
  })
  const moved = filed.filter(({ outcome }) => outcome === 'granted' || outcome === 'handed')
  if (moved.length > 0) await pathsMoved(services, name.run)
  for (const { n, outcome, owner } of moved) {
    if (n !== null && owner !== null && outcome === 'handed')
      tellSettled(services, { run: name.run, piece: owner }, { n, next: 'tell' })
  }
  return filed
}

/** Files a request that nobody waits for the answer to: what cannot be filed is announced and goes no further. */
export async function fileOrAnnounce(
  services: Services,
  { name, label }: SessionSpec,
  filing: Filing,
): Promise<void> {
  try {
    await fileRequest(services, name, filing)
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    services.announce(label, `the scope request was not filed: ${error.message}`)
  }
}

function requireModest(services: Services, { name }: SessionSpec, paths: readonly string[]): void {
  const own = requestsOf(services.store, name.run).filter(({ piece }) => piece === name.piece)
  const open = own.filter(({ state }) => state === 'open')
  const why =
    paths.length === 0
      ? 'The request names no path.'
      : paths.length > MAX_PATHS
        ? `The request names more than ${MAX_PATHS} paths; ask for a folder with a slash at its end.`
        : open.length >= MAX_OPEN
          ? `${MAX_OPEN} requests of this session are open already.`
          : own.length >= MAX_ALL
            ? `This session has made ${MAX_ALL} requests; its scope was cut in the wrong place.`
            : null
  if (why !== null) throw new QuintetError('E_SCOPE_REQUEST', 'usage', why)
}

function fileParts(services: Services, session: SessionSpec, filing: Filing): readonly Filed[] {
  const { run, name, ownership } = session
  const elsewhere = ownerElsewhere(services, name.run)
  const parts = sortRequest(ownership, name.piece, filing.paths, {
    policy: policyFor(run.plan.scope_requests ?? services.config.scope_requests ?? 'auto-free', filing.via),
    ended: (piece) => !isAtWork(services, { run: name.run, piece }),
    obstacle: (path) => {
      const owner = elsewhere(path)
      if (owner === null) return null
      const what = owner.alike === null ? 'It' : `Some file systems take it for ${owner.alike}, which`
      return `${what} belongs to ${owner.run}/${owner.piece}, of another run.`
    },
  })
  return parts.map((part) => filePart(services, session, filing, part))
}

/** A write that was merely tried gives its owner nothing to go by. */
function policyFor(policy: RequestPolicy, via: RequestWay): RequestPolicy {
  return policy === 'hand' && via === 'permission' ? 'auto-free' : policy
}

function filePart(services: Services, session: SessionSpec, filing: Filing, part: RequestPart): Filed {
  const { paths } = part
  if (part.kind === 'own') {
    return { n: null, paths, outcome: 'own', owner: session.name.piece, why: 'The session may write it.' }
  }
  const owner = part.kind === 'asked' || part.kind === 'handed' ? part.owner : null
  const earlier = earlierRequest(services, session, filing, paths)
  const { run, piece } = session.name
  const { reason, via } = filing
  const asked = { session: piece, paths: [...paths], reason, via, owner }
  if (earlier !== undefined) {
    // What was merely tried is waited for from the moment it is asked for.
    if (earlier.state === 'open' && earlier.via === 'permission' && via !== 'permission')
      restateRequest(services.store, run, { n: earlier.n, ...asked })
    return { ...answerOf(earlier), owner: earlier.settled?.to ?? owner }
  }
  const n = appendRequest(services.store, run, asked)
  const { outcome, why } = settle(services, session, { n, part })
  return { n, paths, outcome, owner, why }
}

/** What is decided at once. */
function settle(
  { store }: Services,
  { name }: SessionSpec,
  { n, part }: { readonly n: number; readonly part: Exclude<RequestPart, { kind: 'own' }> },
): Pick<Filed, 'outcome' | 'why'> {
  const { run, piece } = name
  const common = { n, paths: [...part.paths], by: 'policy' as const }
  switch (part.kind) {
    case 'free': {
      const why = part.from === null ? 'Nobody owns it.' : `Its owner ${part.from} has ended.`
      const data = { ...common, to: piece, from: part.from, reason: why }
      appendSettlement(store, run, { type: 'scope.granted', data })
      return { outcome: 'granted', why }
    }
    case 'handed': {
      const why = 'The plan leaves such changes to the owner.'
      appendSettlement(store, run, { type: 'scope.handed', data: { ...common, to: part.owner, reason: why } })
      return { outcome: 'handed', why }
    }
    case 'forbidden':
      appendSettlement(store, run, { type: 'scope.refused', data: { ...common, reason: part.why } })
      return { outcome: 'refused', why: part.why }
    case 'asked':
      return { outcome: 'open', why: part.why }
  }
}

/** The same request as it stands: a report that is read again, or a tool that is tried again, is no new request. */
function earlierRequest(
  { store }: Services,
  { name }: SessionSpec,
  { reason, via }: Filing,
  paths: readonly string[],
): LoggedRequest | undefined {
  const same = (other: LoggedRequest): boolean =>
    other.piece === name.piece && [...other.paths].sort().join('\0') === [...paths].sort().join('\0')
  return requestsOf(store, name.run).findLast(
    (other) =>
      same(other) &&
      (other.state === 'open' || (other.state !== 'granted' && (via !== 'mcp' || other.reason === reason))),
  )
}

function answerOf({ n, paths, state, settled }: LoggedRequest): Omit<Filed, 'owner'> {
  return {
    n,
    paths,
    outcome: state,
    why: settled?.reason ?? 'The operator has been asked and has not decided yet.',
  }
}

/** Paths relative to the repository root, however they were written: absolute in the worktree or in the repository, or
 *  anchored by a slash. A folder that is there gets its slash. Nothing is trimmed: a space is part of a name. */
export function repositoryPaths(
  services: Services,
  session: SessionSpec,
  paths: readonly string[],
): readonly string[] {
  const top = services.repo.root
  const root = liveWorkspace(services, session)?.path ?? top
  const plain = paths
    .map((path) => plainPath(withoutRoot(path, root === top ? [top] : [root, top])))
    .filter((path) => path !== '')
  return [...new Set(plain.map((path) => (isFolder(join(root, path)) ? `${path}/` : path)))].map(plainPath)
}

function withoutRoot(path: string, roots: readonly [string, ...string[]]): string {
  if (!isAbsolute(path)) return path
  const root = roots.find((above) => path.startsWith(`${above}/`))
  if (root !== undefined) return path.slice(root.length + 1)
  // Scopes are written with a leading slash, and so are paths after their example.
  const top = path.split('/')[1] ?? ''
  return top !== '' && existsSync(join(roots[0], top)) ? path.slice(1) : path
}

function isFolder(path: string): boolean {
  return !path.includes('\0') && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
