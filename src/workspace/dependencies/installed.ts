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

/** True when every dependency that the manifest names is installed; all that can be said without a lock file. */
export function installedSatisfiesManifest(manifest: string, installed: string): boolean {
  const found = packagesOf(installed)
  const wanted = parseObject(manifest)
  if (found === null || wanted === null) return false
  return ['dependencies', 'devDependencies'].every((field) => {
    const names = wanted[field]
    return !isObject(names) || Object.keys(names).every((name) => `node_modules/${name}` in found)
  })
}

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
