// The kernel's watches of files: how many one user may have, and how many all programs of this user have; Linux alone.
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { ignoring } from '../contract/errors.ts'
import { processIds, UNREADABLE } from './table.ts'

export interface InotifyLimits {
  readonly watches: number
  readonly instances: number
  /** Events that may wait to be read; what comes beyond is lost. */
  readonly queued: number
}

export interface InotifyUse {
  readonly watches: number
  readonly instances: number
}

const LIMITS = '/proc/sys/fs/inotify'
const INSTANCE = 'anon_inode:inotify'

/** What the kernel allows each user; null elsewhere. */
export async function inotifyLimits(): Promise<InotifyLimits | null> {
  const [watches, instances, queued] = await Promise.all([
    limit('max_user_watches'),
    limit('max_user_instances'),
    limit('max_queued_events'),
  ])
  return watches === null || instances === null || queued === null ? null : { watches, instances, queued }
}

/** What the processes of this user have now, this one left out unless asked for. */
export async function inotifyUse({ own = false }: { readonly own?: boolean } = {}): Promise<InotifyUse> {
  if (process.platform !== 'linux') return { watches: 0, instances: 0 }
  let [watches, instances] = [0, 0]
  for (const pid of await processIds()) {
    if (pid === process.pid && !own) continue
    const found = await useOf(pid)
    watches += found.watches
    instances += found.instances
  }
  return { watches, instances }
}

async function limit(name: string): Promise<number | null> {
  const text = await ignoring([...UNREADABLE, 'ENOTDIR'], readFile(`${LIMITS}/${name}`, 'utf8'))
  const value = Number(text?.trim())
  return Number.isSafeInteger(value) && value > 0 ? value : null
}

async function useOf(pid: number): Promise<InotifyUse> {
  const folder = `/proc/${pid}`
  const owner = (await ignoring(UNREADABLE, stat(folder)))?.uid
  if (owner !== process.getuid?.()) return { watches: 0, instances: 0 }
  const open = (await ignoring(UNREADABLE, readdir(`${folder}/fd`))) ?? []
  let [watches, instances] = [0, 0]
  for (const fd of open) {
    if ((await ignoring(UNREADABLE, readlink(`${folder}/fd/${fd}`))) !== INSTANCE) continue
    const info = (await ignoring(UNREADABLE, readFile(`${folder}/fdinfo/${fd}`, 'utf8'))) ?? ''
    instances += 1
    watches += info.split('\n').filter((line) => line.startsWith('inotify ')).length
  }
  return { watches, instances }
}
