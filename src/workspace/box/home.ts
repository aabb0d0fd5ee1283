// The operator's home folder as it is in a box. What agents and caches keep there is the session's own: a private folder
// stands in its place, and only what the operator set up, and what an agent logs in with, is brought into it anew with
// every box. What the session puts where settings would be is taken away, so that it cannot loosen its own.
import { randomBytes } from 'node:crypto'
import { copyFile, chmod, lstat, mkdir, open, realpath, rename, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { holdFolder } from '../../git/objects/held.ts'
import type { Repository } from '../../git/repository.ts'
import type { Mount } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { isAtOrBelow } from '../../scope/place.ts'
import { moveToTrash } from '../../store/trash.ts'
import { boxFolder } from './places.ts'

/** Places in the operator's home folder, relative to it; a slash at the end makes a missing folder. */
export interface OperatorPlaces {
  /** Shared with the operator and with every other box. */
  readonly writes: readonly string[]
  /** Folders of which the box has its own: of caches, and of the agent. */
  readonly caches: readonly string[]
  readonly own: readonly string[]
  /** In these, what is the operator's and can be read alone. Settings that are not there are not left to the box. */
  readonly settings: readonly string[]
  readonly programs: readonly string[]
  /** In these, files that are the operator's, and can be written. */
  readonly logins: readonly string[]
  /** Files of which every box begins with a copy. */
  readonly copies: readonly string[]
}

export interface HomeRequest {
  readonly repo: Repository
  readonly state: string
  readonly run: string
  readonly piece: string
  readonly operator: OperatorPlaces
}

export interface HomeInBox {
  readonly mounts: readonly Mount[]
  /** Where no place can be mounted at another: variables that say where things are, and what is shared nevertheless. */
  readonly relocated: Environment
  readonly gaps: readonly string[]
}

/** A folder that is the box's own. */
interface Root {
  readonly name: string
  /** Where it is seen, resolved. */
  readonly path: string
  /** Where it is. */
  readonly from: string
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']
/** In the folder of a box. */
const PRIVATE = 'home'

/** The operator's home folder. */
export const operatorHome = (): string => process.env['HOME'] ?? homedir()

/** Makes the private folders ready, and tells what is mounted where. `moving`: one place can be mounted at another. */
export async function homeInBox(request: HomeRequest, moving: boolean): Promise<HomeInBox> {
  return moving ? await privateHome(request) : await sharedHome(request)
}

async function privateHome(request: HomeRequest): Promise<HomeInBox> {
  const { writes, caches, own, settings, programs, logins, copies } = request.operator
  const roots = await rootsOf(request, [...caches, ...own])
  const bring = async (kind: 'read' | 'write', names: readonly string[]): Promise<Mount[]> => {
    const brought: Mount[] = []
    for (const name of names) brought.push(...(await broughtIn(request, roots, { name, kind })))
    return brought
  }
  const inside = (name: string): boolean => rootAbove(name, roots) !== undefined
  await clearSettings(request, roots)
  return {
    mounts: [
      ...roots.map(({ path, from }): Mount => ({ kind: 'write', path, from })),
      ...(await bring('write', writes)),
      ...(await bring('read', [...settings, ...programs])),
      // Where its folder is shared, or cannot be written, so is what it logs in with.
      ...(await bring('write', logins.filter(inside))),
      ...(await copiesOf(request, roots, copies)),
    ],
    relocated: {},
    gaps: [],
  }
}

/** On a machine where every place is where it is, agents keep their own folders, and may not write the settings in them. */
async function sharedHome(request: HomeRequest): Promise<HomeInBox> {
  const { writes, caches, own, settings, programs, copies } = request.operator
  const home = operatorHome()
  const roots = await rootsOf(request, caches)
  const shared = await resolved([...writes, ...own, ...copies])
  const closed = settings.map((name) => join(home, name))
  const place = (name: string): string | undefined => roots.find((root) => root.name === name)?.from
  const [general, npm] = [place('.cache'), place('.npm')]
  return {
    mounts: [
      ...roots.map(({ path, from }): Mount => ({ kind: 'write', path, from })),
      ...shared.map((path): Mount => ({ kind: 'write', path })),
      ...[...closed, ...(await resolved([...settings, ...programs]))].map((path): Mount => ({
        kind: 'read',
        path,
      })),
    ],
    relocated: {
      ...(general === undefined ? {} : { XDG_CACHE_HOME: general }),
      ...(npm === undefined ? {} : { npm_config_cache: npm }),
    },
    gaps: own.map(
      (name) => `~/${bare(name)}: the agent shares it with the operator and with other sessions.`,
    ),
  }
}

/** The folders of which the box has its own: none that is shared by its very name, or that lies in another one. */
async function rootsOf(request: HomeRequest, names: readonly string[]): Promise<readonly Root[]> {
  const shared = request.operator.writes.map(bare)
  const wanted = [...new Set(names.map(bare))].filter((name) => !shared.includes(name))
  const roots: Root[] = []
  for (const name of wanted) {
    if (wanted.some((other) => other !== name && isAtOrBelow(name, other))) continue
    await makeFolder(name)
    const [path] = await resolved([name])
    if (path === undefined) continue
    const from = join(boxFolder(request.state, request), PRIVATE, encodeURIComponent(name))
    await mkdir(from, { recursive: true, mode: 0o700 })
    roots.push({ name, path, from })
  }
  return roots
}

/** A place of the operator as a mount; where its folder is the box's own, there must be something to mount it on. */
async function broughtIn(
  request: HomeRequest,
  roots: readonly Root[],
  { name, kind }: { readonly name: string; readonly kind: 'read' | 'write' },
): Promise<readonly Mount[]> {
  const root = rootAbove(name, roots)
  // What is not there could be made, where its folder is shared.
  const made = kind === 'write' || root === undefined
  if (made && name.endsWith('/')) await makeFolder(bare(name))
  const [real] = await resolved([name])
  if (real === undefined) return []
  if (root === undefined) return [{ kind, path: real }]
  const found = await stat(real)
  if (!found.isDirectory() && !found.isFile()) return []
  const rest = bare(name).slice(root.name.length + 1)
  await requirePoint(request, { root, rest, folder: found.isDirectory() })
  return [{ kind, path: join(root.path, rest), from: real }]
}

/** Takes away what stands where the operator has no settings. */
async function clearSettings(request: HomeRequest, roots: readonly Root[]): Promise<void> {
  for (const name of request.operator.settings) {
    const root = rootAbove(name, roots)
    if (root === undefined || (await resolved([name])).length > 0) continue
    const rest = bare(name).slice(root.name.length + 1)
    await using held = await holdParent(request, root.from, rest)
    await putAway(request, join(held.path, lastOf(rest)))
  }
}

/** Copies of the operator's files: into the box's own folder, else mounted over them. */
async function copiesOf(
  request: HomeRequest,
  roots: readonly Root[],
  names: readonly string[],
): Promise<readonly Mount[]> {
  const shared = request.operator.writes.map(bare)
  const mounts: Mount[] = []
  for (const name of names) {
    const [real] = await resolved([name])
    const root = rootAbove(name, roots)
    if (real === undefined || shared.some((folder) => isAtOrBelow(name, folder))) continue
    if (!(await stat(real)).isFile()) continue
    const folder = join(boxFolder(request.state, request), PRIVATE)
    if (root === undefined) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const from = join(folder, encodeURIComponent(name))
      await putCopy(request, real, from)
      mounts.push({ kind: 'write', path: real, from })
    } else {
      const rest = name.slice(root.name.length + 1)
      await using held = await holdParent(request, root.from, rest)
      await putCopy(request, real, join(held.path, lastOf(rest)))
    }
  }
  return mounts
}

/** Replaces what stands at `to`, whatever it is; a link is not followed. */
async function putCopy(request: HomeRequest, real: string, to: string): Promise<void> {
  const made = join(boxFolder(request.state, request), `copy-${randomBytes(8).toString('hex')}`)
  await copyFile(real, made)
  await chmod(made, 0o600)
  if ((await ignoring(ABSENT, lstat(to)))?.isDirectory() === true) await putAway(request, to)
  await rename(made, to)
}

interface Point {
  readonly root: Root
  readonly rest: string
  readonly folder: boolean
}

/** Something plain and empty to mount on, in a folder that the session has written. */
async function requirePoint(request: HomeRequest, { root, rest, folder }: Point): Promise<void> {
  await using held = await holdParent(request, root.from, rest)
  const at = join(held.path, lastOf(rest))
  const found = await ignoring(ABSENT, lstat(at))
  if (found !== undefined) {
    if (folder ? found.isDirectory() : found.isFile() && found.nlink === 1) return
    await putAway(request, at)
  }
  if (folder) await mkdir(at, { mode: 0o700 })
  else await (await open(at, 'wx', 0o600)).close()
}

/** Holds the folder of a place below `from`; what is no folder on the way there is replaced by one. */
async function holdParent(
  request: HomeRequest,
  from: string,
  rest: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  await using held = new AsyncDisposableStack()
  let folder = await holdFolder(from)
  if (folder === null) throw new Error(`The folder ${from} is gone.`)
  held.use(folder)
  for (const part of rest.split('/').slice(0, -1)) {
    const at: string = join(folder.path, part)
    let next = await holdFolder(at)
    if (next === null) {
      await putAway(request, at)
      await mkdir(at, { mode: 0o700 })
      next = await holdFolder(at)
    }
    if (next === null) throw new Error(`The folder ${at} is gone.`)
    folder = held.use(next)
  }
  const { path } = folder
  const kept = held.move()
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function putAway(request: HomeRequest, path: string): Promise<void> {
  await moveToTrash(request.repo, path, boxFolder(request.state, request))
}

const rootAbove = (name: string, roots: readonly Root[]): Root | undefined =>
  roots.find((root) => bare(name) !== root.name && isAtOrBelow(bare(name), root.name))

/** Makes a folder in the operator's home; what stands there already is left as it is. */
async function makeFolder(name: string): Promise<void> {
  await ignoring(['EEXIST'], mkdir(join(operatorHome(), name), { recursive: true }))
}

/** What is there of these, resolved. */
async function resolved(names: readonly string[]): Promise<readonly string[]> {
  const home = operatorHome()
  const found = await Promise.all(names.map((name) => ignoring(ABSENT, realpath(join(home, name)))))
  return found.filter((path) => path !== undefined)
}

const bare = (name: string): string => name.replace(/\/$/, '')
const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
