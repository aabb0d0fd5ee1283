// Dependencies of a worktree: a copy of the main worktree's where that is provably the same, else the package
// manager's own frozen install. What is there before is moved away first: an install on top of an older one keeps
// versions that the lock file no longer names.
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import type { Environment } from '../../process/environment.ts'
import { tailText } from '../../process/capture.ts'
import type { Box } from '../../process/box.ts'
import { runBoxed } from '../../process/run-boxed.ts'
import { moveToTrash } from '../../store/trash.ts'
import { copyPaths, foreignLink } from './copy.ts'
import { dependencyPaths } from './folders.ts'
import { installedMatchesLock, installedSatisfiesManifest } from './installed.ts'
import { installCommand, installRoots, rootOf, strategyFor, type InstallRoot } from './policy.ts'
import { fingerprintOf, surveyDependencies, type Survey } from './survey.ts'

export interface InstallRequest {
  readonly repo: Repository
  /** The worktree. */
  readonly cwd: string
  readonly env: Environment
  /** What the package manager runs in; absent: it is trusted, or none can be had. */
  readonly box?: Box | undefined
  /** Receives the output of what is run, appended. */
  readonly log: string
  readonly signal: AbortSignal
  readonly onProgress?: (step: string) => void
}

export interface Installation {
  /** Equal for trees that need the same dependencies on this machine. */
  readonly fingerprint: string
  readonly how: 'nothing' | 'copied' | 'installed'
}

const INSTALL_TIMEOUT_MS = 1_800_000
const TAIL_BYTES = 4_000

/** Gives a worktree its dependencies. Throws `E_INSTALL_FAILED` with the tail of the log. */
export async function installDependencies(request: InstallRequest): Promise<Installation> {
  const { survey, roots, fingerprint, seedPaths } = await assess(request)
  if (roots.length === 0) return { fingerprint, how: 'nothing' }
  await clearDependencies(request, roots)
  await mkdir(dirname(request.log), { recursive: true })
  const seed = await surveyDependencies(request.repo.root)
  const same =
    (await fingerprintOf(seed, roots, { cwd: request.repo.root, env: request.env })) === fingerprint
  let how: Installation['how'] = 'copied'
  for (const root of roots) {
    const paths = seedPaths.filter((path) => rootOf(path, roots) === root)
    if (await copyFromMain({ request, root, paths, survey, same })) continue
    how = 'installed'
    await installRoot(request, root)
  }
  return { fingerprint, how }
}

/**
 * Installs anew when the tree's fingerprint is no longer `installed` (null: never installed), and answers null when it
 * still is. Throws like installDependencies.
 */
export async function reinstallIfNeeded(
  request: InstallRequest & { readonly installed: string | null },
): Promise<Installation | null> {
  const { fingerprint } = await assess(request)
  return fingerprint === request.installed ? null : await installDependencies(request)
}

async function assess(
  request: InstallRequest,
): Promise<{ survey: Survey; roots: InstallRoot[]; fingerprint: string; seedPaths: string[] }> {
  const survey = await surveyDependencies(request.cwd)
  // A tree without a manifest costs no walk through the main worktree.
  const seedPaths = survey.files.length === 0 ? [] : dependencyPaths(await ignoredFiles(request.repo.root))
  const roots = installRoots(survey.folders, new Set(seedPaths))
  const fingerprint = await fingerprintOf(survey, roots, request)
  return { survey, roots, fingerprint, seedPaths }
}

/** Moves away the dependencies that are about to be made; what another program put into the worktree stays. */
async function clearDependencies(
  { repo, cwd }: InstallRequest,
  roots: readonly InstallRoot[],
): Promise<void> {
  if (cwd === repo.root) throw new Error('Dependencies of the main worktree are not replaced.')
  for (const path of dependencyPaths(await ignoredFiles(cwd))) {
    if (rootOf(path, roots) !== null) await moveToTrash(repo, join(cwd, path), cwd)
  }
}

interface CopyAttempt {
  readonly request: InstallRequest
  readonly root: InstallRoot
  readonly paths: readonly string[]
  readonly survey: Survey
  readonly same: boolean
}

async function copyFromMain({ request, root, paths, survey, same }: CopyAttempt): Promise<boolean> {
  const { cwd, log, signal } = request
  const from = request.repo.root
  const before = await markerOf(from, root)
  const installed = before !== null && paths.length > 0 && (await agrees(from, root, survey))
  const link = same && installed ? await foreignLink({ from, paths, signal }) : null
  const strategy = strategyFor(root, { same, installed, foreignLink: link })
  if (strategy.kind === 'install') {
    await appendFile(log, `# ${root.dir || '.'}: ${strategy.why}\n`)
    return false
  }
  request.onProgress?.('copying dependencies')
  await appendFile(log, `# ${root.dir || '.'}: copying ${paths.join(', ')} from ${from}\n`)
  if ((await copyPaths({ from, to: cwd, paths, log, signal })) && (await markerOf(from, root)) === before)
    return true
  // Half a copy, or one of a folder that was being changed meanwhile.
  for (const path of paths) await moveToTrash(request.repo, join(cwd, path), cwd)
  return false
}

const MARKERS: Readonly<Record<string, string>> = {
  npm: 'node_modules/.package-lock.json',
  'yarn-classic': 'node_modules/.yarn-integrity',
  yarn: 'node_modules/.yarn-state.yml',
}

/** State of the file that the package manager writes last; null when there is none. */
async function markerOf(from: string, root: InstallRoot): Promise<string | null> {
  const marker = MARKERS[root.manager]
  if (marker === undefined) return null
  const found = await ignoring(['ENOENT', 'ENOTDIR'], stat(join(from, root.dir, marker)))
  return found === undefined ? null : `${found.ino}:${found.size}:${found.mtimeMs}`
}

/** Whether the main worktree's installation of a root is the one that its lock file describes. */
async function agrees(from: string, root: InstallRoot, survey: Survey): Promise<boolean> {
  const dir = join(from, root.dir)
  if (root.manager === 'npm') {
    const installed = await readFile(join(dir, 'node_modules/.package-lock.json'), 'utf8')
    if (root.lock !== null)
      return installedMatchesLock(await readFile(join(dir, root.lock), 'utf8'), installed)
    const manifest = survey.folders.find((folder) => folder.dir === root.dir)?.packageJson ?? ''
    return installedSatisfiesManifest(manifest, installed)
  }
  if (root.lock === null) return false
  const marker = await stat(join(dir, MARKERS[root.manager] ?? root.lock))
  return marker.mtimeMs >= (await stat(join(dir, root.lock))).mtimeMs
}

async function installRoot(request: InstallRequest, root: InstallRoot): Promise<void> {
  const { program, args, env } = installCommand(root)
  const line = [program, ...args].join(' ')
  request.onProgress?.(`installing dependencies (${program})`)
  await appendFile(request.log, `$ ${line}\n`)
  const result = await runBoxed(program, args, {
    cwd: join(request.cwd, root.dir),
    box: request.box,
    env: { ...request.env, ...env },
    log: request.log,
    timeout: INSTALL_TIMEOUT_MS,
    maxBytes: TAIL_BYTES,
    keep: 'tail',
    merged: true,
    signal: request.signal,
  })
  if (result.exitCode === 0) return
  throw new QuintetError(
    'E_INSTALL_FAILED',
    'environment',
    `The dependencies could not be installed: ${line} ${result.timedOut ? 'took too long' : 'failed'}.`,
    {
      hints: [{ text: 'Read what it printed.', command: `tail -n 50 ${request.log}` }],
      details: {
        program,
        args,
        exitCode: result.exitCode,
        signal: result.signal,
        log: request.log,
        tail: tailText(result.stdout),
      },
    },
  )
}
