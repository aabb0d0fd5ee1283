// The files of a session's guards, by path and content. All stand below `<state folder>/guards`: the record as JSON and
// as shell, the folder of hooks, the configuration that leads git there, and one list of all sessions. Pure.
import { join } from 'node:path'
import type { GuardName, GuardRecord } from '../../contract/guard.ts'
import { quoted } from '../../contract/shell.ts'
import { certainSpellings, type Spelling } from '../../scope/spelled.ts'

export interface GuardPaths {
  readonly folder: string
  /** Configuration that the repository's includes. */
  readonly list: string
  /** The hook script of all sessions. */
  readonly script: string
  /** Of the session's run. */
  readonly run: string
  readonly record: string
  readonly shell: string
  /** Folder of the session's hooks, which are links to the script; its name tells the script whose they are. */
  readonly hooks: string
  readonly config: string
}

/** Where the guards of a session are. */
export function guardPaths(
  state: string,
  { run, piece }: { readonly run: string; readonly piece: string },
): GuardPaths {
  const folder = join(state, 'guards')
  const base = join(folder, run, piece)
  return {
    folder,
    list: join(folder, 'config'),
    script: join(folder, 'hooks', 'guard'),
    run: join(folder, run),
    record: `${base}.json`,
    shell: `${base}.sh`,
    hooks: `${base}.hooks`,
    config: `${base}.gitconfig`,
  }
}

/** The record for the hook script: variables, and a function that knows the session's own paths by their spelling. */
export function shellRecord(record: GuardRecord): string {
  const [node, program] = record.program
  const variables = {
    branch: record.branch,
    refs: record.refs,
    common: record.commonDir,
    chain: record.theirs.folder,
    outer: record.theirs.outer,
    pinned: record.theirs.pinned ? 'yes' : '',
    node,
    program,
  }
  const own = certainSpellings(record, record.piece).map(shellPattern)
  const nobodys = shellPattern({ kind: 'below', text: `${record.coordinationFolder}/` })
  return [
    ...Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`),
    'owned() {',
    '  case $1 in',
    `  ${nobodys}) return 1 ;;`,
    ...own.map((pattern) => `  ${pattern}) return 0 ;;`),
    '  esac',
    '  return 1',
    '}',
    '',
  ].join('\n')
}

function shellPattern({ kind, text }: Spelling): string {
  if (kind === 'ending') return `*${quoted(text)}`
  return kind === 'below' ? `${quoted(text)}?*` : quoted(text)
}

/** Configuration of one worktree. */
export function sessionConfig({ hooks }: GuardPaths): string {
  return `[core]\n\thooksPath = ${configString(hooks)}\n`
}

/**
 * Configuration of the whole repository while there are sessions: each worktree is led to its own. Packing refs would
 * take away the folder that a session's branch stands in, so nothing is packed on the side.
 */
export function configList(sessions: readonly GuardName[]): string {
  return [
    '# Written by Quintet while sessions have worktrees of this repository, and removed with the last of them.',
    '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false',
    ...sessions.map(({ run, piece, gitDir }) => {
      return `[includeIf "${pathCondition(gitDir)}"]\n\tpath = ${configString(`${run}/${piece}.gitconfig`)}`
    }),
    '',
  ].join('\n')
}

/** A condition that only this folder meets. The name of a section cannot hold a line break: any one character stands for it. */
function pathCondition(folder: string): string {
  const pattern = folder.replaceAll(/[*?[\]\\]/g, String.raw`\$&`).replaceAll('\n', '?')
  return `gitdir:${pattern}`.replaceAll(/["\\]/g, String.raw`\$&`)
}

function configString(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`
}
