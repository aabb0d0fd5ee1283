// What of a plan's piece says that it is worked on elsewhere, and what the log remembers of its branch.
import * as v from 'valibot'
import { EXTERNAL, type ExternalDone } from '../../../contract/external.ts'
import { FACTS } from '../../../contract/facts.ts'
import type { Piece } from '../../../contract/plan.ts'
import { externalPrompt } from '../../../coordination/external.ts'
import type { PromptInput } from '../../../coordination/sections.ts'
import type { Store } from '../../../store/store.ts'
import type { SessionSpec } from '../spec.ts'

/** Whether no agent of ours works on the piece. */
export const isExternal = ({ agent }: Pick<Piece, 'agent'>): boolean => agent === EXTERNAL

/** The branch that the work arrives on, as the plan names it. */
export const externalBranch = ({ piece }: Pick<SessionSpec, 'piece'>): string => piece.branch ?? ''

/** What says that the work is complete. */
export const externalDone = ({ piece }: Pick<SessionSpec, 'piece'>): ExternalDone => piece.done ?? 'manual'

/** The commit of the branch that was taken for the work last; null before the first. */
export function lastTaken(store: Store, stream: string): string | null {
  let tip: string | null = null
  for (const { data } of store.events({ stream, types: ['external.seen'] }))
    tip = v.parse(FACTS['external.seen'], data).tip
  return tip
}

/** What is still to be told to whoever works there: everything since the work was last as it should be. */
function stillToTell(store: Store, stream: string): readonly string[] {
  const told: string[] = []
  const types = ['external.told', 'external.seen', 'session.finished']
  for (const { type, data } of store.events({ stream, types })) {
    if (type === 'external.told') told.push(v.parse(FACTS['external.told'], data).text)
    // What was found in earlier commits may be mended in later ones; that is looked at then.
    else if (type === 'session.finished' || isNews(v.parse(FACTS['external.seen'], data).kind))
      told.length = 0
  }
  return told
}

const isNews = (kind: string): boolean => kind === 'moved' || kind === 'rewritten'

/** The text for whoever does the work, as it is now. */
export function externalWords(
  { store }: { readonly store: Store },
  session: Pick<SessionSpec, 'piece' | 'run' | 'stream'>,
  input: PromptInput,
): string {
  return externalPrompt(input, {
    branch: externalBranch(session),
    target: session.run.target,
    done: externalDone(session),
    told: stillToTell(store, session.stream),
  })
}
