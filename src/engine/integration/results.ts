// What the steps of an integration leave in the log, as it is read back on replay.
import * as v from 'valibot'

const strings = v.array(v.string())
const State = v.object({ commit: v.string(), tree: v.string() })
const Unit = v.object({ check: v.string(), file: v.nullable(v.string()), id: v.nullable(v.string()) })
const RedUnit = v.object({ ...Unit.entries, output: v.string() })

export const StackResult = v.object({
  base: State,
  baseProven: v.boolean(),
  steps: v.array(v.object({ piece: v.string(), state: State })),
  upToDate: strings,
  out: v.array(
    v.variant('kind', [
      v.object({
        kind: v.literal('conflict'),
        piece: v.string(),
        files: strings,
        against: v.nullable(v.string()),
      }),
      v.object({ kind: v.literal('refused'), piece: v.string(), reason: v.string() }),
      v.object({ kind: v.literal('waits'), piece: v.string(), reason: v.string() }),
    ]),
  ),
})

export const CombinedResult = v.nullable(State)

export const FullResult = v.object({
  red: v.array(RedUnit),
  checks: v.array(v.object({ check: v.string(), share: v.number(), after: strings })),
})

export const SelectedResult = v.object({ red: v.array(RedUnit), unseen: v.array(Unit) })

export const LandingResult = v.variant('kind', [
  v.object({ kind: v.literal('landed') }),
  v.object({ kind: v.literal('moved') }),
  v.object({ kind: v.literal('withdrawn'), pieces: strings }),
  v.object({ kind: v.literal('refused'), reason: v.string() }),
])

/** Pieces that went back to their sessions. */
export const HandBackResult = v.object({ back: strings, held: strings })
