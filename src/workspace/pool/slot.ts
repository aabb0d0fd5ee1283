// A slot of the warm pool: a worktree that stands ready at its final path before any session wants it, and what is
// written down about it. Pure.
import * as v from 'valibot'
import type { PortBlock } from '../../contract/session.ts'
import type { Repository } from '../../git/repository.ts'
import type { Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'

/** What is going on with a slot. Only a `ready` one is claimed, moved to another base or removed. */
const STATES = ['filling', 'ready', 'advancing', 'claiming', 'removing'] as const
export type SlotState = (typeof STATES)[number]

const Record = v.object({
  version: v.literal(1),
  id: v.string(),
  path: v.string(),
  /** Line for info/exclude when the slot stands inside the main worktree. */
  exclude: v.nullable(v.string()),
  coordinationFolder: v.string(),
  base: v.string(),
  state: v.picklist(STATES),
  /** It was proven clean, and is being changed or taken away since: what is there is not whole. */
  begun: v.boolean(),
  /** Process that is at it; null for one that nobody is at. */
  owner: v.nullable(v.object({ pid: v.number(), startTime: v.string() })),
  /** Why it is not given to a session any more, a sentence: somebody has left something in it. */
  kept: v.nullable(v.string()),
  fingerprint: v.nullable(v.string()),
  dependencies: v.nullable(v.picklist(['nothing', 'copied', 'installed'])),
  /** Hash of what the programs are that installed them. */
  programs: v.nullable(v.string()),
  /** Hash of the main worktree's environment files; null when none are named. */
  includes: v.nullable(v.string()),
  /** Hashes of the names of its dependencies, and of what else git ignores in it, when it became ready; null: not known, or
   *  not as it was made any more, so that it is made again. */
  dependencyNames: v.optional(v.nullable(v.string()), null),
  otherNames: v.optional(v.nullable(v.string()), null),
  /** Of git settings, references and marks that it alone had then; null: not known. */
  settings: v.optional(v.nullable(v.string()), null),
  /** Hash of the set-up command that was run; null when none was. */
  setup: v.nullable(v.string()),
  /** It left processes running, which were ended: a session may need them, so it runs again there. */
  again: v.boolean(),
  portNames: v.array(v.string()),
  unsettled: v.array(v.string()),
  /** On the clock of files; milliseconds since the epoch. */
  readyAt: v.nullable(v.number()),
  filledAt: v.nullable(v.number()),
  /** When all of it was last looked at and found clean. */
  verifiedAt: v.nullable(v.number()),
  /** Hash of what was seen then of the files and folders by which a change shows; see marks.ts. */
  marks: v.nullable(v.string()),
  /** First of its ports. */
  port: v.nullable(v.number()),
  bytes: v.nullable(v.number()),
  /** The session that claims it. */
  claim: v.nullable(v.object({ run: v.string(), piece: v.string(), branch: v.string() })),
})

/** What is kept of a slot in `<state folder>/pool/<id>.json`. */
export type SlotRecord = v.InferOutput<typeof Record>

export interface Slot {
  readonly id: string
  readonly path: string
  /** The commit it stands at. */
  readonly base: string
  readonly state: SlotState
  /** Why it is not given to a session, a sentence; null when it may be. */
  readonly kept: string | null
  /** Of its dependencies; null while it is filled. */
  readonly fingerprint: string | null
  readonly dependencies: 'nothing' | 'copied' | 'installed' | null
  /** Whether the set-up command was run in it to the end: a session need not run it again. */
  readonly setup: boolean
  /** Hash of the set-up command that was run; null when none was. */
  readonly setupHash: string | null
  /** When it became ready, on the clock of files; milliseconds since the epoch. */
  readonly readyAt: number | null
  /** When it was filled, or last moved to another base; milliseconds since the epoch. */
  readonly filledAt: number | null
  /** When all of it was last looked at and found clean; milliseconds since the epoch. */
  readonly verifiedAt: number | null
  readonly ports: PortBlock | null
  /** On disk, when it was filled; null when that could not be measured. */
  readonly bytes: number | null
}

/** What slots are made for: the same as for a session's workspace, as far as no session is named. */
export interface SlotSpec {
  readonly repo: Repository
  /** Where a slot of this id stands; `exclude` is a line for info/exclude (see place.ts). */
  readonly place: (id: string) => { readonly path: string; readonly exclude: string | null }
  /** Commit it stands at. */
  readonly base: string
  /** Added to the environment of installs and of the set-up command, as for a session but for the session's mark. */
  readonly env: Environment
  /** Makes the box that these run in; absent: they are trusted. */
  readonly box?: (path: string) => Promise<{ readonly box?: Box; readonly env: Environment }>
  readonly portNames: readonly string[]
  readonly setup?: readonly string[]
  /** Milliseconds. */
  readonly setupTimeout: number
  readonly logFile: string
  readonly coordinationFolder: string
  /** True: everything that is started has the lowest priority. */
  readonly gentle: boolean
  readonly onProgress: (step: string) => void
}

/** What moving a slot to another base led to. */
export type AdvanceOutcome =
  /** It stood there already, and is clean. */
  | { readonly kind: 'current'; readonly slot: Slot }
  /** `installed`: its dependencies had to be made again. */
  | { readonly kind: 'advanced'; readonly slot: Slot; readonly installed: boolean }
  /** Somebody works in it. */
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  /** Something is in it that it was not filled with: left as it is, and given to no session. `reason` is a sentence. */
  | { readonly kind: 'unclean'; readonly reason: string }
  /** It was claimed or removed meanwhile, or somebody else is at it. */
  | { readonly kind: 'unavailable' }

/** What looking at all of a slot led to. */
export type VerifyOutcome = Extract<AdvanceOutcome, { kind: 'current' | 'busy' | 'unclean' | 'unavailable' }>

/** What removing a slot led to. */
export type SlotRemoval =
  | {
      readonly kind: 'removed'
      /** Reference with commits or changes that were found in it. */
      readonly backup?: string
      /** Folder with ignored files that were found in it. */
      readonly files?: string
      readonly notes: readonly string[]
    }
  | { readonly kind: 'kept'; readonly reason: string }
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  | { readonly kind: 'half'; readonly left: readonly string[] }
  /** It was claimed or removed meanwhile, or somebody else is at it. */
  | { readonly kind: 'unavailable' }

/** What became of a slot that a process had been at which is dead. */
export interface RecoveredSlot {
  readonly id: string
  readonly path: string
  /** `usable`: a ready slot. `claimed`: it is the session's. `removed`: cleared away. `left`: see `reason`. */
  readonly now: 'usable' | 'claimed' | 'removed' | 'left'
  /** A sentence. */
  readonly reason?: string
  /** Reference with commits or changes that were found in what was cleared away, and folder with files. */
  readonly backup?: string
  readonly files?: string
}

/** What the late look at a claimed slot has shown. */
export type ClaimProof =
  | { readonly kind: 'clean' }
  /** Files that were not the session's; they are saved and taken out. */
  | {
      readonly kind: 'restored'
      readonly paths: readonly string[]
      readonly backup: string | null
      readonly files: string | null
    }

/** The record of a slot of which nothing is made yet. */
export function newRecord(
  about: Pick<SlotRecord, 'id' | 'path' | 'exclude' | 'base' | 'coordinationFolder' | 'state' | 'owner'>,
): SlotRecord {
  return {
    ...about,
    version: 1,
    begun: true,
    kept: null,
    fingerprint: null,
    dependencies: null,
    programs: null,
    includes: null,
    dependencyNames: null,
    otherNames: null,
    settings: null,
    setup: null,
    again: false,
    portNames: [],
    unsettled: [],
    readyAt: null,
    filledAt: null,
    verifiedAt: null,
    marks: null,
    port: null,
    bytes: null,
    claim: null,
  }
}

/** Parses a record; null when the text is none. */
export function parseSlot(text: string): SlotRecord | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Record), text)
  return parsed.success ? parsed.output : null
}

/** Whether a word can be the id of a slot. */
export const isSlotId = (word: string): boolean => /^slot-[0-9a-f]{8}$/.test(word)
