// What an external session does about what it sees of the branch and what was found in it. Pure.
import type { ExternalSight } from '../../../contract/external.ts'
import type { Evidence } from '../../../contract/session.ts'
import { missingEvidence, missingSummary } from '../../../coordination/evidence.ts'
import type { BranchReading } from '../../../git/branch-name.ts'

/** What is known of the branch. */
export interface Known {
  /** The commit that was there last; null before the first. */
  readonly looked: string | null
  /** The commit that was taken for the work last; null before the first. */
  readonly taken: string | null
  /** How it was found last. */
  readonly sight: ExternalSight | null
  readonly standing: 'working' | 'waiting' | 'finished'
}

/** `adopt`: take the commit for the work. `judge`: the same commit is there again. `tell`: write down how it was found;
 *  `wait`: and ask the operator. */
export type AfterReading =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'adopt'; readonly commit: string }
  | { readonly kind: 'judge' }
  | { readonly kind: 'tell'; readonly sight: ExternalSight; readonly text: string; readonly wait: boolean }

/** What follows from how the branch was found. */
export function afterReading(reading: BranchReading, known: Known, branch: string): AfterReading {
  const { looked, sight, standing } = known
  if (reading.kind === 'unreachable') {
    if (sight === 'unreachable') return { kind: 'nothing' }
    const text = `${branch} cannot be looked at; it is tried again by itself: ${reading.why}`
    return { kind: 'tell', sight: 'unreachable', text, wait: false }
  }
  if (reading.kind === 'absent') return afterAbsence(known, branch)
  if (reading.commit !== looked) return { kind: 'adopt', commit: reading.commit }
  if (sight === 'gone' && standing === 'waiting') return { kind: 'judge' }
  if (sight === 'unreachable' || sight === 'gone')
    return { kind: 'tell', sight: 'same', text: `${branch} is there, at the same commit.`, wait: false }
  return { kind: 'nothing' }
}

function afterAbsence({ taken, sight, standing }: Known, branch: string): AfterReading {
  if (taken === null) {
    if (sight === 'absent') return { kind: 'nothing' }
    return {
      kind: 'tell',
      sight: 'absent',
      text: `Waits for ${branch}, which is not there yet.`,
      wait: false,
    }
  }
  if (sight === 'gone') return { kind: 'nothing' }
  const text = `${branch} is gone; the commits that it had are kept here.`
  // Branches are often deleted once their work is taken.
  return { kind: 'tell', sight: 'gone', text, wait: standing === 'working' }
}

export interface Judgement {
  readonly branch: string
  readonly piece: string
  /** Names of the piece's checks. */
  readonly required: readonly string[]
  /** Somebody says that the work is complete. */
  readonly claimed: boolean
  /** Something has to be told before it may finish. */
  readonly news: boolean
}

export type AfterJudging =
  | { readonly kind: 'finish' }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'listen'; readonly text: string }

/** What follows from the evidence. Before somebody says that the work is complete only what it may not change matters. */
export function afterJudging(evidence: Evidence, { branch, piece, ...judged }: Judgement): AfterJudging {
  const { required, claimed, news } = judged
  if (news) return { kind: 'wait', reason: 'Work was handed to it; see quintet session prompt.' }
  const all = missingEvidence(evidence, claimed ? required : [])
  const missing = claimed ? all : all.filter(({ kind }) => kind === 'out-of-scope' || kind === 'finding')
  if (missing.length > 0) {
    const reason = `${branch} is not ${claimed ? 'done' : 'in order'} yet: ${missingSummary(missing)}.`
    return { kind: 'wait', reason: `${reason} New commits there are judged by themselves.` }
  }
  if (claimed) return { kind: 'finish' }
  const commits = evidence.commits === 1 ? '1 commit' : `${evidence.commits} commits`
  const text = `${commits} on ${branch}; \`quintet session done ${piece}\` says that the work is complete.`
  return { kind: 'listen', text }
}
