// Whether a session stands still, so that nothing but a word makes it go on, and whether there is anything to look at.
import { parseFact } from '../../contract/facts.ts'
import { resolveCommit } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import type { Store } from '../../store/store.ts'
import { branchRef } from '../names.ts'
import type { SessionSpec } from '../session/spec.ts'

const STOPS = ['session.waiting', 'session.failed', 'session.finished']
const GOES_ON = [
  'session.continued',
  'turn.started',
  'session.preparing',
  'session.landed',
  'session.abandoned',
]

type Standing = 'moving' | 'waiting' | { readonly finished: string }

/** Whether a session waits for a word, or has finished at a commit. */
function standingOf(store: Store, stream: string): Standing {
  let standing: Standing = 'moving'
  for (const { type, data } of store.events({ stream, types: [...STOPS, ...GOES_ON] })) {
    const fact = parseFact(type, data)
    if (fact?.type === 'session.finished') standing = { finished: fact.data.tip }
    else standing = STOPS.includes(type) ? 'waiting' : 'moving'
  }
  return standing
}

/** Whether the session should look at its branch again: one that has finished only where something has changed since. */
export async function mustLook(store: Store, session: SessionSpec, path: string): Promise<boolean> {
  const standing = standingOf(store, session.stream)
  if (typeof standing === 'string') return standing === 'waiting'
  if ((await resolveCommit(path, branchRef(session.name))) !== standing.finished) return true
  return (await status(path)).entries.length > 0
}
