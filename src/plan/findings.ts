// What the check of a plan can find: one table of codes, so that documentation, severities and messages agree. Pure.
import type { Hint } from '../contract/errors.ts'

export type Severity = 'error' | 'warning' | 'info'

/** Every code with its meaning. `E_` refuses the plan, `W_` warns, `I_` informs. */
export const FINDINGS = {
  E_OVERLAP: 'Two scopes hold one path, whether or not it exists yet.',
  E_SCOPE_ESCAPES: 'A pattern leads out of the repository.',
  E_SCOPE_SYMLINK: 'A scope leads through a symbolic link: what is written there lands somewhere else.',
  E_SCOPE_SUBMODULE: 'A scope holds a submodule, whose files belong to another repository.',
  E_SCOPE_EMPTY: 'No path at all can be in the scope.',
  E_PATTERN: 'A pattern can never match, or is not meant as written.',
  E_SHARED_PATH: 'A shared file is not the path of one file inside the repository.',
  E_SHARED_TWICE: 'A path is named as a shared file more than once.',
  E_SHARED_OWNER: 'The owner of a shared file is not a piece of the plan.',
  E_UNOWNED_PATH: 'A brief names a path in backticks that no piece owns or reads.',
  E_PIECE_TWICE: 'Two pieces have the same id.',
  E_PIECE_RESERVED: 'A piece has an id that Quintet needs itself.',
  E_DEPENDS_UNKNOWN: 'A piece depends on an id that is not in the plan.',
  E_DEPENDS_SELF: 'A piece depends on itself.',
  E_CYCLE: 'Pieces depend on each other in a circle.',
  E_CHECK_COMMAND: 'A check or setup command names a program that is not there.',
  E_CHECK_PROGRAM: 'A check needs a package manager or a test runner that is not installed.',
  E_CHECK_TWICE: 'Two checks of one list have the same name.',
  E_AGENT_NONE: 'A piece names no agent and the configuration has no default.',
  E_AGENT_UNKNOWN: 'An agent is neither in the configuration nor built in.',
  E_AGENT_PROGRAM: 'The program of an agent is not installed.',
  E_SCRIPT_MISSING: 'A piece of the scripted agent has no script, or the file is not there.',
  E_SCRIPT_UNUSED: 'A piece has a script but another agent.',
  E_BRANCH_MISSING: 'A piece of the external agent names no branch.',
  E_BRANCH_NAME: 'A branch has a name that git does not allow, or one of those that Quintet makes itself.',
  E_BRANCH_TARGET: 'The branch of an external piece is the target.',
  E_BRANCH_TWICE: 'Two external pieces have the same branch.',
  E_BRANCH_UNUSED: 'A piece has a branch, or says when it is done, but its agent is not the external one.',
  E_BASE_UNKNOWN: 'The base names no commit.',
  E_ENFORCEMENT: 'A piece would run at a lower level than the plan demands.',
  E_TARGET_UNKNOWN: 'The target is not a branch of the repository.',
  W_SESSIONS: 'More than five sessions at once.',
  W_SCOPE_NEW: 'A scope matches no tracked file yet.',
  W_SYMLINK_CROSSES: 'A symbolic link in one scope leads into the scope of another piece.',
  W_OPERATORS: 'A scope names `.quintet/`: what lands there decides how Quintet runs.',
  W_HUB_FILE: 'A file that the work of several pieces is likely to touch has no policy.',
  W_NO_INTEGRATION_CHECKS: 'The merged tree is checked by the checks of its pieces only, or by none.',
  I_HUB_FILES:
    'Files that most changes touch in most projects, above the scopes of several pieces, have no policy.',
  I_SHARED_IN_SCOPES: 'A shared file matches the patterns of scopes; its policy decides.',
  I_UNOWNED_FILES: 'Tracked files that nobody owns; no session may write them.',
} as const

export type FindingCode = keyof typeof FINDINGS

/** One thing found. `piece`: the id of the piece it is about; `path`: the file, link or submodule, where it is about one. */
export interface Finding {
  readonly severity: Severity
  readonly code: FindingCode
  readonly message: string
  readonly piece?: string
  readonly path?: string
  readonly hints: readonly Hint[]
}

/** What is missing on the machine that a check ran on, not in the plan. */
const OF_THE_ENVIRONMENT: ReadonlySet<FindingCode> = new Set([
  'E_AGENT_NONE',
  'E_AGENT_PROGRAM',
  'E_CHECK_PROGRAM',
])

/** Whether a finding says what this machine lacks: on another the same plan passes. */
export function isOfEnvironment({ code }: Pick<Finding, 'code'>): boolean {
  return OF_THE_ENVIRONMENT.has(code)
}

const SEVERITY: Readonly<Record<string, Severity>> = { E: 'error', W: 'warning', I: 'info' }

export interface FindingDetails {
  readonly piece?: string
  readonly path?: string
  readonly hints?: readonly Hint[]
}

/** A finding; its severity follows from the first letter of the code. */
export function finding(code: FindingCode, message: string, details: FindingDetails = {}): Finding {
  return {
    severity: severityOf(code),
    code,
    message,
    ...(details.piece === undefined ? {} : { piece: details.piece }),
    ...(details.path === undefined ? {} : { path: details.path }),
    hints: details.hints ?? [],
  }
}

/** The severity of a code. */
export function severityOf(code: FindingCode): Severity {
  return SEVERITY[code.charAt(0)] ?? 'error'
}

/** Words in quotation marks, as they stand in a plan. */
export function quote(word: string): string {
  return JSON.stringify(word)
}

/** A list as a person writes it: `a, b and c`. */
export function enumerate(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}
