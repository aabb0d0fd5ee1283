// The git floor: the only caller of git. This file finds the repository and answers what HEAD and names stand for; the
// other files hold one porcelain each, and run.ts is the funnel they all go through. Nothing here knows what a session is.
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errorData, QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { records, runGit, type GitResult } from './run.ts'

export interface Repository {
  /** The main worktree, resolved. */
  readonly root: string
  /** The folder that all worktrees share, resolved. */
  readonly commonDir: string
  readonly name: string
}

export interface GitVersion {
  readonly major: number
  readonly minor: number
  readonly text: string
}

/** `branch` null: detached. `commit` null: unborn. */
export interface Head {
  readonly branch: string | null
  readonly commit: string | null
}

const OLDEST: Omit<GitVersion, 'text'> = { major: 2, minor: 38 }
const GITLINK = '160000 '
/** `git ls-files` of the largest known repositories. */
const LISTING_BYTES = 512 * 1024 * 1024

/** The version of git on the PATH. Throws `E_GIT_TOO_OLD` below 2.38 and `E_PROGRAM_MISSING`. */
export async function requireGit(): Promise<GitVersion> {
  const { stdout } = await runGit(['version'], { cwd: '/', op: 'tell its version' })
  const version = parseVersion(stdout)
  if (version === null) {
    throw new QuintetError('E_GIT_UNKNOWN', 'environment', 'The program git does not tell its version.', {
      details: { stdout },
      hints: [{ text: 'See which program it is.', command: 'command -v git' }],
    })
  }
  const { major, minor } = version
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return version
  throw new QuintetError(
    'E_GIT_TOO_OLD',
    'environment',
    `Git ${version.text} is too old: ${OLDEST.major}.${OLDEST.minor} or newer is needed.`,
    { hints: [{ text: 'Install a newer git and see that it comes first.', command: 'git version' }] },
  )
}

/** Parses the output of `git version`; null when there is no version in it. */
export function parseVersion(output: string): GitVersion | null {
  const match = /\b(\d+)\.(\d+)[\w.-]*/.exec(output)
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]), text: match[0] }
}

/** The repository that `cwd` is in, seen from any of its worktrees. Throws `E_NOT_A_REPOSITORY`, `E_BARE_REPOSITORY`,
 *  `E_UNSAFE_REPOSITORY` (git distrusts its owner), `E_PATH_NOT_TEXT` or `E_NO_MAIN_WORKTREE`. */
export async function openRepository(cwd: string): Promise<Repository> {
  const commonDir = await requireCommonDir(cwd)
  const settings = await coreSettings(cwd, commonDir)
  if (settings.bare) {
    throw new QuintetError(
      'E_BARE_REPOSITORY',
      'precondition',
      `The repository ${commonDir} is bare: it has no main worktree.`,
      {
        hints: [{ text: 'Clone it and run there.', command: `git clone ${quoted(commonDir)}` }],
      },
    )
  }
  const root = await mainWorktree(cwd, commonDir, settings.worktree)
  return { root, commonDir, name: basename(root) }
}

/** Where Quintet keeps its state of this repository. */
export function stateFolder(repo: Repository): string {
  return join(repo.commonDir, 'quintet')
}

/** The folder `cwd` relative to the top of its worktree, without a trailing slash; '' at the top, and outside of a worktree. */
export async function folderWithin(cwd: string): Promise<string> {
  const found = await runGit(['rev-parse', '--show-prefix'], {
    cwd,
    op: 'find the folder within the worktree',
    ok: [0, 128],
  })
  return found.exitCode === 0 ? line(found).replace(/\/$/, '') : ''
}

/** What HEAD of the worktree at `cwd` points at. */
export async function head(cwd: string): Promise<Head> {
  const op = 'read HEAD'
  const [name, commit] = await Promise.all([
    runGit(['symbolic-ref', '--quiet', 'HEAD'], { cwd, op, ok: [0, 1] }),
    resolveCommit(cwd, 'HEAD'),
  ])
  const branch = name.exitCode === 0 ? line(name).replace(/^refs\/heads\//, '') : null
  return { branch, commit }
}

/** The commit that `ref` names; null when it names none. */
export async function resolveCommit(cwd: string, ref: string): Promise<string | null> {
  // git would take a leading dash for an option, and a NUL cannot be passed at all: neither is ever part of a name.
  if (ref === '' || ref.startsWith('-') || ref.includes('\0')) return null
  const result = await runGit(['rev-parse', '--quiet', '--verify', `${ref}^{commit}`], {
    cwd,
    op: `find the commit ${ref}`,
    ok: [0, 1, 128],
  })
  return result.exitCode === 0 ? line(result) : null
}

/** Whether the index of the worktree at `cwd` holds other repositories. */
export async function hasSubmodules(cwd: string): Promise<boolean> {
  const { stdout } = await runGit(['ls-files', '-z', '--stage'], {
    cwd,
    op: 'look for submodules',
    maxBytes: LISTING_BYTES,
  })
  return records(stdout).some((entry) => entry.startsWith(GITLINK))
}

/** The git folder of the worktree at `cwd`: its own, not the shared one. */
export async function gitFolder(cwd: string): Promise<string> {
  return line(await runGit(['rev-parse', '--absolute-git-dir'], { cwd, op: 'find the git folder' }))
}

async function requireCommonDir(cwd: string): Promise<string> {
  const args = ['rev-parse', '--path-format=absolute', '--git-common-dir']
  const op = 'find the repository'
  const result = await runGit(args, { cwd, op, ok: [0, 128] })
  if (result.exitCode === 0) return requireText(line(result))
  // Distrust and absence end with the same code. Only rev-parse is asked with trust: it runs nothing of the repository.
  const trusting = await runGit(['-c', 'safe.directory=*', ...args], { cwd, op, ok: [0, 128] })
  if (trusting.exitCode === 0) throw unsafe(line(trusting))
  throw new QuintetError(
    'E_NOT_A_REPOSITORY',
    'precondition',
    `The folder ${cwd} is not in a git repository.`,
    {
      details: { stderr: result.stderr.trim() },
      hints: [{ text: 'Make one here.', command: `git init ${quoted(cwd)}` }],
    },
  )
}

function unsafe(commonDir: string): QuintetError {
  const folder = basename(commonDir) === '.git' ? dirname(commonDir) : commonDir
  return new QuintetError(
    'E_UNSAFE_REPOSITORY',
    'precondition',
    `Git does not trust the repository ${folder}: it belongs to another user.`,
    { hints: [{ text: 'Trust it.', command: `git config --global --add safe.directory ${quoted(folder)}` }] },
  )
}

interface CoreSettings {
  readonly bare: boolean
  readonly worktree: string | null
}

async function coreSettings(cwd: string, commonDir: string): Promise<CoreSettings> {
  const { stdout } = await runGit(
    [`--git-dir=${commonDir}`, 'config', '-z', '--get-regexp', String.raw`^core\.(bare|worktree)$`],
    { cwd, op: 'read the configuration', ok: [0, 1] },
  )
  const values = new Map(
    records(stdout).map((record) => {
      const [key = '', ...value] = record.split('\n')
      return [key, value.join('\n')] as const
    }),
  )
  return { bare: values.get('core.bare') === 'true', worktree: values.get('core.worktree') ?? null }
}

async function mainWorktree(cwd: string, commonDir: string, configured: string | null): Promise<string> {
  if (configured !== null) return realpath(resolve(commonDir, configured))
  if (basename(commonDir) === '.git') return realpath(dirname(commonDir))
  // The git folder stands apart (--separate-git-dir) and does not know its worktree; seen from inside, git does.
  const inside = await runGit(['rev-parse', '--path-format=absolute', '--git-dir'], {
    cwd,
    op: 'find the git folder',
  })
  const top = await runGit(['rev-parse', '--show-toplevel'], {
    cwd,
    op: 'find the main worktree',
    ok: [0, 128],
  })
  if (top.exitCode === 0 && (await realpath(line(inside))) === commonDir) return realpath(line(top))
  throw new QuintetError(
    'E_NO_MAIN_WORKTREE',
    'precondition',
    `The main worktree of the repository ${commonDir} cannot be found from ${cwd}.`,
    { hints: [{ text: 'Run there.', command: 'quintet -C <main worktree> status' }] },
  )
}

async function requireText(path: string): Promise<string> {
  if (path.isWellFormed() && !path.includes('\uFFFD')) return realpath(path)
  throw new QuintetError(
    'E_PATH_NOT_TEXT',
    'precondition',
    `The path of the repository is not UTF-8 text: ${path.toWellFormed()}.`,
    {
      hints: [
        { text: 'Rename the folder, then repair its linked worktrees.', command: 'git worktree repair' },
      ],
    },
  )
}

/** Output of one line; the path in it may itself contain line ends. */
function line(result: GitResult): string {
  return result.stdout.replace(/\n$/, '')
}

/** Whether `error` is git's own failure, as opposed to one that was explained. */
export function isGitFailure(error: unknown): boolean {
  return errorData(error).code === 'E_GIT'
}

/** Whether git knows who commits; without it every commit fails. */
export async function hasIdentity(cwd: string): Promise<boolean> {
  const { exitCode } = await runGit(['var', 'GIT_COMMITTER_IDENT'], {
    cwd,
    op: 'ask who commits',
    ok: [0, 128],
  })
  return exitCode === 0
}
