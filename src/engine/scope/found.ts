// What the gate found on a session's branch when it was judged last, before it finished and before it was to land.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'

/** Paths that keep the session from finishing or landing. */
export function blockedPaths(
  { store }: Pick<Services, 'store'>,
  { name, stream }: SessionSpec,
): ReadonlySet<string> {
  let found: readonly { readonly path: string; readonly blocks: boolean }[] = []
  const types = ['evidence.gathered', 'integration.refused']
  for (const event of store.events({ prefix: `${name.run}/`, types })) {
    if (event.type === 'evidence.gathered') {
      if (event.stream === stream) found = v.parse(FACTS['evidence.gathered'], event.data).findings ?? []
      continue
    }
    const refused = v.parse(FACTS['integration.refused'], event.data)
    if (refused.piece === name.piece) found = refused.findings
  }
  return new Set(found.flatMap(({ path, blocks }) => (blocks ? [path] : [])))
}
