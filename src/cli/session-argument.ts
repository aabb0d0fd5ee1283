// Which session is meant: by its number, its piece, or `<run>/<piece>`.
import { QuintetError } from '../contract/errors.ts'
import type { RunView, SessionView } from '../contract/view.ts'
import type { Repository } from '../git/repository.ts'
import { requireView } from './access.ts'
import { nearest } from '../contract/nearest.ts'

export interface SessionArgument {
  /** Null: the default run. */
  readonly run: string | null
  /** A number or a piece. */
  readonly name: string
}

/** Takes a session argument apart; a piece never contains a slash. */
export function parseSessionArgument(text: string): SessionArgument {
  const slash = text.lastIndexOf('/')
  return slash === -1 ? { run: null, name: text } : { run: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** The session of `view` with this number or piece. Throws `E_NO_SESSION` naming the nearest. */
export function findSession(view: Pick<RunView, 'run' | 'sessions'>, name: string): SessionView {
  const found = view.sessions.find(({ piece, number }) => piece === name || String(number) === name)
  if (found !== undefined) return found
  const meant = nearest(
    name,
    view.sessions.map(({ piece }) => piece),
  )
  const known = view.sessions.map(({ number, piece }) => `${number} ${piece}`).join(', ')
  throw new QuintetError(
    'E_NO_SESSION',
    'usage',
    `Run ${view.run} has no session ${name}; it has ${known}.`,
    {
      hints: [
        meant === null
          ? { text: 'See the sessions.', command: `quintet session list ${view.run}` }
          : { text: `Did you mean ${meant}?`, command: `quintet session show ${meant}` },
      ],
    },
  )
}

/** The session that `text` means, with its run. Throws `E_NO_RUN`, `E_NO_SESSION`. */
export async function loadSession(
  repo: Repository,
  text: string,
): Promise<{ readonly view: RunView; readonly session: SessionView }> {
  const { run, name } = parseSessionArgument(text)
  const view = await requireView(repo, run ?? undefined)
  return { view, session: findSession(view, name) }
}
