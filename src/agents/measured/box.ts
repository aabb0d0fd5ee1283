// The box in which an agent is looked at: nothing but a folder of its own can be written. That folder is also seen as /tmp
// and as the home folder, with what the operator has there shown in it: programs and settings to be read, what the agent
// keeps for itself hidden, and what it logs in with as it is.
import { copyFile, mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Box, Mount } from '../../process/box.ts'
import { CACHES, PROGRAM_CACHES, type AgentHome } from '../home.ts'

/** An agent, and where it is looked at. */
export interface LookedAt {
  /** Resolved, empty and the box's own. */
  readonly folder: string
  /** The operator's home folder. */
  readonly home: string
  /** What the agent has there. */
  readonly places: AgentHome
  /** Places below the home folder that the agent shares with the operator. */
  readonly writes: readonly string[]
  /** May renew its logins: they are lost to the operator when it does so and cannot say it. */
  readonly renews: boolean
  /** The program and its arguments. */
  readonly command: readonly string[]
}

const TEMPORARY = '/tmp'
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'EPERM', 'ENAMETOOLONG']
const bare = (name: string): string => name.replace(/\/$/, '')
const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** Makes the folders of the box in `folder`, and says what is mounted where. */
export async function lookingBox(agent: LookedAt): Promise<Box> {
  const { folder } = agent
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const mounts = [
    { kind: 'write', path: TEMPORARY, from: temporary },
    ...(await hiddenPrograms(agent)),
    ...(await privateHome(agent)),
    { kind: 'write', path: folder },
  ] satisfies Mount[]
  return { mounts, network: 'shared' }
}

/** Programs in the folder for what is temporary, which is another one in the box. */
async function hiddenPrograms({ command }: LookedAt): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const word of command) {
    const real = isBelow(word, TEMPORARY) ? await ignoring(GONE, realpath(word)) : undefined
    if (real === undefined) continue
    const path = dirname(word) === TEMPORARY ? word : dirname(word)
    mounts.push({ kind: 'read', path, from: path === word ? real : await realpath(path) })
  }
  return mounts
}

async function privateHome(agent: LookedAt): Promise<Mount[]> {
  const { folder, places } = agent
  const home = await ignoring(GONE, realpath(agent.home))
  if (home === undefined || home === '/') return []
  const own = join(folder, 'home')
  await mkdir(own, { mode: 0o700 })
  const hidden = [...CACHES, ...places.own].map(bare)
  for (const name of hidden) await mkdir(join(own, name), { recursive: true, mode: 0o700 })
  for (const name of places.copies) await copied(join(home, name), join(own, name))
  const seen = await beside(home, '', [...hidden, ...places.copies])
  const inside = [...places.settings, ...PROGRAM_CACHES]
  return [
    { kind: 'write', path: home, from: own },
    ...(await brought(home, 'read', [...seen, ...inside])),
    ...(await brought(home, agent.renews ? 'write' : 'read', places.logins)),
    ...(await brought(home, 'write', agent.writes)),
  ]
}

/** What stands in the folder `at` of the home, but for some places: a folder in which one of those is, is told by what is
 *  in it. */
async function beside(home: string, at: string, hidden: readonly string[]): Promise<string[]> {
  const names: string[] = []
  for (const entry of (await ignoring(GONE, readdir(join(home, at)))) ?? []) {
    const name = join(at, entry)
    if (hidden.includes(name)) continue
    if (hidden.some((place) => isBelow(place, name))) names.push(...(await beside(home, name, hidden)))
    else names.push(name)
  }
  return names
}

async function brought(home: string, kind: 'read' | 'write', names: readonly string[]): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const name of names.map(bare)) {
    const from = await ignoring(GONE, realpath(join(home, name)))
    const found = from === undefined ? undefined : await ignoring(GONE, stat(from))
    if (from === undefined || (found?.isFile() !== true && found?.isDirectory() !== true)) continue
    mounts.push({ kind, path: join(home, name), from })
  }
  return mounts
}

async function copied(from: string, to: string): Promise<void> {
  if ((await ignoring(GONE, stat(from)))?.isFile() !== true) return
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await ignoring(GONE, copyFile(from, to))
}
