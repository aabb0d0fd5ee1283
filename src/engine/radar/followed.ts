// Which sessions the radar follows: those that have a worktree and have neither landed nor been abandoned, told from the
// log. Pure.
import { parseFact } from '../../contract/facts.ts'
import { sessionOfWorkflow, type SessionName } from '../names.ts'

/** The facts that bear on it. */
export const FOLLOWED_BY = [
  'workspace.ready',
  'attempt.started',
  'session.landed',
  'session.abandoned',
  'session.released',
  'turn.ended',
  'integration.landed',
  'run.ended',
  'radar.conflict',
  'radar.cleared',
]

interface Logged {
  readonly stream: string
  readonly type: string
  readonly data: unknown
}

/** What an event of the log means to the radar. */
export type RadarNews =
  | { readonly kind: 'joined'; readonly session: SessionName; readonly path: string }
  /** `boxed`: the kernel keeps it from writing anywhere but in its scope. */
  | { readonly kind: 'held'; readonly session: SessionName; readonly boxed: boolean }
  | { readonly kind: 'left'; readonly session: SessionName }
  | { readonly kind: 'paused'; readonly session: SessionName }
  | { readonly kind: 'target-moved'; readonly run: string }
  | { readonly kind: 'run-ended'; readonly run: string }
  | { readonly kind: 'told'; readonly sessions: readonly [string, string | null]; readonly conflict: boolean }

/** Reads one event; null when it means nothing. */
export function radarNews({ stream, type, data }: Logged): RadarNews | null {
  const fact = parseFact(type, data)
  const run = stream.slice(0, stream.indexOf('/'))
  const session = sessionOfWorkflow(stream)
  switch (fact?.type) {
    case 'workspace.ready':
      return session === null ? null : { kind: 'joined', session, path: fact.data.path }
    case 'attempt.started':
      return session === null ? null : { kind: 'held', session, boxed: fact.data.level === 'enforced' }
    case 'session.landed':
    case 'session.abandoned':
    case 'session.released':
      return session === null ? null : { kind: 'left', session }
    case 'turn.ended':
      return session === null ? null : { kind: 'paused', session }
    case 'integration.landed':
      return { kind: 'target-moved', run }
    case 'run.ended':
      return { kind: 'run-ended', run }
    case 'radar.conflict':
    case 'radar.cleared':
      return { kind: 'told', sessions: fact.data.sessions, conflict: fact.type === 'radar.conflict' }
    default:
      return null
  }
}

/** What these events mean, in their order; of a session that came and went only the end counts. */
export function latestNews(events: readonly (Logged & { readonly seq: number })[]): readonly RadarNews[] {
  const latest = new Map<string, RadarNews>()
  for (const event of events) {
    const news = radarNews(event)
    if (news === null) continue
    if (news.kind === 'joined' || news.kind === 'left') latest.set(labelOf(news.session), news)
    else if (news.kind === 'held') latest.set(`held ${labelOf(news.session)}`, news)
    else latest.set(String(event.seq), news)
  }
  return [...latest.values()]
}

const labelOf = ({ run, piece }: SessionName): string => `${run}/${piece}`
