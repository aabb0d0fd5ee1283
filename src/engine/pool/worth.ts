// Whether a workspace costs enough that it pays to make it ahead.
import { ignoredFiles, trackedFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import { dependencyPaths } from '../../workspace/dependencies/folders.ts'
import { installRoots } from '../../workspace/dependencies/policy.ts'
import { surveyDependencies } from '../../workspace/dependencies/survey.ts'

/** Below that a checkout takes no longer than what stands around it. */
const MANY_FILES = 1_000

/** True when a workspace has a set-up to run, dependencies to install as the main worktree is now, or many files. */
export async function isWorth(
  repo: Repository,
  { base, setup }: { readonly base: string; readonly setup: readonly string[] | null },
): Promise<boolean> {
  if (setup !== null) return true
  if ((await trackedFiles(repo.root, base)).length >= MANY_FILES) return true
  const survey = await surveyDependencies(repo.root)
  if (survey.files.length === 0) return false
  const installed = new Set(dependencyPaths(await ignoredFiles(repo.root)))
  return installRoots(survey.folders, installed).length > 0
}
