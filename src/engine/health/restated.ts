// What has to be said again: what a compaction took from a conversation, and what a copy of it or the gates of its handoff
// have shown it not to know. Agents take no prompt while a turn goes on: it begins the next one. Where it binds the agent
// that one is forced, also when the work is done, but once an attempt: an agent may compact in every turn.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { isScopeText } from '../../health/ledger/ledger.ts'
import type { Store } from '../../store/store.ts'
import { lostIn, lostInProbes } from './auto-probe.ts'

const TYPES = ['health.compacted', 'health.gates'] as const
const WATCHED = ['health.compacted', 'health.probed', 'turn.started'] as const

/** The texts to be said, each once, oldest first: of everything since the event `after`. */
export function restatedSince(store: Store, stream: string, after: number): readonly string[] {
  const texts = [...store.events({ stream, types: [...TYPES], after })].flatMap(({ type, data }) =>
    type === 'health.compacted'
      ? (v.parse(FACTS['health.compacted'], data).restated ?? [])
      : (v.parse(FACTS['health.gates'], data).restated ?? []),
  )
  const lost = lostInProbes(store, stream, after).filter((fact) => !texts.some((text) => text.includes(fact)))
  const asked =
    lost.length === 0
      ? []
      : [
          [
            'A copy of this conversation did not know the following, which is still true.',
            ...lost.map((fact) => `- ${fact}`),
          ].join('\n'),
        ]
  return [...new Set([...texts, ...asked])]
}

interface Place {
  readonly attempt: number
  /** Event since which nothing was said to the agent. */
  readonly after: number
}

/** Whether an attempt must not finish before it has heard what is to be said again. */
export function mustRestate(store: Store, stream: string, { attempt, after }: Place): boolean {
  let forced = false
  let binding = false
  for (const { seq, type, data } of store.events({ stream, types: [...WATCHED] })) {
    if (type === 'turn.started') {
      const turn = v.parse(FACTS['turn.started'], data)
      if (turn.attempt === attempt && turn.prompt === 'news' && binding) forced = true
      if (seq <= after) binding = false
    } else if (isBinding(type, data)) binding = true
  }
  return binding && !forced
}

function isBinding(type: string, data: unknown): boolean {
  if (type === 'health.compacted') {
    const { restated, binding } = v.parse(FACTS['health.compacted'], data)
    return restated !== null && binding
  }
  return lostIn(v.parse(FACTS['health.probed'], data)).some((fact) => !isScopeText(fact))
}
