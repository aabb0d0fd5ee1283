// What the conflict radar shows: which working sessions will collide, where, and what can be done.

/** `same-file`: both change a file, in places that merge. `predicted`: changed lines touch or overlap. `confirmed`: git's
 *  own merge of the two conflicts. A pair that is not listed is clear. */
export type RadarState = 'same-file' | 'predicted' | 'confirmed'

/** Lines of a file as one side has them. */
export interface RadarLines {
  /** Number of the first line, from 1. */
  readonly first: number
  /** Without line ends; cut where there are too many. */
  readonly lines: readonly string[]
  readonly more: number
}

export interface RadarPlace {
  readonly path: string
  /** What is in the way, half a sentence. */
  readonly why: string
  /** Absent where it is not about lines: what the base has there, and what each side makes of it. */
  readonly base?: RadarLines
  readonly left?: RadarLines
  readonly right?: RadarLines
}

/** A way out, with the command that takes it. */
export interface RadarAdvice {
  readonly what: 'tell-both' | 'serialise' | 'move-path' | 'merge-first'
  readonly text: string
  readonly command: string
}

export interface RadarPair {
  /** Sessions, `<run>/<piece>`; the second is null for the target. */
  readonly sessions: readonly [string, string | null]
  readonly state: RadarState
  /** Files in which git's merge conflicts; empty unless confirmed. */
  readonly files: readonly string[]
  readonly places: readonly RadarPlace[]
  /** Empty unless a conflict is ahead. */
  readonly advice: readonly RadarAdvice[]
}

/** How the files of a session are followed, beside what its agent says of them. */
export interface SessionWatching {
  /** `watched`: the kernel tells of all that it can write. `polled`: what the kernel does not tell of is looked at now and
   *  then. */
  readonly how: 'watched' | 'polled'
  /** Folders that are watched. */
  readonly folders: number
  /** Seconds until what is not watched is looked at again; absent where everything is watched. */
  readonly everyS?: number
  /** Why not everything is watched, a sentence; absent where it is. */
  readonly why?: string
}

/** What the daemon has of the kernel's watches, and which session has what of them. */
export interface WatchingView {
  /** That it may set, and that it has set; null before the first. */
  readonly limit: number | null
  readonly taken: number
  /** What the limit was reckoned from; absent where the system has none. */
  readonly basis?: string
  /** How often events may have been lost, after which everything was read. */
  readonly overflows: number
  readonly sessions: readonly { readonly session: string; readonly watching: SessionWatching }[]
}

export interface RadarSession {
  readonly session: string
  readonly number: number
  readonly title: string
  /** The first line of its brief. */
  readonly intent: string
  /** Files that it has changed, committed or not. */
  readonly files: number
  /** `tools`: by what its agent says that it does. `watch`: its folders are watched as well. `reading`: read just now. */
  readonly source: 'tools' | 'watch' | 'reading'
  /** Why it is followed less closely than it could be; absent when it is not. */
  readonly gap?: string
  /** Absent where its files were only read just now. */
  readonly watching?: SessionWatching
  /** When the whole worktree was read last. */
  readonly read: number | null
}

/** What one session has changed and another one uses: the two merge, and may break each other. */
export interface RadarWarning {
  /** `api`: it is not there any more as it was. `behaviour`: it may do something else, for information only. */
  readonly kind: 'api' | 'behaviour'
  readonly change: 'removed' | 'renamed' | 'signature' | 'behaviour'
  /** The session that changes it, and the one that uses it; null: what has come to the target since the other left it. */
  readonly by: string | null
  readonly used: string | null
  readonly symbol: string
  /** What it is called now, where it was renamed. */
  readonly now?: string
  /** Where it was defined before. */
  readonly path: string
  readonly line: number
  /** As the second session has it; `fresh`: on a line that it has written or changed. */
  readonly uses: readonly { readonly path: string; readonly line: number; readonly fresh: boolean }[]
  /** Uses beyond those listed. */
  readonly more: number
  /** `grep`: found by the look of lines; a name in a text or a comment counts too. */
  readonly basis: 'parsed' | 'grep'
}

/** The early warning about committed work; it reads names, and resolves none as a compiler does. */
export interface RadarSemantic {
  /** `api` first. */
  readonly warnings: readonly RadarWarning[]
  /** Warnings beyond those listed. */
  readonly more: number
  /** Endings of changed files that were read by the look of their lines only, such as `.py`. */
  readonly byLines: readonly string[]
  /** What was not read, and why; null for the target. */
  readonly gaps: readonly { readonly session: string | null; readonly why: string }[]
}

export interface RadarView {
  readonly run: string
  /** Branch that everything is to land on, and the commit that all changes are compared with. */
  readonly target: string
  readonly base: string
  readonly sessions: readonly RadarSession[]
  /** Conflicts first. */
  readonly pairs: readonly RadarPair[]
  readonly semantic: RadarSemantic
}

/** A conflict between two sessions, or of one with the target, as the log has it. */
export interface ConflictView {
  readonly sessions: readonly [string, string | null]
  readonly files: readonly string[]
  readonly since: number
}
