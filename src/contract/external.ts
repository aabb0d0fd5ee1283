// Work that is done elsewhere and arrives as a branch: the words that plan, log and command line share.

/** The agent of a piece that is worked on elsewhere; no program is started for it. */
export const EXTERNAL = 'external'

/** What says that external work is complete: a word of the operator, or each commit. */
export const EXTERNAL_DONE = ['manual', 'commit'] as const
export type ExternalDone = (typeof EXTERNAL_DONE)[number]

/** How a branch of somebody else can be found. `absent`: it was never there. `gone`: it was. `empty`: it has no commits of
 *  its own. `unrelated`: no history in common with the base. `rewritten`: it no longer holds what it held. */
export const EXTERNAL_SIGHTS = [
  'absent',
  'gone',
  'unreachable',
  'empty',
  'unrelated',
  'moved',
  'rewritten',
  'same',
] as const
export type ExternalSight = (typeof EXTERNAL_SIGHTS)[number]
