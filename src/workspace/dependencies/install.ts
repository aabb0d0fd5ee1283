// Dependencies of a worktree: a copy of another worktree's where that is provably the same and not slower, else the package
// manager's own frozen install. What is there before is moved away first: an install on top of an older one keeps
// versions that the lock file no longer names.
import { appendFile, lstat, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import type { Environment } from '../../process/environment.ts'
import { tailText } from '../../process/capture.ts'
import type { Box } from '../../process/box.ts'
import { runBoxed } from '../../process/run-boxed.ts'
import { moveToTrash } from '../../store/trash.ts'
import { chosenMethod, NO_SAMPLES, type Method } from '../clone/method.ts'
import { loadSamples, noteSample } from '../clone/samples.ts'
import { copyPaths, type CopyRequest } from './copy.ts'
import { leftAlone, RULES } from './ecosystems.ts'
import { dependencyPaths } from './folders.ts'
import { placesIn, rewritePlaces, type Places, type Tree } from './places.ts'
import { installCommand, installRoots, rootOf, type InstallRoot } from './policy.ts'
import { offerOf, sourcesOf, stateOf, type Source } from './sources.ts'
import { fingerprintOf, nodeAbi, surveyDependencies, type Survey } from './survey.ts'

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
  const notes = leftAlone(survey.top)
  if (roots.length > 0 || notes.length > 0) await mkdir(dirname(request.log), { recursive: true })
  for (const note of notes) await appendFile(request.log, `# ${note}\n`)
  if (roots.length === 0) return { fingerprint, how: 'nothing' }
  const { repo, cwd, env } = request
  const [sources] = await Promise.all([
    sourcesOf({ repo, cwd, env, roots, fingerprint, seedPaths }),
    clearDependencies(request, roots),
  ])
  const work = { request, roots, survey, sources }
  // Two languages know nothing of each other; the folders of one are made from the outermost inwards.
  const ways = await together(request, [
    (shared) => furnishInTurn({ ...work, request: shared }, roots.filter(isPython)),
    (shared) =>
      furnishInTurn(
        { ...work, request: shared },
        roots.filter((root) => !isPython(root)),
      ),
  ])
  return { fingerprint, how: ways.flat().includes('install') ? 'installed' : 'copied' }
}

interface Work {
  readonly request: InstallRequest
  readonly roots: readonly InstallRoot[]
  readonly survey: Survey
  readonly sources: readonly Source[]
}

const isPython = ({ manager }: InstallRoot): boolean => manager === 'uv'

/** All at once; the first failure ends the others and is thrown when they have ended. */
async function together<T>(
  request: InstallRequest,
  tasks: readonly ((request: InstallRequest) => Promise<T>)[],
): Promise<T[]> {
  const failed = new AbortController()
  const shared = { ...request, signal: AbortSignal.any([request.signal, failed.signal]) }
  const first: unknown[] = []
  const results = await Promise.allSettled(
    tasks.map((task) =>
      task(shared).catch((error: unknown) => {
        first.push(error)
        failed.abort(error)
        throw error
      }),
    ),
  )
  if (first.length > 0) throw first[0]
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

async function furnishInTurn(work: Work, roots: readonly InstallRoot[]): Promise<Method[]> {
  const ways: Method[] = []
  for (const root of roots) ways.push(await furnishRoot(work, root))
  return ways
}

/** Copies or installs the dependencies of one root, and notes how long that took. */
async function furnishRoot(work: Work, root: InstallRoot): Promise<Method> {
  const { repo, cwd } = work.request
  const of = root.dir === '' ? root.manager : `${root.manager} ${root.dir}`
  const { first, tried, copy } = RULES[root.manager]
  const samples = (await loadSamples(repo, cwd)).samples[of] ?? NO_SAMPLES
  const wanted = copy === 'never' ? 'install' : chosenMethod({ first, tried, samples })
  let started = performance.now()
  if (wanted === 'copy' && (await copyFromAny(work, root))) {
    await noteSample(repo, cwd, { of, method: 'copy', ms: performance.now() - started })
    return 'copy'
  }
  if (wanted === 'install') {
    const why = copy === 'never' || tried ? RULES[root.manager].why : 'that is faster on this disk'
    await appendFile(work.request.log, `# ${root.dir || '.'}: ${why}\n`)
  }
  started = performance.now()
  await installRoot(work.request, root)
  await noteSample(repo, cwd, { of, method: 'install', ms: performance.now() - started })
  return 'install'
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

async function copyFromAny(work: Work, root: InstallRoot): Promise<boolean> {
  for (const source of work.sources) if (await copyFrom(work, root, source)) return true
  return false
}

/** False when nothing was copied: what was begun is cleared away, and the log says why. */
async function copyFrom(work: Work, root: InstallRoot, source: Source): Promise<boolean> {
  const { repo, cwd: to, env, log, signal } = work.request
  const { path: from, kind } = source
  const say = (line: string): Promise<void> => appendFile(log, `# ${root.dir || '.'}: ${line}\n`)
  const before = await stateOf(repo, source, root)
  const offer = before === null ? `nothing to copy in ${from}` : await offerOf(source, root, work)
  const obstacle = typeof offer === 'string' ? offer : await inTheWay(to, offer.paths)
  if (typeof offer === 'string' || obstacle !== null) {
    await say(obstacle ?? '')
    return false
  }
  work.request.onProgress?.('copying dependencies')
  for (const path of offer.left) await say(`${path} belongs to no package of the lock file and is left out`)
  const { paths } = offer
  await say(`copying ${paths.join(', ')} from ${from}`)
  const abi = kind === 'main' ? (): Promise<string | null> => nodeAbi({ cwd: to, env }) : undefined
  const { copied, places } = await copyAndLook({ from, to, paths, log, signal, abi })
  let why = places.obstacle ?? (copied ? null : 'the copy was not completed')
  if (why === null && (await stateOf(repo, source, root)) === before) {
    // A package manager that has begun meanwhile leaves its marker alone until it is done.
    const after = await offerOf(source, root, work)
    why = typeof after === 'string' ? after : await rewritePlaces(places, { from, to })
    if (why === null) return true
  }
  // Half a copy, one that leads elsewhere, or one of a folder that was being changed meanwhile.
  for (const path of paths) await moveToTrash(repo, join(to, path), to)
  await say(why ?? `${from} has changed meanwhile`)
  return false
}

/** What of the paths is there already, as a phrase: another commit tracks files there, and they are not written over. */
async function inTheWay(cwd: string, paths: readonly string[]): Promise<string | null> {
  for (const path of paths)
    if ((await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(cwd, path)))) !== undefined)
      return `${path} is there already`
  return null
}

/** Copies and looks through what is copied at once; the copy is broken off when something stands in its way. */
async function copyAndLook(
  copy: CopyRequest & Pick<Tree, 'abi'>,
): Promise<{ copied: boolean; places: Places }> {
  const stop = new AbortController()
  const looking = placesIn(copy).then((places) => {
    if (places.obstacle !== null) stop.abort()
    return places
  })
  const copying = copyPaths({ ...copy, signal: AbortSignal.any([copy.signal, stop.signal]) })
  const [copied, places] = await Promise.allSettled([copying, looking])
  if (places.status === 'rejected') throw places.reason
  if (copied.status === 'rejected' && !stop.signal.aborted) throw copied.reason
  copy.signal.throwIfAborted()
  return { copied: copied.status === 'fulfilled' && copied.value, places: places.value }
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
