// The parts that the first prompt and context.md share: who may write what, ports, checks, rules. Pure.
import type { Check, Piece, Scope, SharedFile } from '../contract/plan.ts'
import type { ScopeRequest } from '../contract/scope.ts'
import { decisionItem, type Decision } from './decisions.ts'
import { HOW_TO_ASK } from './refusals.ts'
import { code, codeList, commandLine, fence, indented, type Section } from './markdown.ts'

/** Whether the session coordinates through files, and in which folder of its worktree. */
export type Coordination =
  | { readonly on: true; readonly folder: string }
  | { readonly on: false; readonly why: string }

/** The ports of a session: `first` to `first + count - 1`, some of them exported under a name. */
interface PromptPorts {
  readonly first: number
  readonly count: number
  readonly names: Readonly<Record<string, number>>
}

export interface PromptInput {
  readonly goal: string
  readonly piece: Pick<Piece, 'id' | 'title' | 'brief' | 'scope' | 'reads' | 'checks' | 'depends_on'>
  /** The other pieces of the plan; the session's own may be among them and is left out. */
  readonly others: readonly { readonly id: string; readonly title: string; readonly scope: Scope }[]
  readonly shared: readonly SharedFile[]
  readonly ports: PromptPorts
  readonly branch: string
  /** Commit the branch starts from. */
  readonly base: string
  readonly decisions: readonly Decision[]
  /** Requests that were granted, oldest first. */
  readonly moved?: readonly ScopeRequest[]
  readonly coordination: Coordination
  /** Further conditions of this piece, added to what always holds. */
  readonly done?: readonly string[]
  /** What the previous attempt left for this one. */
  readonly handoff?: string
}

/** The exact shape of a status report. */
const STATUS_SHAPE = [
  '## Completed',
  '',
  '- what is done and committed',
  '',
  '## In Progress',
  '',
  '- what is being worked on now',
  '',
  '## Blocked On',
  '',
  '- none',
].join('\n')

export function scopeSection({ piece, shared }: PromptInput): Section {
  const { include, exclude } = piece.scope
  const own = shared.flatMap((file) =>
    file.policy === 'owner' && file.owner === piece.id ? [file.path] : [],
  )
  return {
    title: 'Scope: what this session may write',
    lines: [
      ...(include.length === 0 ? [] : [`- Create, change and delete only: ${codeList(include)}`]),
      ...(exclude.length === 0 ? [] : [`- Except: ${codeList(exclude)}`]),
      ...(own.length === 0 ? [] : [`- Shared files that belong to it: ${codeList(own)}`]),
      ...(piece.reads.length === 0
        ? []
        : [`- Worth reading first (not to be changed): ${codeList(piece.reads)}`]),
      '- Patterns follow gitignore rules, relative to the repository root. Every other path may be read and not written, formatters and generated files included.',
    ],
  }
}

export function ownersSection(input: PromptInput): Section {
  const others = input.others.filter(({ id }) => id !== input.piece.id)
  const owned = others.map(
    ({ id, title, scope }) =>
      `- ${code(id)} (${indented(title, '  ')}): ${codeList(scope.include)}${scope.exclude.length === 0 ? '' : ` except ${codeList(scope.exclude)}`}`,
  )
  const shared = input.shared.map((file) => `- ${code(file.path)}: ${sharedRule(file, input.piece.id)}`)
  return {
    title: 'Who owns the rest',
    lines: [
      ...(owned.length === 0 ? ['No other session works beside this one.'] : owned),
      ...(shared.length === 0 ? [] : ['', 'Shared files:', '', ...shared]),
      '',
      `When the piece needs a change outside its scope: do not make it, not even a small one, and do not build a way around it. Ask for the path first: ${HOW_TO_ASK} (see ${reportTitle(input.coordination)}). Until it is granted, write the code against the repository as it is and finish everything else.`,
    ],
  }
}

function sharedRule(file: SharedFile, self: string): string {
  if (file.policy === 'operator') return 'changed by the operator alone, by no session'
  return file.owner === self ? 'changed by this session alone' : `changed by ${code(file.owner)} alone`
}

export function dependenciesSection({ piece }: PromptInput): Section {
  if (piece.depends_on.length === 0) return { title: '', lines: [] }
  return {
    title: 'Builds on',
    lines: [
      `The finished work of ${codeList(piece.depends_on)} is already part of the base commit. Read it before designing against it.`,
    ],
  }
}

export function branchSection({ branch, base }: PromptInput): Section {
  return {
    title: 'Branch and commits',
    lines: [
      `- This worktree has ${code(branch)} checked out, started from ${code(base)}. Work in this folder and on this branch only.`,
      '- Commit with plain `git add <paths>` and `git commit`, in small steps that each make sense. Uncommitted work does not count.',
      '- Never push, merge, rebase, switch or create branches, rewrite history before the base, run `git stash` or `git worktree` (both are shared by all sessions), or change git configuration and hooks. Integration is done by a program afterwards.',
    ],
  }
}

export function portsSection({ ports }: PromptInput): Section {
  if (ports.count === 0) return { title: '', lines: [] }
  const last = ports.first + ports.count - 1
  const names = Object.entries(ports.names).map(([name, port]) => `${name}=${port}`)
  return {
    title: 'Ports',
    lines: [
      `- Listen only on ${ports.first === last ? `port ${last}` : `ports ${ports.first} to ${last}`}; other sessions run servers and tests at the same time.`,
      ...(names.length === 0
        ? []
        : [`- Set in the environment: ${codeList(names)}. Read them instead of fixed numbers.`]),
      '- Stop every server that was started before the turn ends.',
    ],
  }
}

export function checksSection({ piece }: PromptInput): Section {
  if (piece.checks.length === 0) return { title: '', lines: [] }
  return {
    title: 'Checks',
    lines: [
      ...piece.checks.map((check: Check) => `- ${code(check.name)}: ${code(commandLine(check.run))}`),
      '',
      'They are run from outside on the committed branch, in the root of this worktree. Run them before finishing. Do not weaken a check or a test to make it green.',
    ],
  }
}

export function decisionsSection({ decisions, coordination }: PromptInput): Section {
  const where = coordination.on
    ? `They also stand in ${code(`${coordination.folder}/decisions.md`)}; new ones are announced in a prompt.`
    : 'New ones are announced in a prompt.'
  return {
    title: 'Decisions of the operator',
    lines: [
      `Binding for every session; a later decision replaces an earlier one. ${where}`,
      '',
      ...(decisions.length === 0 ? ['None yet.'] : decisions.map(decisionItem)),
    ],
  }
}

/** How the session reports and asks: through its status file, or, without files, in the last message of a turn. */
export function reportSection({ coordination }: PromptInput): Section {
  return {
    title: 'Status and questions',
    lines: [
      ...(coordination.on ? statusFileRules(coordination.folder) : lastMessageRules(coordination.why)),
      '',
      fence(STATUS_SHAPE, 'markdown'),
      '',
      '- Under "Blocked On" stands only what somebody else has to settle: a question with its options and the one recommended, or a change to a path outside the scope with its owner. Otherwise write `- none`.',
      '- Small matters of taste are settled alone, the way the surrounding code does it. What brief, decisions and code leave open and what would be costly to undo is asked.',
      '- To ask: write the question down, finish everything that does not depend on it, commit, and end the turn. The answer comes as the next prompt. Never wait in a loop.',
    ],
  }
}

function statusFileRules(folder: string): string[] {
  return [
    `Keep ${code(`${folder}/status.md`)} current: when a part is done, when work on another begins, when something blocks. It is never committed. The other sessions' status files are in ${code(`${folder}/status/`)}, to be read only. The file has exactly these three headings:`,
  ]
}

function lastMessageRules(why: string): string[] {
  return [
    `${why} The last message of every turn is the status report instead, under exactly these three headings:`,
  ]
}

function reportTitle(coordination: Coordination): string {
  return coordination.on ? code(`${coordination.folder}/status.md`) : '"Status and questions"'
}

export function doneSection(input: PromptInput): Section {
  const { piece, base, done = [] } = input
  const conditions = [
    'Everything the task asks for is committed and `git status --short` prints nothing.',
    `\`git diff --name-only ${base} HEAD\` names only paths inside the scope.`,
    ...(piece.checks.length === 0
      ? []
      : [`Green on the last commit: ${codeList(piece.checks.map(({ name }) => name))}.`]),
    ...done,
  ]
  return {
    title: 'Done means',
    lines: [
      ...conditions.map((condition, index) => `${index + 1}. ${indented(condition, '   ')}`),
      '',
      'A program verifies this after every turn; saying so is not enough. When it holds, end the turn with a summary of a few lines. When something is missing, the next prompt names it.',
    ],
  }
}

export function handoffSection({ handoff, base }: PromptInput): Section {
  if (handoff === undefined || handoff.trim() === '') return { title: '', lines: [] }
  return {
    title: 'Handoff from the previous attempt',
    lines: [
      `An earlier conversation worked on this piece. Its commits are on the branch (\`git log --oneline ${base}..HEAD\`); trust them over the notes below where the two differ.`,
      '',
      fence(handoff, 'markdown'),
    ],
  }
}
