// Makes a session's box ready: looks at the worktree and the machine, makes the folders that are to be mounted, and hands
// all that over to the rules (scope/territory.ts, mounts.ts). Nothing of the session may be running while this looks: what
// it finds to be a folder must still be one when it is mounted.
import type { Stats } from 'node:fs'
import { lstat, mkdir, open, readFile, realpath, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredFiles, trackedFiles } from '../../git/files.ts'
import { alternateEntry } from '../../git/objects/alternates.ts'
import { openQuarantine } from '../../git/objects/quarantine.ts'
import type { Repository } from '../../git/repository.ts'
import { boxAvailable, type Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import type { ScopeInForce } from '../../scope/ownership.ts'
import { foldersOf } from '../../scope/patterns.ts'
import { depthOf, isAtOrBelow, parentOf } from '../../scope/place.ts'
import { territory, type Territory } from '../../scope/territory.ts'
import { requireFolder } from '../folder.ts'
import { adminFolder } from '../register.ts'
import { onThisMachine } from './backend.ts'
import { homeInBox, operatorHome, type HomeInBox, type OperatorPlaces } from './home.ts'
import { boxMounts, treeMounts, type BoxFacts, type Surroundings } from './mounts.ts'
import { boxFolder, doors, GIT_FOLDER, HIDDEN, KEEPER, KEPT_VISIBLE, OBJECTS, refFolders } from './places.ts'
import { tidyGit } from './tidy.ts'

export interface BoxRequest {
  readonly repo: Repository
  /** The state folder of the repository. */
  readonly state: string
  readonly run: string
  readonly piece: string
  /** The worktree. */
  readonly path: string
  /** Commit the branch starts from. */
  readonly base: string
  readonly scope: ScopeInForce
  readonly owns: (path: string) => boolean
  readonly ignoreCase: boolean
  /** Whether programs may make files at the top of the worktree, which no mount can tell from others. */
  readonly topOpen?: boolean
  /** Relative to the worktree; null where the run goes without. */
  readonly coordinationFolder: string | null
  /** The session's own home folder, which may be written whole. */
  readonly home: string
  /** What there is for it in the operator's. */
  readonly operator: OperatorPlaces
  readonly network: Box['network']
  /** What is to be started; its files are seen wherever they are. */
  readonly command: readonly string[]
}

export interface PreparedBox {
  readonly box: Box
  /** Why the box is not exactly the scope, one sentence each; none: it is. */
  readonly gaps: readonly string[]
  /** For everything that runs in it. */
  readonly env: Environment
}

/** Folders of ignored files that are mounted at most, those nearest to the top first. */
const IGNORED_LIMIT = 200
const IGNORE_FILE_BYTES = 1024 * 1024
/** Folders at the top that tools keep for themselves, or take for something else when they are empty. */
const NOT_BUILT = /^(?:\.[^/]*|vendor)\/$/
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']
/** This program, with what it is made of. */
const PACKAGE = packageFolder(join(import.meta.dirname, '../../..'))

/** Prepares the box of a session. Throws `E_WORKTREE` when the worktree is not one of the repository. */
export async function prepareBox(request: BoxRequest): Promise<PreparedBox> {
  const gitDir = await requireGitFolder(request)
  const places = await territoryOf(request)
  const operator = await operatorsPlaces(request)
  const facts = await gather(request, { gitDir, territory: places, operator })
  const { box, gaps } = await onThisMachine(
    { mounts: boxMounts(facts), network: request.network },
    {
      folder: boxFolder(request.state, request),
      name: 'box',
      ...facts,
      env: {
        GIT_OBJECT_DIRECTORY: facts.quarantine.store,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateEntry(join(facts.commonDir, 'objects')),
        ...operator.relocated,
      },
    },
  )
  return {
    box,
    gaps: [...places.gaps, ...operator.gaps, ...gaps],
    env: await privateEnvironment(facts.temporary),
  }
}

/** What a box in which a whole worktree can be written is made for: set-ups, installations, checks of a union. */
export type TreeRequest = Pick<
  BoxRequest,
  'repo' | 'state' | 'run' | 'piece' | 'path' | 'home' | 'operator' | 'command'
>

/** Prepares a box around a whole worktree: what it makes and changes there is judged afterwards, from outside. */
export async function prepareTreeBox(request: TreeRequest): Promise<Omit<PreparedBox, 'gaps'>> {
  const path = await realpath(request.path)
  const operator = await operatorsPlaces(request)
  const facts = await surroundings({ ...request, path }, operator, [])
  const { box } = await onThisMachine(
    { mounts: treeMounts(facts, path), network: 'shared' },
    { folder: boxFolder(request.state, request), name: 'tree', ...facts, env: operator.relocated },
  )
  return { box, env: await privateEnvironment(facts.temporary) }
}

/** The git folder that the worktree names, if it is one of this repository's. */
async function requireGitFolder({ repo, path }: BoxRequest): Promise<string> {
  const named = await adminFolder(path)
  const found = named === null ? undefined : await ignoring(ABSENT, realpath(named))
  if (found !== undefined && dirname(found) === join(repo.commonDir, 'worktrees')) return found
  throw new QuintetError('E_WORKTREE', 'git', `The folder ${path} is not a worktree of ${repo.root}.`, {
    hints: [{ text: 'See what git knows.', command: 'git worktree list --porcelain' }],
  })
}

/** The scope as mounts, as far as the worktree has the places for them. */
async function territoryOf(request: BoxRequest): Promise<Territory> {
  const { repo, path, base, scope, owns, topOpen = false, ignoreCase } = request
  const [files, here, elsewhere, ignoreLines] = await Promise.all([
    trackedFiles(repo.root, base),
    ignoredFiles(path),
    ignoredFiles(repo.root),
    topIgnoreLines(path),
  ])
  const expected = comingFolders(elsewhere, new Set(['', ...foldersOf(files)])).filter(
    (folder) => !isAtOrBelow(path, join(repo.root, folder)),
  )
  const ignored = [...new Set([...here, ...expected])]
    .sort((a, b) => depthOf(a) - depthOf(b))
    .slice(0, IGNORED_LIMIT)
  const wanted = territory({ scope, owns, files, ignored, ignoreLines, topOpen, ignoreCase })
  const folders = expected
    .map((folder) => folder.slice(0, -1))
    .filter((folder) => wanted.writable.includes(folder))
  for (const folder of [...wanted.make, ...folders]) await requireFolder(path, `${folder}/.`)
  return await present(path, wanted, new Set(ignored.map((entry) => entry.replace(/\/$/, ''))))
}

/** Folders that git ignores and the main worktree has: the same will be built here. */
function comingFolders(elsewhere: readonly string[], tracked: ReadonlySet<string>): string[] {
  return elsewhere.filter(
    (entry) => entry.endsWith('/') && tracked.has(parentOf(entry.slice(0, -1))) && !NOT_BUILT.test(entry),
  )
}

async function topIgnoreLines(worktree: string): Promise<readonly string[]> {
  const file = join(worktree, '.gitignore')
  const found = await ignoring(ABSENT, lstat(file))
  if (found?.isFile() !== true || found.size > IGNORE_FILE_BYTES) return []
  return (await readFile(file, 'utf8')).split(/\r?\n/)
}

/** Leaves out what is not there, and what a symbolic link leads to: a mount would follow it. */
async function present(
  worktree: string,
  wanted: Territory,
  ignored: ReadonlySet<string>,
): Promise<Territory> {
  const gaps = [...wanted.gaps]
  const writable: string[] = []
  for (const path of wanted.writable) {
    if (await isPlain(worktree, path)) writable.push(path)
    else if (!ignored.has(path)) gaps.push(`${path}: it is no plain folder, so it is not mounted.`)
  }
  const readOnly: string[] = []
  for (const path of wanted.readOnly) if (await isPlain(worktree, path)) readOnly.push(path)
  return { ...wanted, gaps, writable, readOnly }
}

/** Whether a path is a file or folder below `root`, without a symbolic link on the way. */
async function isPlain(root: string, path: string): Promise<boolean> {
  let at = root
  const parts = path === '' ? [] : path.split('/')
  for (const [index, part] of parts.entries()) {
    at = join(at, part)
    const found = await ignoring(ABSENT, lstat(at))
    const last = index === parts.length - 1
    if (found === undefined || !(found.isDirectory() || (last && found.isFile()))) return false
  }
  return true
}

interface Found {
  readonly gitDir: string
  readonly territory: Territory
  readonly operator: HomeInBox
}

async function gather(
  request: BoxRequest,
  { gitDir, territory: places, operator }: Found,
): Promise<BoxFacts> {
  const { repo, state, path } = request
  const folder = boxFolder(state, request)
  const objects = join(state, OBJECTS)
  const around = await surroundings(request, operator, [join(state, 'guards')])
  await writeFile(join(folder, GIT_FOLDER), gitDir)
  await tidyGit(repo, state, request)
  return {
    ...around,
    worktree: path,
    territory: places,
    gitDir,
    pinned: await pinnedFiles(gitDir),
    commonDir: repo.commonDir,
    refs: await ownRefFolders(request),
    quarantine: await openQuarantine(repo, folder, objects),
    objects,
    coordination: await coordinationPlaces(request),
  }
}

async function surroundings(
  request: TreeRequest,
  operator: HomeInBox,
  shown: readonly string[],
): Promise<Surroundings> {
  const { state, home, command } = request
  const temporary = join(boxFolder(state, request), 'tmp')
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  await mkdir(home, { recursive: true })
  return {
    state,
    shown: await existing([...shown, home, ...filesOf(command)]),
    home,
    operator: operator.mounts,
    temporary,
    hidden: await realFolders(HIDDEN),
    visible: await visiblePlaces(request),
    doors: await existing(doors(operatorHome(), process.env)),
  }
}

/** With the sandbox runtime every place is where it is. */
async function operatorsPlaces(request: TreeRequest): Promise<HomeInBox> {
  const support = await boxAvailable()
  return await homeInBox(request, !support.available || support.library === undefined)
}

/** A file that is to be mounted must be there, so that it cannot be made later. */
async function pinnedFiles(gitDir: string): Promise<readonly string[]> {
  await using _made = await open(join(gitDir, 'config.worktree'), 'a')
  return existing(['commondir', 'gitdir', 'config.worktree', 'locked'].map((name) => join(gitDir, name)))
}

async function ownRefFolders({ repo, run, piece }: BoxRequest): Promise<readonly string[]> {
  const folders = refFolders(repo.commonDir, { run, piece })
  for (const folder of folders) await mkdir(folder, { recursive: true })
  // Packing references removes folders that are left empty, and a box would write into nothing from then on.
  const [refs] = folders
  if (refs !== undefined) await ignoring(['EEXIST'], writeFile(join(refs, KEEPER), '', { flag: 'wx' }))
  return folders
}

async function coordinationPlaces({
  path,
  coordinationFolder,
}: BoxRequest): Promise<BoxFacts['coordination']> {
  if (coordinationFolder === null || !(await isPlain(path, coordinationFolder))) return null
  const folder = join(path, coordinationFolder)
  const others = `${coordinationFolder}/status`
  return { folder, readOnly: (await isPlain(path, others)) ? [join(path, others)] : [] }
}

async function visiblePlaces({ repo, path, command }: TreeRequest): Promise<readonly string[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  const names = (await ignoring(ABSENT, realpath('/etc/resolv.conf'))) ?? '/etc/resolv.conf'
  const wanted = [
    repo.root,
    repo.commonDir,
    path,
    operatorHome(),
    process.execPath,
    PACKAGE,
    dirname(names),
    ...KEPT_VISIBLE,
    ...folders,
    ...filesOf(command),
  ]
  return existing([...new Set(wanted)])
}

/** Absolute paths among the words of a command. */
const filesOf = (command: readonly string[]): string[] => command.filter((word) => isAbsolute(word))

/** What a private folder for temporary files means to programs, without the doors that are closed. */
async function privateEnvironment(temporary: string): Promise<Environment> {
  const runtime = join(temporary, '.runtime')
  await mkdir(runtime, { recursive: true, mode: 0o700 })
  const closed = [
    'SSH_AUTH_SOCK',
    'DBUS_SESSION_BUS_ADDRESS',
    'DOCKER_HOST',
    'TMUX',
    'DISPLAY',
    'WAYLAND_DISPLAY',
  ]
  const present = closed.filter((name) => process.env[name] !== undefined)
  return {
    TMPDIR: '/tmp',
    XDG_RUNTIME_DIR: '/tmp/.runtime',
    ...Object.fromEntries(present.map((name) => [name, ''])),
  }
}

const existing = (paths: readonly string[]): Promise<string[]> => those(paths, () => true)

const realFolders = (paths: readonly string[]): Promise<string[]> =>
  those(paths, (found) => found.isDirectory())

/** The paths where there is something of this kind; links are not followed. */
async function those(paths: readonly string[], isWanted: (found: Stats) => boolean): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => ignoring(ABSENT, lstat(path))))
  return paths.filter((_, index) => {
    const at = found[index]
    return at !== undefined && isWanted(at)
  })
}

function packageFolder(folder: string): string {
  return basename(dirname(folder)) === 'node_modules' ? dirname(folder) : folder
}
