// What stands in the way of a path that is to move: a session at work that owns it in another run, or owns, in any run,
// what some file systems take for it.
import { QuintetError } from '../../contract/errors.ts'
import { alikeOwners } from '../../scope/alike.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { isAtWork, ownerElsewhere, type Holder } from './elsewhere.ts'

/** Who at work has a path that this session cannot be given, and the path; null when nobody has one. */
function takenPath(
  services: Services,
  { name, ownership }: SessionSpec,
  paths: readonly string[],
): { readonly path: string; readonly holder: Holder } | null {
  const elsewhere = ownerElsewhere(services, name.run)
  for (const path of paths) {
    const other = elsewhere(path)
    if (other !== null) return { path, holder: other }
    for (const { piece, name: alike } of alikeOwners(ownership, name.piece, path)) {
      if (isAtWork(services, { run: name.run, piece }))
        return { path, holder: { run: name.run, piece, alike } }
    }
  }
  return null
}

/** Throws `E_SCOPE_TAKEN` when somebody at work has one of the paths, in another run or under another spelling. */
export function requireUntaken(services: Services, session: SessionSpec, paths: readonly string[]): void {
  const taken = takenPath(services, session, paths)
  if (taken === null) return
  const { path, holder } = taken
  const owner = `${holder.run}/${holder.piece}`
  const message =
    holder.alike === null
      ? `The path ${path} belongs to ${owner}, which is still at work.`
      : `Some file systems take ${path} for ${holder.alike}, which belongs to ${owner}, and that is still at work.`
  throw new QuintetError('E_SCOPE_TAKEN', 'precondition', message, {
    hints: [
      { text: 'See how far it is.', command: `quintet status ${holder.run}` },
      { text: 'Or have it make the change.', command: `quintet session retry ${owner} "<what to change>"` },
    ],
  })
}
