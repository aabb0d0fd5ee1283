// The settings that a repository's configuration holds for the operator and all sessions: no box keeps a session without
// one from changing them, so they are compared.
import { join } from 'node:path'
import { isGitFailure, type Repository } from '../../git/repository.ts'
import { records, runGit } from '../../git/run.ts'

/** Values by key, our own lines left out; null while git cannot read them. */
export type SharedSettings = ReadonlyMap<string, string> | null

const OURS = 'includeif.gitdir:**.path'
const UNREADABLE = 'all of it: git cannot read it any more'

/** The settings as they are now; files that are included are not followed. */
export async function sharedSettings({ commonDir }: Repository): Promise<SharedSettings> {
  try {
    const { stdout } = await runGit(['config', '--file', join(commonDir, 'config'), '-z', '--list'], {
      cwd: commonDir,
      op: 'read the configuration of the repository',
    })
    return settingsIn(records(stdout))
  } catch (error) {
    if (!isGitFailure(error)) throw error
    return null
  }
}

function settingsIn(entries: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const entry of entries) {
    const end = entry.indexOf('\n')
    const key = end === -1 ? entry : entry.slice(0, end)
    if (key !== OURS) settings.set(key, `${settings.get(key) ?? ''}\0${entry.slice(key.length)}`)
  }
  return settings
}

/** Keys that were added, changed or taken away, in order; never values, which may be secrets. */
export function changedSettings(before: SharedSettings, after: SharedSettings): readonly string[] {
  if (after === null) return before === null ? [] : [UNREADABLE]
  if (before === null) return []
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter((key) => before.get(key) !== after.get(key)).sort()
}
