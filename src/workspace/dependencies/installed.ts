// Whether an npm installation agrees with its lock file. npm keeps a copy of what it installed in
// node_modules/.package-lock.json; both list packages by their folder. Pure.
import { isObject, parseObject } from './fingerprint.ts'

type Packages = Readonly<Record<string, unknown>>

/** True when every package of the lock file is installed in that version, and nothing beside them. */
export function installedMatchesLock(lock: string, installed: string): boolean {
  const wanted = packagesOf(lock)
  const found = packagesOf(installed)
  if (wanted === null || found === null) return false
  const inFolder = (path: string): boolean => path.split('/').includes('node_modules')
  const missing = Object.keys(wanted).some(
    (path) => inFolder(path) && !(path in found) && !isOptional(wanted[path]),
  )
  if (missing) return false
  return Object.keys(found).every((path) => !inFolder(path) || samePackage(wanted[path], found[path]))
}

/** A package folder of npm's list that is not there, or one that is there and not in the list; null when they agree. `there`:
 *  relative to the worktree, as the folder `dir` is that the list is for. */
export function unlistedPackage(installed: string, there: readonly string[], dir: string): string | null {
  const listed = Object.keys(packagesOf(installed) ?? {}).filter((path) => MODULES.test(path))
  const wanted = new Set(listed.map((path) => (dir === '' ? path : `${dir}/${path}`)))
  const found = new Set(there)
  return there.find((path) => !wanted.has(path)) ?? [...wanted].find((path) => !found.has(path)) ?? null
}

const MODULES = /(?:^|\/)node_modules\//

function packagesOf(text: string): Packages | null {
  const packages = parseObject(text)?.['packages']
  return isObject(packages) ? packages : null
}

function isOptional(entry: unknown): boolean {
  return (
    isObject(entry) && (entry['optional'] === true || entry['devOptional'] === true || entry['peer'] === true)
  )
}

function samePackage(wanted: unknown, found: unknown): boolean {
  if (!isObject(wanted) || !isObject(found)) return false
  return ['version', 'resolved', 'integrity', 'link'].every(
    (field) => wanted[field] === undefined || wanted[field] === found[field],
  )
}
