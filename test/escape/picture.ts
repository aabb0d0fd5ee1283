// Everything around a session, byte by byte: what is not the session's own must look the same before and after.
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ignoring } from '../../src/contract/errors.ts'
import type { Services } from '../../src/engine/services.ts'
import type { SessionSpec } from '../../src/engine/session/spec.ts'
import { gitIn } from '../support/repository.ts'

/** What stands at every path, where every reference is, and how the machine is set. */
export type Picture = ReadonlyMap<string, string>

interface Place {
  readonly path: string
  readonly services: Services
  readonly left: SessionSpec
  readonly workspace: { readonly path: string }
}

/** Settings of the kernel, and places of the machine, that attempts aim at. */
const MACHINE = [
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/hostname',
  '/proc/sys/kernel/modprobe',
  '/proc/sys/fs/protected_symlinks',
  '/proc/sys/vm/overcommit_memory',
  '/usr/local/bin/quintet-evil',
]
const UNREADABLE = ['ENOENT', 'EACCES', 'EPERM']

/** The picture of what belongs to `left` alone, references and all. */
export async function ownPictureOf(place: Place): Promise<Picture> {
  const picture = new Map<string, string>()
  for (const path of ownPlaces(place)) await look(path, { picture, own: new Set(), from: '/' })
  return picture
}

function ownPlaces({ services, left, workspace }: Place): readonly string[] {
  const { commonDir } = services.repo
  const { run, piece } = left.name
  return [
    workspace.path,
    join(commonDir, 'worktrees', piece),
    join(commonDir, 'refs/heads/quintet', run, piece),
    join(commonDir, 'logs/refs/heads/quintet', run, piece),
    join(services.state, 'boxes', run, piece),
    join(services.state, 'homes', run, piece),
    join(services.state, 'logs', run, piece),
  ]
}

/** The picture of an arena without what belongs to `left`. */
export async function pictureOf(place: Place): Promise<Picture> {
  const { path, services, left } = place
  const { commonDir, root } = services.repo
  const { run, piece } = left.name
  const own = [
    ...ownPlaces(place),
    // What the product itself writes while it looks: its log, and objects that it has imported.
    ...['quintet.db', 'quintet.db-wal', 'quintet.db-shm', 'registry.lock'].map((name) =>
      join(services.state, name),
    ),
    join(commonDir, 'objects'),
    join(path, 'npm'),
    // What was given up is saved and kept there.
    join(services.state, 'trash'),
    join(services.state, 'kept'),
  ]
  const picture = new Map<string, string>()
  await look(path, { picture, own: new Set(own), from: path })
  const refs = await gitIn(root, 'for-each-ref', '--format=%(refname) %(objectname)')
  for (const line of refs
    .split('\n')
    .filter((ref) => !ref.startsWith(`refs/heads/quintet/${run}/${piece}/`))) {
    picture.set(`ref ${line.split(' ')[0] ?? ''}`, line.split(' ')[1] ?? '')
  }
  await lookAtObjects(join(commonDir, 'objects'), picture)
  for (const setting of MACHINE)
    picture.set(setting, (await ignoring(UNREADABLE, readFile(setting, 'utf8'))) ?? 'absent')
  picture.set(
    'decisions',
    String([...services.store.events({ prefix: `${run}/`, types: ['decision.made'] })].length),
  )
  return picture
}

/** What has changed, was added or is gone, one line each. New objects are no change: they are found by nobody. */
export function differences(before: Picture, after: Picture): readonly string[] {
  const lines: string[] = []
  for (const [path, content] of before) {
    if (!after.has(path)) lines.push(`gone: ${path}`)
    else if (after.get(path) !== content) lines.push(`changed: ${path}`)
  }
  for (const path of after.keys())
    if (!before.has(path) && !path.startsWith('object ')) lines.push(`new: ${path}`)
  return lines
}

interface Looking {
  readonly picture: Map<string, string>
  readonly own: ReadonlySet<string>
  readonly from: string
}

async function look(path: string, looking: Looking): Promise<void> {
  if (looking.own.has(path)) return
  const found = await ignoring(['ENOENT'], lstat(path))
  if (found === undefined) return
  const name = relative(looking.from, path)
  if (found.isDirectory()) {
    looking.picture.set(name, `folder ${found.mode}`)
    for (const entry of await readdir(path)) await look(join(path, entry), looking)
  } else if (found.isSymbolicLink()) looking.picture.set(name, `link ${await readlink(path)}`)
  else if (found.isFile()) looking.picture.set(name, `file ${found.mode} ${hash(await readFile(path))}`)
  else looking.picture.set(name, `other ${found.mode}`)
}

/** Objects by name: each of them must stay, and stay what it is. */
async function lookAtObjects(folder: string, picture: Map<string, string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    picture.set(`object ${relative(folder, path)}`, hash(await readFile(path)))
  }
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
