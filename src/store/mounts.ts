// What is mounted inside a folder. A rename takes it along, and whoever deletes the folder deletes what is in it.
import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'

/** Why `path` has to stay for what is mounted in it, a sentence; null when nothing is. */
export async function mountToKeep(path: string): Promise<string | null> {
  const point = await mountedIn(path)
  return point === null ? null : `Something is mounted at ${point}.`
}

/** Where something is mounted at `path` or below it; null when nothing is. What only other processes have mounted, in boxes
 *  of their own, is not deleted with it and does not count. Without /proc nothing is known. */
export async function mountedIn(path: string): Promise<string | null> {
  const [mounts, above] = await Promise.all([
    ignoring(['ENOENT', 'EACCES'], readFile('/proc/self/mountinfo', 'utf8')),
    ignoring(['ENOENT', 'ENOTDIR'], realpath(dirname(path))),
  ])
  if (mounts === undefined || above === undefined) return null
  const folder = join(above, basename(path))
  const found = mounts.split('\n').map((line) => mountPoint(line.split(' ')))
  return found.find((point) => point === folder || point.startsWith(`${folder}/`)) ?? null
}

/** Where a line of /proc/self/mountinfo, divided at its blanks, says that something is mounted. */
export function mountPoint(fields: readonly string[]): string {
  return (fields[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
